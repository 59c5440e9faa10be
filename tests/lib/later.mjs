// Mails that go out later, by the API alone: a backend that takes the simulator for Google, mailboxes and schedules.
import { randomUUID } from "node:crypto";

import { until } from "./wait.mjs";

/** The environment of a backend for which `sim` is Google. */
export function asGoogle(sim, more = {}) {
  return {
    WAXWING_GOOGLE_URL: sim.apiUrl,
    WAXWING_GOOGLE_CLIENT_ID: "waxwing-sim",
    WAXWING_GOOGLE_CLIENT_SECRET: "waxwing-sim-secret",
    // The quota of a Google project would hold a test back.
    WAXWING_GOOGLE_UNITS_PER_MINUTE: "1000000000",
    ...more,
  };
}

/** Presses the button of the page that Google led back to (a fetched answer); gives the answer to that, or the page as it is when it asks nothing. */
export async function agree(page) {
  const html = await page.clone().text();
  const form = html.match(/<form method="post" action="([^"]*)">([^]*?)<\/form>/);
  if (!form) return page;
  const fields = [...form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return fetch(new URL(form[1], page.url), { method: "POST", body: new URLSearchParams(fields.map(([, name, value]) => [name, value])) });
}

/** Connects a mailbox of the simulator as its owner does who allows everything; gives the mailbox. */
export async function connectGmail(device, address) {
  const start = await device.call("POST", "/mailboxes/gmail");
  if (start.status !== 200) throw new Error(`POST /mailboxes/gmail: ${start.status} ${JSON.stringify(start.body)}`);
  const page = await agree(await fetch(`${start.body.url}&sim_auto=${encodeURIComponent(address)}`));
  if (!page.ok) throw new Error(`the way back from consent: ${page.status} ${await page.text()}`);
  const { body } = await device.call("GET", "/mailboxes");
  const mailbox = body.mailboxes.find((it) => it.address === address);
  if (!mailbox) throw new Error(`no mailbox of ${address}: ${JSON.stringify(body)}`);
  return mailbox;
}

/** Schedules a draft of the simulator (what `sim.draft` gave) for an instant; gives what the backend keeps. */
export async function schedule(device, mailbox, draft, at, more = {}) {
  const id = more.id ?? randomUUID();
  const body = {
    mailbox: mailbox.id,
    draft: { gmail: { draft: draft.id, legacy_thread: draft.thread, legacy_message: draft.message } },
    schedule: {
      when: more.when ?? { kind: "instant", at, zone: "Europe/Paris" },
      late: more.late ?? { minutes: 10, then: "send" },
      unless_answered: more.unlessAnswered ?? false,
      holidays: more.holidays ?? [],
    },
    track: more.track ?? true,
  };
  const answer = await device.call("PUT", `/scheduled/${id}`, body);
  if (![200, 201].includes(answer.status)) throw new Error(`PUT /scheduled: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A scheduled mail with its flight recorder. */
export async function scheduled(device, id) {
  const { status, body } = await device.call("GET", `/scheduled/${id}`);
  if (status !== 200) throw new Error(`GET /scheduled/${id}: ${status}`);
  return body;
}

/** Waits until a scheduled mail stands in one of these states. */
export function standing(device, id, states, options = {}) {
  return until(async () => {
    const mail = await scheduled(device, id);
    return states.includes(mail.state) && mail;
  }, { what: `${id} to be ${states.join(" or ")}`, timeout: 30_000, every: 100, ...options });
}
