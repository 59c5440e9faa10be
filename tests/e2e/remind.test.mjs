// Reminders from Gmail: the bell beside Send, the panel, the mail that leaves with its reminder (tracked, untracked, later), Undo; the
// bell and the line of an open conversation.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Backend, Browser, say, until, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail } from "../lib/later.mjs";
import { frame, keyAway, pressAway } from "../lib/panel.mjs";

const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";

/** Everything, with Mara's mailbox connected unless said otherwise. */
async function reminding(t, { mailbox = true, browser = {}, sim = {} } = {}) {
  const made = await world(t, { backend: false, browser: false, sim: { settings: { undoSeconds: 30, ...sim } } });
  made.backend = await Backend.start({ env: asGoogle(made.sim) });
  t.after(() => made.backend.dispose());
  made.device = await made.backend.device();
  if (mailbox) made.mailbox = await connectGmail(made.device, MARA);
  made.browser = await Browser.start({ sim: made.sim, ...browser });
  t.after(() => made.browser.dispose());
  const popup = await made.browser.connect({ server: made.backend.url, code: await made.backend.pair() });
  await popup.close();
  made.gmail = await made.browser.gmail();
  made.lang = made.browser.lang;
  return made;
}

const ours = (compose) => compose.root.locator(".ww-host");
const bell = (compose) => ours(compose).getByRole("button", { name: /^(Remind me|Erinnern)/ });
const isOn = (compose) => until(async () => (await bell(compose).getAttribute("aria-pressed")) === "true", { what: "the bell to be on" });

/** Chooses a time in the panel that a button opens. */
async function choose(page, button, phrase) {
  await button.click();
  const panel = await frame(page);
  await panel.locator("#when").fill(phrase);
  await pressAway(panel.locator("button[type=submit][aria-disabled=false]"));
}

const waiting = async (device) => (await device.call("GET", "/waiting?list=waiting")).body.mails;
/** The mails that have a reminder, once there are so many. */
const reminded = (device, count = 1) =>
  until(
    async () => {
      const mails = (await waiting(device)).filter(({ reminder }) => reminder?.state === "waiting");
      return mails.length === count && mails;
    },
    { what: `${count} reminders`, timeout: 20_000 },
  );

async function write({ gmail }, subject, body = "Please find it attached.") {
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject, body });
  await bell(compose).waitFor();
  return compose;
}

test("by keyboard: chosen, shown by the bell, set once when the tracked mail leaves", async (t) => {
  const made = await reminding(t);
  const { gmail, device, browser } = made;
  const compose = await write(made, "Invoice");
  assert.equal(await bell(compose).getAttribute("aria-pressed"), "false");
  await bell(compose).focus();
  await gmail.page.keyboard.press("Enter");
  const panel = await frame(gmail.page);
  assert.equal(await bell(compose).getAttribute("aria-expanded"), "true");
  await until(() => panel.evaluate(() => document.activeElement?.id === "when"), { what: "the focus in the field" });
  await gmail.page.keyboard.type("in 3 days at 9am");
  await panel.locator("button[type=submit][aria-disabled=false]").waitFor();
  await keyAway(gmail.page, "Enter");
  await isOn(compose);
  assert.match(await bell(compose).getAttribute("aria-label"), /^Remind me\. Comes back .* if nobody answers$/);
  assert.ok(await bell(compose).evaluate((button) => button.getRootNode().activeElement === button), "the bell has the focus");
  assert.deepEqual(await waiting(device), [], "nothing is asked for before the mail leaves");

  await compose.send("keys");
  await compose.gone();
  const [mail] = await reminded(device);
  assert.equal(mail.content.subject, "Invoice");
  assert.equal(mail.message, mail.id, "that of the tracked message");
  assert.equal(mail.reminder.wish.phrase, "in 3 days at 9am");
  assert.equal(mail.reminder.by_default, false);
  const registered = (await device.call("GET", "/messages?limit=10")).body.messages;
  assert.deepEqual(registered.map(({ id }) => id), [mail.id]);
  // Its ids come with Gmail's answer.
  await until(async () => (await reminded(device))[0].gmail.legacy_thread, { what: "the conversation's id" });
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
});

test("untracked it is set as well, and not for opens that nobody can see", async (t) => {
  const made = await reminding(t);
  const { gmail, device } = made;
  const compose = await write(made, "Plain words");
  await bell(compose).click();
  let panel = await frame(gmail.page);
  await panel.getByRole("button", { name: "In a week" }).click();
  await panel.getByLabel("If nobody opens it").check();
  await pressAway(panel.getByRole("button", { name: "Remind me" }));
  await ours(compose).getByRole("button", { name: "Tracking on" }).click();
  await bell(compose).click();
  panel = await frame(gmail.page);
  await panel.getByText("If nobody opens it: tracking is off here").waitFor();
  await keyAway(gmail.page, "Escape");
  await compose.send("mouse");
  await compose.gone();
  const [mail] = await reminded(device);
  assert.equal(mail.message, undefined);
  assert.equal(mail.reminder.wish.condition, "no_answer");
  assert.equal(mail.content.recipients[0].address, ANA);
  assert.deepEqual((await device.call("GET", "/messages?limit=10")).body.messages, []);
});

for (const tracked of [true, false]) {
  test(`Undo takes the reminder of ${tracked ? "a tracked" : "an untracked"} mail back, and the draft keeps the choice`, async (t) => {
    const made = await reminding(t);
    const { gmail, device } = made;
    const compose = await write(made, "Taken back");
    if (!tracked) await ours(compose).getByRole("button", { name: "Tracking on" }).click();
    await choose(gmail.page, bell(compose), "in 3 days");
    await compose.send("mouse");
    const [before] = await reminded(device);
    const again = await gmail.undo();
    await until(async () => (await waiting(device)).length === 0, { what: "forgetting", timeout: 20_000 });
    await isOn(again);
    await again.send("mouse");
    const [after] = await reminded(device);
    assert.notEqual(after.id, before.id);
    assert.notEqual(after.reminder.id, before.reminder.id);
  });
}

test("no reminder after all; and one that is sent later takes its reminder along", async (t) => {
  const made = await reminding(t);
  const { gmail, device, sim } = made;
  const none = await write(made, "None");
  await choose(gmail.page, bell(none), "in 3 days");
  await isOn(none);
  await bell(none).click();
  await pressAway((await frame(gmail.page)).getByRole("button", { name: "No reminder" }));
  await until(async () => (await bell(none).getAttribute("aria-pressed")) === "false", { what: "the bell to be off" });
  await none.send("mouse");
  await none.gone();

  const later = await write(made, "Later", "Here they are.");
  await later.saved(sim, MARA, "Here they are");
  await choose(gmail.page, bell(later), "in 10 days");
  await ours(later).getByRole("button", { name: /^Send later/ }).click();
  const panel = await frame(gmail.page);
  await panel.locator("#when").fill("tomorrow 9am");
  await pressAway(panel.locator("button[type=submit][aria-disabled=false]"));
  await later.gone();
  const [scheduled] = (await device.call("GET", "/scheduled?list=waiting")).body.scheduled;
  assert.equal(scheduled.schedule.remind.phrase, "in 10 days");
  assert.equal(scheduled.schedule.remind.condition, "no_answer");
  assert.deepEqual((await waiting(device)).filter(({ reminder }) => reminder), []);
});

test("in an open conversation: a bell beside the line, and above it when it comes back", async (t) => {
  const made = await reminding(t);
  const { gmail, device, sim } = made;
  const compose = await write(made, "Minutes", "Three things to decide.");
  await compose.send("mouse");
  await compose.gone();
  await sim.flush();
  await gmail.folder("sent");
  await gmail.open("Minutes");
  const line = gmail.page.locator(".ww-host-line");
  const own = line.getByRole("button", { name: "Remind me" });
  await own.waitFor({ timeout: 20_000 });
  await choose(gmail.page, own, "in 3 days");
  const [mail] = await reminded(device);
  assert.equal(mail.message, mail.id);
  const strip = gmail.page.locator(".ww-host-back");
  await strip.getByText(/^Comes back .* if nobody answers$/).waitFor({ timeout: 20_000 });
  await until(async () => (await own.getAttribute("aria-pressed")) === "true", { what: "the bell to be on" });
  await strip.getByRole("button", { name: /Change/ }).click();
  const panel = await frame(gmail.page);
  assert.match(await panel.locator("#when").inputValue(), /\d/);
  await pressAway(panel.getByRole("button", { name: "No reminder" }));
  await until(async () => (await strip.count()) === 0, { what: "the line to be gone", timeout: 20_000 });
  assert.equal((await waiting(device))[0].reminder.state, "off");
});

test("without a mailbox one is to be connected; with the server away it waits in the outbox", async (t) => {
  const made = await reminding(t, { mailbox: false });
  const { gmail, device, backend } = made;
  const compose = await write(made, "Soon");
  await bell(compose).click();
  await (await frame(gmail.page)).getByText(/No mailbox is connected yet/).waitFor();
  await keyAway(gmail.page, "Escape");
  await connectGmail(device, MARA);
  await backend.stop();
  await choose(gmail.page, bell(compose), "in 3 days");
  await compose.send("mouse");
  await compose.gone();
  await backend.launch();
  const [mail] = await until(async () => (await waiting(device)).filter(({ reminder }) => reminder).length && waiting(device), {
    what: "the reminder",
    timeout: 60_000,
  });
  assert.equal(mail.content.subject, "Soon");
});

test("in German, in a dark Gmail", async (t) => {
  const made = await reminding(t, { browser: { lang: "de" }, sim: { theme: "dark" } });
  const { gmail, device, lang } = made;
  const compose = await write(made, "Rechnung");
  await bell(compose).click();
  const panel = await frame(gmail.page);
  assert.equal(await panel.locator("html").getAttribute("data-theme"), "dark");
  await panel.locator("#when").fill("in 3 Tagen");
  await pressAway(panel.getByRole("button", { name: say(lang, "Remind me") }));
  await isOn(compose);
  await compose.send("mouse");
  assert.equal((await reminded(device))[0].content.subject, "Rechnung");
});
