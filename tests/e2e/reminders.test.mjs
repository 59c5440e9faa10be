// Reminders from end to end: a real extension, a real backend, and a mailbox in the simulator that answers come into.
//
// Nobody waits two days here: mails were sent two days ago, and their reminders fall due in a few seconds.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Backend, GmailSim, Notices, Writer, until, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail } from "../lib/later.mjs";
import { act, bounce, letter, listed, outOfOffice, remind, reminded, stands, waits } from "../lib/remind.mjs";

const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";
const BEN = "b.okafor@acme.example";
const DAY = 86_400_000;
/** A mailbox that cannot wake anybody is asked every 45 s. */
const POLLED = 45_000;
const NOTE = /Waxwing put this note here/;

const soon = (backend) => backend.now() + 1_500;
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, " ").replaceAll(/\s+/g, " ").trim();
const words = async (locator) => plain(await locator.innerText());
const card = (page, id) => page.locator(`li[data-id="${id}"]`);

/** A simulator with Mara's mailbox connected to a backend, without a browser. */
async function mailboxAlone(t) {
  const sim = await GmailSim.start({});
  t.after(() => sim.dispose());
  const backend = await Backend.start({ env: asGoogle(sim), trusting: true, clock: true });
  t.after(() => backend.dispose());
  const device = await backend.device();
  await connectGmail(device, MARA);
  return { sim, backend, device, writer: new Writer({ sim }, device) };
}

/** The same with a paired extension. */
async function everything(t) {
  const made = await world(t, { backend: false });
  made.backend = await Backend.start({ env: asGoogle(made.sim), trusting: true, clock: true });
  t.after(() => made.backend.dispose());
  made.device = await made.backend.device();
  await connectGmail(made.device, MARA);
  const popup = await made.browser.connect({ server: made.backend.url, code: await made.backend.pair() });
  await popup.close();
  return { ...made, writer: new Writer(made, made.device), notices: await Notices.of(made.browser) };
}

/** A tracked mail of two days ago with a reminder. */
async function tracked(writer, device, subject, at, { to = [[BEN, "Ben Okafor"]], ...more } = {}) {
  const mail = await writer.send({ to, subject, ago: 2 * DAY });
  const content = { subject, recipients: mail.people.map((person) => ({ kind: "to", ...person })), links: [] };
  const gmail = { legacy_thread: mail.message.legacyThread, legacy_message: mail.message.legacy };
  const waiting = await remind(device, { message: mail.id, sender: MARA, sent_at: mail.at, gmail, content }, at, more);
  assert.equal(waiting.id, mail.id, "a tracked mail waits under its own id");
  return { ...mail, waiting };
}

const inbox = async (sim) => (await sim.mailbox(MARA)).filter(({ labels }) => labels.includes("^i"));
const notes = async (sim) => (await inbox(sim)).filter(({ html, subject }) => NOTE.test(`${html} ${subject}`));
/** What the answer is known as, by the API. */
const activity = async (device, id) => (await device.call("GET", `/messages/${id}`)).body.activity;

test("nobody answers: it is on top of the inbox again, unread, with a note why; done takes it away", async (t) => {
  const { sim, backend, browser, device, writer, notices } = await everything(t);
  const mail = await tracked(writer, device, "Invoice 2026-117", soon(backend), { to: [[ANA, "Ana Ruiz"]] });
  await writer.open(mail);
  for (const n of [1, 2, 3]) await sim.deliver({ to: MARA, from: { address: `news-${n}@letters.example` }, subject: `Newer ${n}`, html: "x" });
  await stands(device, mail.id, "back");

  // Gmail's own order: by the newest message of a conversation.
  const gmail = await browser.gmail();
  const row = gmail.find('[role="main"] [gh="tl"] tr.zA').first();
  await row.filter({ hasText: "Invoice 2026-117" }).waitFor();
  assert.match(await row.getAttribute("class"), new RegExp(`\\b${gmail.css(".zE").slice(1)}\\b`), "unread");
  assert.match(await words(row), /Waxwing/, "labelled");
  await gmail.open("Invoice 2026-117");
  const sent = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" }).format(mail.at).replace(/^(\w+) /, "$1, ");
  await gmail.find(".a3s").filter({ hasText: `Nobody answered since ${sent}` }).waitFor();
  await gmail.page.locator(".ww-host-back").getByText(/^You asked for today .* if nobody answers\. Opened at least once, today/).waitFor();

  // It begins where the text below it does.
  const left = async (locator) => Math.round((await locator.first().boundingBox()).x);
  assert.equal(await left(gmail.page.locator(".ww-host-back")), await left(gmail.find(".a3s:visible")));

  // Told once, and in the popup on top.
  const ofIt = async () => (await notices.all()).filter(({ title }) => plain(title) === "Nobody answered: Invoice 2026-117");
  const [told] = await until(async () => (await ofIt()).length > 0 && ofIt(), { what: "the notification" });
  assert.deepEqual(told.buttons.map(({ title }) => title), ["Tomorrow", "Done"]);
  const popup = await browser.popup();
  await popup.getByRole("link", { name: /^Waiting/ }).click();
  const back = popup.locator("section").filter({ has: popup.getByRole("heading", { level: 2, name: /^Back in your inbox/ }) });
  await back.locator(`li[data-id="${mail.id}"]`).getByRole("button", { name: "Done" }).click();
  // What cannot be taken back waits until Undo is gone.
  await until(async () => (await notes(sim)).length === 0, { what: "the note to be gone", timeout: 20_000 });
  await waits(device, mail.id, "it to be done", ({ reminder }) => reminder.state === "done");
  assert.deepEqual((await inbox(sim)).map(({ subject }) => subject).sort(), ["Newer 1", "Newer 2", "Newer 3"]);
  assert.equal((await ofIt()).length, 1);
  browser.expectNoErrors(/Failed to load resource/);
});

test("answered from an alias, in a conversation of its own: nothing comes", async (t) => {
  const { sim, backend, device, writer } = await mailboxAlone(t);
  const before = (await device.call("GET", "/waiting?list=waiting")).body.waiting;
  const mail = await tracked(writer, device, "Samples", Date.now() + 3_000);
  await sim.deliverRaw(MARA, letter({ from: "Ben Okafor <b.okafor+mobile@acme.example>", to: MARA, subject: "About your samples", text: "They came." }));
  const { answered } = await stands(device, mail.id, "answered");
  assert.deepEqual([answered.how, answered.from], ["alias", "b.okafor+mobile@acme.example"]);
  assert.ok(Math.abs(answered.at - Date.now()) < 60_000, "by the receipt, not by the mail's own date");
  assert.equal((await notes(sim)).length, 0);
  assert.equal(before, 0);
  assert.deepEqual((await listed(device, "answered")).map(({ id }) => id), [mail.id]);
  assert.equal((await activity(device, mail.id)).answered_at, answered.at, "the tick says so, too");

  // "That was no answer": it waits again, and now the reminder comes.
  await act(device, mail.id, "not_an_answer");
  await remind(device, { message: mail.id, sender: MARA, sent_at: mail.at }, soon(backend), { id: mail.waiting.reminder.id });
  await stands(device, mail.id, "back");
  assert.equal((await notes(sim)).length, 1);
  // An answer in the conversation itself takes the note away again.
  await sim.deliverRaw(MARA, letter({ from: `Ben <${BEN}>`, to: MARA, subject: "Re: Samples", answers: mail.message.rfcId }));
  await backend.advance(POLLED);
  await stands(device, mail.id, "answered");
  await until(async () => (await notes(sim)).length === 0, { what: "the note to be gone" });
});

test("what is no answer: machines, lists, calendars, strangers who name the thread, oneself", async (t) => {
  const { sim, backend, device, writer } = await mailboxAlone(t);
  const mail = await tracked(writer, device, "Lease renewal", Date.now() + 4_000);
  const original = mail.message.rfcId;
  const from = `Ben Okafor <${BEN}>`;
  const come = (raw) => sim.deliverRaw(MARA, raw);
  await come(letter({ from, to: MARA, subject: "Re: Lease renewal", answers: original, headers: ["Auto-Submitted: auto-replied"] }));
  await come(letter({ from, to: MARA, subject: "Re: Lease renewal", answers: original, headers: ["List-Id: <all.acme.example>"] }));
  await come(letter({ from, to: MARA, subject: "Accepted: Lease renewal", answers: original, type: "text/calendar; method=REPLY; charset=utf-8", text: "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR" }));
  await come(letter({ from: "Eve <eve@evil.example>", to: MARA, subject: "Re: Lease renewal", answers: original }));
  await come(letter({ from: `Mara <${MARA}>`, to: BEN, subject: "Re: Lease renewal", answers: original, text: "One more thing." }));
  await come(letter({ from: "Acme <no-reply@acme.example>", to: MARA, subject: "Re: Lease renewal", answers: original }));
  const { reminder, answered } = await stands(device, mail.id, "back");
  assert.deepEqual([reminder.why, answered], [{ why: "no_answer" }, undefined]);
  assert.equal((await notes(sim)).length, 1);
  // Only what is followed was looked at, and each look is written down.
  const mailbox = (await device.call("GET", "/mailboxes")).body.mailboxes[0];
  let entries = [];
  await until(async () => {
    entries = (await device.call("GET", `/mailboxes/${mailbox.id}/access`)).body.entries;
    const done = new Set(entries.map(({ action }) => action));
    return ["find_sent", "ask_for_news", "read_headers", "put_note"].every((action) => done.has(action));
  }, { what: "the ledger" });
  assert.ok(entries.every(({ reason }) => ["asked", "watching", "reminding"].includes(reason)), JSON.stringify(entries));
});

test("out of office: moved to the working day after it, and the popup says so", async (t) => {
  const { sim, backend, browser, device, writer } = await everything(t);
  // Three weeks from now, whatever day that is; the working day after it is no Saturday and no Sunday.
  const until_ = new Date(Date.now() + 20 * DAY);
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" }).format(until_);
  const next = new Date(until_.getTime() + DAY);
  while ([0, 6].includes(next.getUTCDay())) next.setUTCDate(next.getUTCDate() + 1);
  const mail = await tracked(writer, device, "Second draft", soon(backend));
  const text = `Thank you for your mail. I am out of the office until ${day} and will answer when I am back.`;
  await sim.deliverRaw(MARA, outOfOffice({ from: `Ben Okafor <${BEN}>`, to: MARA, subject: "Second draft", text, answers: mail.message.rfcId }));
  const moved = await waits(device, mail.id, "it to be moved", ({ reminder }) => reminder.why?.why === "away");
  assert.equal(new Date(moved.away_until).toISOString().slice(0, 10), until_.toISOString().slice(0, 10));
  const due = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Paris" }).format(moved.reminder.due_at);
  assert.equal(due, next.toISOString().slice(0, 10), "the working day after");
  assert.equal((await notes(sim)).length, 0);
  assert.equal(moved.answered, undefined);

  const popup = await browser.popup();
  await popup.getByRole("link", { name: /^Waiting/ }).click();
  await card(popup, mail.id).getByText(/^Out of office until/).waitFor();
  assert.match(await words(card(popup, mail.id)), /Out of office until .*Moved to/);
  // Undo: back to the time it was moved from, which is now.
  await card(popup, mail.id).getByRole("button", { name: "Undo" }).click();
  await stands(device, mail.id, "back");
  assert.equal((await notes(sim)).length, 1);
});

test("a bounce is told at once, and the reminder is off", async (t) => {
  const { sim, backend, browser, device, writer, notices } = await everything(t);
  const mail = await tracked(writer, device, "To nobody", Date.now() + 3 * DAY);
  // After the first look, which follows the reminder: what comes now is found by the next one.
  await until(async () => (await sim.apiCalls()).filter(({ method }) => method === "history.list").length > 0, { what: "the first look" });
  await sim.deliverRaw(MARA, bounce({ failed: BEN, to: MARA, original: mail.message.rfcId }));
  await backend.advance(POLLED);
  const { bounced, reminder } = await waits(device, mail.id, "the bounce", (it) => it.bounced);
  assert.deepEqual([bounced.soft, bounced.failed, bounced.status], [false, [BEN], "5.1.1"]);
  assert.deepEqual([reminder.state, reminder.why], ["off", { why: "bounced" }]);
  const told = await until(async () => (await notices.all()).find(({ title }) => title.includes("To nobody")), { what: "the notification", timeout: 20_000 });
  assert.equal(plain(told.title), "Did not arrive: To nobody");
  const popup = await browser.popup();
  await popup.getByRole("link", { name: /^Waiting/ }).click();
  await until(async () => /Did not arrive/.test(await words(card(popup, mail.id))), { what: "its card" });
  await card(popup, mail.id).getByRole("button", { name: "Dismiss" }).click();
  await until(async () => (await listed(device, "back")).length === 0, { what: "nothing to need its user", timeout: 20_000 });
});

test("bad input: never sent, deleted, in spam; a mailbox that does not answer", async (t) => {
  const { sim, backend, device } = await mailboxAlone(t);
  const recipients = [{ kind: "to", address: BEN }];
  // Never sent: told without a note.
  const never = { sender: MARA, sent_at: Date.now() - DAY, gmail: { legacy_thread: "0123456789abcdef", legacy_message: "0123456789abcdef" }, content: { subject: "Never sent", recipients, links: [] } };
  const lost = await remind(device, never, soon(backend));
  assert.equal((await waits(device, lost.id, "it to be told", ({ reminder }) => reminder.times === 1)).reminder.why.why, "not_found");
  assert.equal((await notes(sim)).length, 0);

  // A mailbox that cannot be asked: it waits, tries again, and comes once.
  const sent = await sim.sent({ from: MARA, to: [{ address: BEN }], subject: "While away", html: "<p>x</p>", at: Date.now() - 2 * DAY });
  await sim.apiFaults({ method: "*", error: 503 });
  const { id } = await remind(device, reminded(sent, MARA), soon(backend));
  const { reminder } = await waits(device, id, "trouble", (it) => it.reminder.why?.why === "trouble");
  assert.equal(reminder.state === "waiting" || reminder.state === "returning", true, JSON.stringify(reminder));
  await sim.apiFaults();
  // Longer than the pause after the first failures.
  await backend.advance(60_000);
  await stands(device, id, "back");
  assert.equal((await notes(sim)).length, 1);
  assert.doesNotMatch(backend.log, /While away|Never sent|okafor/, "no subject and no address in a log");
});
