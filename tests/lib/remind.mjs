// Reminders and what waits for an answer, by the API alone; and the mails that come in: answers, absences, bounces.
import { randomUUID } from "node:crypto";

import { until } from "./wait.mjs";

/**
 * Sets a reminder (or changes one, given its `id`). `mail`: `{sender, sent_at, gmail, content, message?}`; `at`: an instant, or a
 * wish as the API has it. Gives the mail that is waited for.
 */
export async function remind(device, mail, at, { id = randomUUID(), ...more } = {}) {
  const wish = typeof at === "number" ? { when: { kind: "instant", at, zone: "Europe/Paris" }, condition: "no_answer", ...more } : at;
  const { status, body } = await device.call("PUT", `/reminders/${id}`, { mail, wish });
  if (status !== 200) throw new Error(`PUT /reminders: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** What the API is told of a mail that the simulator has in Sent (what `sim.sent` gave, or one of its mailbox). */
export function reminded(message, sender) {
  return {
    sender,
    sent_at: message.date,
    gmail: { legacy_thread: message.legacyThread, legacy_message: message.legacy },
    content: { subject: message.subject, recipients: message.to.map(({ address, name }) => ({ kind: "to", address, name })), links: [] },
  };
}

/** A list: "waiting", "back" or "answered". */
export async function listed(device, list = "waiting") {
  const { status, body } = await device.call("GET", `/waiting?list=${list}`);
  if (status !== 200) throw new Error(`GET /waiting: ${status} ${JSON.stringify(body)}`);
  return body.mails;
}

/** Waits until a mail is as `test` wants it; gives it. What it was instead is told. */
export async function waits(device, id, what, test, options = {}) {
  let mail;
  const look = async () => {
    const { status, body } = await device.call("GET", `/waiting/${id}`);
    mail = status === 200 ? body : { status, body };
    return status === 200 && test(mail) && mail;
  };
  return until(look, { what, timeout: 30_000, every: 100, ...options }).catch((error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(mail)}`, { cause: error });
  });
}

/** Waits until a mail's reminder stands so. */
export function stands(device, id, state, options) {
  return waits(device, id, `${id} to be ${state}`, ({ reminder }) => reminder?.state === state, options);
}

/** Done, later, off, …: an action as the API has it. */
export async function act(device, id, action) {
  const { status, body } = await device.call("POST", `/waiting/${id}/action`, typeof action === "string" ? { action } : action);
  if (status !== 200) throw new Error(`POST /waiting/…/action: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** The Message-ID of a mail of the simulator, with its angle brackets. */
export function messageId(message) {
  return message.headers.find(({ name }) => name.toLowerCase() === "message-id").value;
}

function lines(...all) {
  return all.flat().join("\r\n");
}

let count = 0;

/** A mail from outside as bytes. `headers`: further lines of its head; `answers`: the Message-ID that it answers. */
export function letter({ from, to, subject, text = "…", answers, headers = [], type = "text/plain; charset=utf-8", body }) {
  count += 1;
  const refers = answers ? [`In-Reply-To: ${answers}`, `References: ${answers}`] : [];
  return lines(
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    // Long before: what counts is when the mailbox got it.
    "Date: Tue, 03 Feb 2026 07:08:09 +0000",
    `Message-ID: <outside-${process.pid}-${count}@elsewhere.example>`,
    refers,
    headers,
    "MIME-Version: 1.0",
    `Content-Type: ${type}`,
    "",
    body ?? [text, ""],
  );
}

/** An automatic reply as Exchange writes it. */
export function outOfOffice({ from, to, subject, text, answers }) {
  const headers = ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"];
  return letter({ from, to, subject: `Automatic reply: ${subject}`, text, answers, headers });
}

/** A mail server's report that nobody of that name is there (RFC 3464). */
export function bounce({ failed, to, original, status = "5.1.1", says = "No such user" }) {
  const boundary = "=_report";
  const part = (type, ...content) => [`--${boundary}`, `Content-Type: ${type}`, "", ...content, ""];
  return letter({
    from: "Mail Delivery Subsystem <mailer-daemon@elsewhere.example>",
    to,
    subject: "Delivery Status Notification (Failure)",
    headers: ["Return-Path: <>", "Auto-Submitted: auto-replied", `In-Reply-To: ${original}`, `References: ${original}`],
    type: `multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    body: [
      part("text/plain; charset=utf-8", `Your mail to ${failed} was not delivered: ${says}.`),
      part(
        "message/delivery-status",
        "Reporting-MTA: dns; mx.elsewhere.example",
        "",
        `Final-Recipient: rfc822; ${failed}`,
        "Action: failed",
        `Status: ${status}`,
        `Diagnostic-Code: smtp; 550 ${status} ${says}`,
      ),
      part("message/rfc822", `Message-ID: ${original}`, `To: ${failed}`, "Subject: As it was sent", "", "…"),
      `--${boundary}--`,
      "",
    ].flat(),
  });
}
