// The owner's word: said with one click, of one hit or of all like it, past and future; shown, and taken back.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Writer, pattern, text, until, world } from "../lib/harness.mjs";

const ANA = "ana@quinta.example";
const say = (key, ...values) => text("en", key, ...values);

/** Backend, simulator and browser, with a writer of mails and the popup. */
async function start(t) {
  const made = await world(t, { connected: true, backend: { trusting: true } });
  const device = await made.backend.device();
  const writer = new Writer(made, device);
  const popup = await made.browser.popup();
  const send = (subject, more = {}) => writer.send({ to: ANA, subject, links: ["https://fjord.example/plan"], ...more });
  return { ...made, device, writer, popup, send };
}

const row = (popup, subject) => popup.getByRole("listitem").filter({ hasText: subject });
const shows = (popup, subject, key) => row(popup, subject).filter({ hasText: pattern("en", key) }).waitFor();
const press = (popup, key) => popup.getByRole("button", { name: say(key), exact: true }).first().click();

/** Waits until words stand on the page, beside what screen readers alone are told. */
const stands = (popup, words) => popup.getByText(words).and(popup.locator(":not(.ww-sr)")).filter({ visible: true }).first().waitFor();

async function show(popup, subject) {
  await row(popup, subject).getByRole("link").or(row(popup, subject).getByRole("button")).first().click();
  await popup.getByRole("heading", { name: subject, level: 1 }).waitFor();
}

/** The labels that count, newest hit first. */
const labels = ({ hits }) =>
  hits.map(({ verdict, correction }) => (correction ? { me: "self", person: "human", machine: "scanner" }[correction.claim] : verdict?.label));

test("one hit: that was me, a machine, a person, each undone", async (t) => {
  const { browser, popup, writer, send } = await start(t);
  const [gmail, outlook, odd] = [await send("Through Gmail"), await send("In Outlook"), await send("Nobody knows")];
  await writer.open(gmail);
  await writer.visit(outlook, "outlook");
  await writer.open(odd, { from: "203.0.113.99" });
  await popup.reload();
  await shows(popup, "Through Gmail", "mail_opened");
  await shows(popup, "In Outlook", "mail_opened");
  await shows(popup, "Nobody knows", "mail_unclear");

  await show(popup, "Through Gmail");
  await press(popup, "was_me");
  await stands(popup, say("said_so"));
  await stands(popup, say("not_counted"));
  assert.equal(await popup.getByRole("button", { name: say("alike_yes") }).count(), 0, "Gmail's proxy is everybody's: nothing is like it");
  await until(async () => labels(await writer.detail(gmail))[0] === "self", { what: "the word at the backend" });
  assert.deepEqual((await writer.activity(gmail)).opens, 0);
  await press(popup, "back");
  await shows(popup, "Through Gmail", "mail_sealed");
  await show(popup, "Through Gmail");
  await press(popup, "undo");
  await stands(popup, say("reason_gmail_open"));
  await press(popup, "back");
  await shows(popup, "Through Gmail", "mail_opened");

  // By the keyboard alone.
  await show(popup, "In Outlook");
  const wrong = popup.getByRole("button", { name: say("wrong") }).first();
  await wrong.focus();
  await wrong.press("Enter");
  const machine = popup.getByRole("button", { name: say("who_machine"), exact: true });
  await machine.focus();
  await machine.press("Enter");
  await stands(popup, say("said_so"));
  const only = popup.getByRole("button", { name: say("alike_no") });
  await only.waitFor();
  await only.press("Enter");
  await press(popup, "back");
  await shows(popup, "In Outlook", "mail_machines");
  await show(popup, "In Outlook");
  await press(popup, "undo");
  await stands(popup, say("reason_program_open", "Outlook"));
  await press(popup, "back");
  await shows(popup, "In Outlook", "mail_opened");

  await show(popup, "Nobody knows");
  await press(popup, "i_know");
  await press(popup, "who_person");
  await stands(popup, say("told_open"));
  await press(popup, "back");
  await shows(popup, "Nobody knows", "mail_opened");
  browser.expectNoErrors();
});

test("all like one: past and future, shown in the settings, and taken back", async (t) => {
  const { browser, device, popup, writer, send } = await start(t);
  const [first, second] = [await send("First"), await send("Second")];
  const elsewhere = await writer.send({ to: "ben@acme.example", subject: "To another house" });
  for (const mail of [first, second, elsewhere]) await writer.visit(mail, "thunderbird");
  await popup.reload();
  for (const subject of ["First", "Second", "To another house"]) await shows(popup, subject, "mail_opened");

  await show(popup, "First");
  await press(popup, "was_me");
  await stands(popup, /1 more is like it/);
  await stands(popup, "quinta.example");
  await press(popup, "alike_yes");
  await until(async () => labels(await writer.detail(second))[0] === "self", { what: "the second, by the rule" });
  assert.deepEqual(labels(await writer.detail(elsewhere)), ["human"], "another house is another matter");
  await press(popup, "back");
  await shows(popup, "First", "mail_sealed");
  await shows(popup, "Second", "mail_sealed");

  const third = await send("Third");
  await writer.visit(third, "thunderbird");
  await until(async () => labels(await writer.detail(third))[0] === "self", { what: "the third, by the rule" });
  await popup.reload();
  await show(popup, "Third");
  await stands(popup, say("said_so_me"));
  await popup.getByRole("button", { name: say("undo_rule") }).waitFor();
  // The same line, another program: not like it.
  await writer.visit(third, "outlook", { from: "203.0.113.52" });
  await until(async () => labels(await writer.detail(third)).join() === "human,self", { what: "another program's hit" });
  await press(popup, "back");

  const rules = (await device.call("GET", "/corrections")).body;
  const list = rules.corrections ?? rules.rules ?? rules;
  assert.equal(list.length, 1);
  assert.deepEqual([list[0].claim, list[0].network, list[0].domain], ["me", "203.0.113.0/24", "quinta.example"]);
  const options = await browser.options();
  const rule = options.getByRole("listitem").filter({ hasText: "203.0.113.0/24" });
  await rule.waitFor();
  await rule.getByRole("button", { name: say("correction_drop") }).click();
  await options.getByRole("status").filter({ hasText: pattern("en", "correction_dropped") }).waitFor();
  // For a while that could be taken back in turn.
  await options.mouse.move(1, 1);
  await until(async () => labels(await writer.detail(second))[0] === "human", { what: "the second as it was", timeout: 40_000 });
  await until(async () => labels(await writer.detail(third)).join() === "human,human", { what: "the third as it was" });
  await shows(popup, "Second", "mail_opened");
  // What was said of the first hit itself was said of it, and stays until that is taken back.
  await shows(popup, "First", "mail_sealed");
  await show(popup, "First");
  await press(popup, "undo");
  await stands(popup, say("reason_program_open", "Thunderbird"));
  await press(popup, "back");
  await shows(popup, "First", "mail_opened");
  browser.expectNoErrors();
});

test("a word on a hit that is gone, or from somebody else, changes nothing and says so", async (t) => {
  const { backend, device, popup, writer, send } = await start(t);
  const mail = await send("Soon gone");
  await writer.visit(mail, "outlook");
  await popup.reload();
  await shows(popup, "Soon gone", "mail_opened");
  const [{ id }] = (await writer.detail(mail)).hits;
  const stranger = await backend.device("stranger");
  assert.equal((await stranger.call("POST", `/hits/${id}/correction`, { claim: "me" })).status, 404);
  assert.equal((await device.call("POST", `/hits/${id}/correction`, { claim: "nobody" })).status, 400);
  assert.equal((await device.call("POST", `/hits/${id + 1000}/correction`, { claim: "me" })).status, 404);
  assert.deepEqual(labels(await writer.detail(mail)), ["human"]);
  await show(popup, "Soon gone");
  await popup.getByRole("button", { name: say("was_me") }).first().waitFor();
  assert.equal((await device.call("DELETE", `/messages/${mail.id}`)).status, 204);
  assert.equal((await device.call("POST", `/hits/${id}/correction`, { claim: "me" })).status, 404);
  // The open page says what was known; a word on it finds nothing any more, and that is said where it was given.
  await press(popup, "was_me");
  await popup.getByRole("alert").filter({ hasText: say("hit_gone") }).waitFor();
});
