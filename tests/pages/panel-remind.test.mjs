// The panel of a reminder, as a person uses it: for a compose, for a mail in an open conversation; refused; blocked. The worker is played.
import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW, fault, person, uuid } from "./fixtures.mjs";
import { askedLater, focusedName, picture, staged } from "./helpers.mjs";

const open = staged();

const KEY = uuid(7100);
const MAIL = uuid(7110);
const REMINDER = uuid(7111);
const THREAD = "18c1f0a2b3d4e5f7";
const MAILBOX = { id: uuid(7101), address: "mara@fjord.example", kind: "imap", state: { state: "ok" }, rights: [], daily_limit: 400, sent_today: 0, connected_at: NOW };
const RECIPIENTS = [person("Ben Okafor", "b.okafor@acme.example")];
const FACTS = { draft: { gmail: { draft: "msg-a:r1" }, subject: "Invoice 2026-117", recipients: RECIPIENTS }, sender: "mara@fjord.example", track: false, reply: false, dark: false, remind: {} };
// As a tab tells it; the panel learns the rest.
const SENT = { message: MAIL, sender: "", sent_at: 0 };
const SENT_AT = NOW - 86_400_000;
const OPENED = { ...FACTS, draft: { gmail: { legacy_thread: THREAD }, subject: "", recipients: [] }, track: true, remind: { sent: SENT } };
const at = (wall) => ({ kind: "at", wall, zone: "Europe/Oslo" });
const ok = (answer, more = {}) => ({ ok: { answer, ...more } });
const mailboxes = (list) => ok("mailboxes", { mailboxes: { mailboxes: list, google: false } });
const reminder = (over = {}) => ({ id: REMINDER, state: "waiting", wish: { when: at("2026-11-26T09:00:00"), condition: "no_answer" }, due_at: Date.UTC(2026, 10, 26, 8), times: 0, by_default: false, ...over });
const waitingMail = (over = {}) => ({ id: MAIL, message: MAIL, mailbox: MAILBOX.id, sent_at: SENT_AT, gmail: { legacy_thread: THREAD, legacy_message: THREAD }, content: { subject: "Invoice 2026-117", recipients: RECIPIENTS, links: [] }, ...over });
const waitingPage = (...mails) => ok("waiting", { page: { mails, back: 0, waiting: mails.length } });
const message = { id: MAIL, sent_at: SENT_AT, scheduled: false, sender: "alias@fjord.example", gmail: { legacy_thread: THREAD, rfc_id: "<x@y.example>" }, content: { subject: "Invoice 2026-117", recipients: RECIPIENTS, links: [{ target: "https://x.example/", text: "x" }] }, activity: { opens: 0, open_hits: 0, clicks: 0, click_hits: 0 } };

const answers = (over = {}) => ({
  "later:panel": ok("panel", { facts: FACTS, account: "mara@fjord.example" }),
  "later:mailboxes": mailboxes([MAILBOX]),
  "later:waiting_in": waitingPage(),
  "later:put_reminder": ok("waiting_mail", { mail: waitingMail({ reminder: reminder() }) }),
  "later:act_waiting": ok("waiting_mail", { mail: waitingMail() }),
  detail: { ok: { answer: "detail", detail: { ...message, hits: [] } } },
  ...over,
});
const panel = (facts = FACTS, over = {}, more = {}) => ({
  file: `panel.html#${KEY}`,
  width: 360,
  height: 420,
  answers: answers({ "later:panel": ok("panel", { facts, account: "mara@fjord.example" }), ...over }),
  ...more,
});
const opened = (over = {}, more = {}) => panel(OPENED, over, more);
const field = (page) => page.getByRole("textbox", { name: /^(When|Wann)$/ });
const said = (page) => page.locator("#said");
const waitFor = async (page, later) => {
  await page.waitForFunction((later) => window.__ww.asked.some((question) => question.later === later), later);
  return (await askedLater(page, later)).at(-1);
};
const ended = async (page) => (await waitFor(page, "panel_end")).end;
const wishOf = (end) => JSON.parse(end.wish);

test("typed, read, Enter: the choice goes back to the tab, and nothing is asked of the backend", () =>
  open(panel(), async (page) => {
    await said(page).waitFor();
    assert.equal(await focusedName(page), "When");
    await field(page).fill("thursday");
    await said(page).getByText("Thu 26 Nov 09:00").waitFor();
    assert.equal(await page.getByRole("button", { name: "Thursday" }).getAttribute("aria-pressed"), "true");
    assert.equal(await said(page).getAttribute("role"), "status");
    assert.ok(await page.getByRole("radio", { name: /^If nobody answers/ }).isChecked());
    assert.ok(await page.getByRole("radio", { name: "If nobody opens it: tracking is off here" }).isDisabled());
    await picture(page, "panel-remind-light");
    await page.keyboard.press("Enter");
    const end = await ended(page);
    assert.equal(end.end, "wish");
    assert.deepEqual(wishOf(end), { when: at("2026-11-26T09:00:00"), phrase: "thursday", condition: "no_answer" });
    assert.equal(end.say, "Comes back Thu 26 Nov 09:00 if nobody answers");
    assert.deepEqual(await askedLater(page, "put_reminder"), []);
    const sizes = await askedLater(page, "panel_size");
    assert.ok(sizes.length > 0 && sizes.every(({ key, height }) => key === KEY && height > 200 && height < 600));
  }));

test("days to press, conditions, again and again", () =>
  open(panel({ ...FACTS, track: true }), async (page) => {
    const chips = page.getByRole("group", { name: "Suggestions" }).getByRole("button");
    await chips.first().waitFor();
    assert.deepEqual(await chips.allInnerTexts(), ["Tomorrow", "Thursday", "In a week", "In a month"]);
    await field(page).press("ArrowDown");
    assert.equal(await focusedName(page), "Tomorrow");
    await chips.nth(2).click();
    assert.match(await said(page).innerText(), /Mon 30 Nov 09:00/);
    assert.equal(await field(page).inputValue(), "Mon 30 Nov 09:00");
    await page.getByRole("radio", { name: "If nobody opens it" }).check();
    await page.getByRole("spinbutton").fill("400");
    assert.ok(await page.getByRole("checkbox").isChecked(), "whoever says how many means it");
    await page.getByRole("button", { name: "Remind me" }).click();
    const end = await ended(page);
    assert.deepEqual(wishOf(end), { when: at("2026-11-30T09:00:00"), condition: "not_opened", every_days: 90 });
    assert.match(end.say, /and again until somebody answers/);
  }));

test("what was chosen before is there again, and can be taken away", () => {
  const wish = { when: at("2026-12-01T10:30:00"), phrase: "in 8 days", condition: "always", every_days: 7 };
  return open(panel({ ...FACTS, remind: { wish } }), async (page) => {
    await said(page).getByText("Tue 1 Dec 10:30").waitFor();
    assert.ok(await page.getByRole("radio", { name: "In any case" }).isChecked());
    assert.equal(await page.getByRole("spinbutton").inputValue(), "7");
    await page.getByRole("button", { name: "No reminder" }).click();
    assert.deepEqual(await ended(page), { end: "wish", wish: null, say: "" });
  });
});

test("nothing is chosen that was not understood, or is no one time", () =>
  open(panel(), async (page) => {
    for (const [phrase, words] of [
      ["tusday", /“tusday” is not understood/],
      ["yesterday", /is over/],
      ["weekdays 8:30", /comes at one time/],
      ["mon-fri between 9 and 17", /comes at one time|not understood/],
      ["x".repeat(300), /too long/],
      ["", /Type when/],
    ]) {
      await field(page).fill(phrase);
      assert.match(await said(page).innerText(), words, phrase);
      await field(page).press("Enter");
    }
    assert.equal(await page.getByRole("button", { name: "Remind me" }).getAttribute("aria-disabled"), "true");
    assert.deepEqual(await askedLater(page, "panel_end"), []);
    await field(page).fill("tusday");
    await page.getByRole("button", { name: /24 Nov 09:00\?$/ }).click();
    assert.equal(await field(page).inputValue(), "tuesday");
    assert.equal(await focusedName(page), "When");
  }));

test("two readings are two buttons", () =>
  open(panel({ ...FACTS }, {}, { language: "en-GB" }), async (page) => {
    await field(page).fill("tomorrow at 5");
    const choices = said(page).getByRole("button");
    await choices.first().waitFor();
    assert.equal(await choices.count(), 2);
    await choices.nth(1).click();
    await page.getByRole("button", { name: "Remind me" }).click();
    assert.equal(wishOf(await ended(page)).when.wall, "2026-11-24T17:00:00");
  }));

test("a mail in a conversation: set with the mail's own words, once", () =>
  open(opened(), async (page) => {
    assert.ok(await page.getByRole("radio", { name: "If nobody opens it" }).isEnabled());
    await field(page).fill("tomorrow");
    await field(page).press("Enter");
    const { id, put } = await waitFor(page, "put_reminder");
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(put.mail, { message: MAIL, sender: "alias@fjord.example", account: "mara@fjord.example", sent_at: SENT_AT, gmail: message.gmail, content: { ...message.content, links: [] } });
    assert.deepEqual(put.wish, { when: at("2026-11-24T09:00:00"), phrase: "tomorrow", condition: "no_answer" });
    assert.deepEqual(await ended(page), { end: "reminded" });
  }));

test("a refusal is said, and the next try asks with the same id", () =>
  open(opened({ "later:put_reminder": fault("unreachable") }), async (page) => {
    await field(page).fill("tomorrow");
    await field(page).press("Enter");
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await field(page).press("Enter");
    await page.waitForFunction(() => window.__ww.asked.filter(({ later }) => later === "put_reminder").length === 2);
    const [one, two] = await askedLater(page, "put_reminder");
    assert.equal(one.id, two.id);
    assert.deepEqual(await askedLater(page, "panel_end"), []);
  }));

test("one that waits is changed or taken away", async () => {
  const known = waitingPage(waitingMail({ id: uuid(9), message: uuid(9) }), waitingMail({ reminder: reminder({ wish: { when: at("2026-11-26T09:00:00"), condition: "always" } }) }));
  await open(opened({ "later:waiting_in": known }), async (page) => {
    await said(page).getByText("Thu 26 Nov 09:00").waitFor();
    assert.ok(await page.getByRole("radio", { name: "In any case" }).isChecked());
    await page.getByRole("button", { name: "In a week" }).click();
    await page.getByRole("button", { name: "Remind me" }).click();
    const { id, put } = await waitFor(page, "put_reminder");
    assert.equal(id, REMINDER);
    assert.equal(put.wish.when.wall, "2026-11-30T09:00:00");
    assert.equal(put.mail.content.subject, "Invoice 2026-117");
  });
  await open(opened({ "later:waiting_in": known }), async (page) => {
    await said(page).getByText("Thu 26 Nov 09:00").waitFor();
    await page.getByRole("button", { name: "No reminder" }).click();
    assert.deepEqual(await waitFor(page, "act_waiting"), { later: "act_waiting", id: MAIL, action: { action: "off" } });
    assert.deepEqual(await ended(page), { end: "reminded" });
  });
});

test("one that is back: why, done, or another time", async () => {
  const back = waitingPage(waitingMail({ reminder: reminder({ state: "back", why: { why: "no_answer" }, came_at: NOW - 60_000, due_at: undefined, times: 1 }) }));
  await open(opened({ "later:waiting_in": back }), async (page) => {
    await page.getByText(/You asked for .* if nobody answers\./).waitFor();
    await picture(page, "panel-remind-back");
    await page.getByRole("button", { name: "Done" }).click();
    assert.deepEqual((await waitFor(page, "act_waiting")).action, { action: "done" });
  });
  await open(opened({ "later:waiting_in": back }), async (page) => {
    await page.getByText(/if nobody answers\./).waitFor();
    await page.getByRole("button", { name: "Tomorrow" }).click();
    await page.getByRole("button", { name: "Remind me" }).click();
    assert.deepEqual((await waitFor(page, "act_waiting")).action, { action: "snooze", wish: { when: at("2026-11-24T09:00:00"), condition: "no_answer" } });
    assert.deepEqual(await askedLater(page, "put_reminder"), []);
  });
});

test("a mail that is answered, and one that nobody knows any more", async () => {
  const answered = waitingPage(waitingMail({ answered: { at: NOW, how: "thread", from: "b.okafor@acme.example" } }));
  await open(opened({ "later:waiting_in": answered }), async (page) => void (await page.getByText("Somebody answered this mail already.").waitFor()));
  await open(panel({ ...OPENED, track: false }), async (page) => {
    await page.getByText("If nobody opens it: this mail is not tracked").waitFor();
    await field(page).fill("tomorrow");
    await field(page).press("Enter");
    await page.getByRole("alert").filter({ hasText: "not among those that wait" }).waitFor();
    assert.deepEqual(await askedLater(page, "put_reminder"), []);
  });
});

test("a scheduled draft takes its reminder along, and another time keeps it", async () => {
  const wish = { when: at("2026-12-01T10:30:00"), condition: "no_answer" };
  const scheduled = { id: uuid(7120), mailbox: MAILBOX.id, state: "scheduled", due_at: Date.UTC(2026, 10, 24, 8), schedule: { when: at("2026-11-24T09:00:00"), unless_answered: true, late: { minutes: 30, then: "hold" }, holidays: [], remind: wish }, content: { subject: "Invoice", recipients: [] }, gmail: {}, track: true, created_at: NOW, times: 0 };
  const put = ({ id }) => ok("scheduled", { scheduled: { ...scheduled, id } });
  const with_ = (facts) => ({ "later:panel": ok("panel", { facts, scheduled, account: "mara@fjord.example" }), "later:put": put, "later:zones": ok("zones", { zones: [] }) });
  await open(panel(FACTS, with_(FACTS)), async (page) => {
    await said(page).getByText("Tue 1 Dec 10:30").waitFor();
    await page.getByRole("button", { name: "In a week" }).click();
    await page.getByRole("button", { name: "Remind me" }).click();
    const asked = await waitFor(page, "put");
    assert.equal(asked.id, scheduled.id);
    assert.deepEqual(asked.put.schedule, { ...scheduled.schedule, remind: { when: at("2026-11-30T09:00:00"), condition: "no_answer" } });
    assert.equal((await ended(page)).end, "wish");
  });
  const { remind, ...later } = FACTS;
  await open(panel(later, with_(later), { height: 640 }), async (page) => {
    await field(page).fill("tomorrow 10am");
    await page.locator("button[type=submit]").click();
    assert.deepEqual((await waitFor(page, "put")).put.schedule.remind, wish);
  });
  const other = { when: at("2026-12-24T09:00:00"), condition: "always" };
  await open(panel(later, with_({ ...later, wish: other }), { height: 640 }), async (page) => {
    await field(page).fill("tomorrow 10am");
    await page.locator("button[type=submit]").click();
    assert.deepEqual((await waitFor(page, "put")).put.schedule.remind, other);
  });
});

test("without a mailbox: connect one; with the server away a compose can have its reminder all the same", async () => {
  await open(panel(FACTS, { "later:mailboxes": mailboxes([]) }, { height: 320 }), async (page) => {
    await page.getByText(/Your server looks there whether somebody answered/).waitFor();
    assert.equal(await page.getByRole("link", { name: "Connect a mailbox" }).getAttribute("href"), "options.html#mailboxes");
    assert.equal(await page.getByRole("button", { name: "Use Gmail’s own" }).count(), 0);
    await picture(page, "panel-remind-no-mailbox");
    await page.keyboard.press("Escape");
    assert.deepEqual(await ended(page), { end: "closed" });
  });
  for (const [box, words] of [
    [{ ...MAILBOX, address: "other@fjord.example" }, /The mailbox mara@fjord\.example is not connected/],
    [{ ...MAILBOX, state: { state: "sign_in", since: NOW, trouble: "wrong_password" } }, /needs you to sign in again/],
  ]) {
    await open(panel(FACTS, { "later:mailboxes": mailboxes([box]) }), async (page) => void (await page.getByText(words).waitFor()));
  }
  await open(panel(FACTS, { "later:mailboxes": fault("unreachable") }), async (page) => {
    await field(page).fill("tomorrow");
    await field(page).press("Enter");
    assert.equal((await ended(page)).end, "wish");
  });
  await open(panel(FACTS, { "later:mailboxes": fault("too_old") }), async (page) => void (await page.getByRole("link", { name: "Open the settings" }).waitFor()));
});

test("Escape and the cross close it; Tab goes round", () =>
  open(panel(), async (page) => {
    await said(page).waitFor();
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focusedName(page), "Close");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focusedName(page), "Remind me");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    assert.deepEqual(await ended(page), { end: "closed" });
  }));

test("German, dark, and large text", async () => {
  await open(panel({ ...FACTS, dark: true }, {}, { language: "de-DE", height: 460 }), async (page) => {
    await field(page).fill("in 3 Tagen");
    await said(page).getByText(/26\. Nov/).waitFor();
    assert.deepEqual(await page.getByRole("group", { name: /Vorschl/ }).getByRole("button").allInnerTexts(), ["Morgen", "Donnerstag", "In einer Woche", "In einem Monat"]);
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    await picture(page, "panel-remind-dark");
    await page.keyboard.press("Enter");
    assert.match((await ended(page)).say, /26\. Nov/);
  });
  await open(panel(FACTS, {}, { textScale: 2, height: 700 }), async (page) => {
    await field(page).fill("tomorrow");
    await picture(page, "panel-remind-large");
  });
});
