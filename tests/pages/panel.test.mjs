// The panel for sending later, as a person uses it: typed, picked, with conditions; refused; blocked. The worker is played.
import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW, fault, person, uuid } from "./fixtures.mjs";
import { focusedName, picture, staged } from "./helpers.mjs";

const open = staged();

const KEY = uuid(7000);
const MAILBOX = { id: uuid(7001), address: "mara@fjord.example", kind: "imap", state: { state: "ok" }, rights: [], daily_limit: 400, sent_today: 0, connected_at: NOW };
const FACTS = {
  draft: { gmail: { draft: "msg-a:r1" }, subject: "Samples have left the warehouse", recipients: [person("Kenji Sato", "kenji@sato.example")] },
  sender: "mara@fjord.example",
  track: true,
  reply: false,
  dark: false,
};
const ok = (answer, more = {}) => ({ ok: { answer, ...more } });
const scheduledAs = (put, id, over = {}) => ({
  id,
  mailbox: put?.mailbox ?? MAILBOX.id,
  state: "scheduled",
  due_at: Date.UTC(2026, 10, 24, 8),
  schedule: put?.schedule ?? { when: { kind: "at", wall: "2026-11-24T09:00:00", zone: "Europe/Oslo" } },
  content: { subject: "Samples have left the warehouse", recipients: [] },
  gmail: {},
  track: true,
  created_at: NOW,
  ...over,
});

const answers = (over = {}) => ({
  "later:panel": ok("panel", { facts: FACTS }),
  "later:mailboxes": ok("mailboxes", { mailboxes: { mailboxes: [MAILBOX], google: false } }),
  "later:zones": ok("zones", { zones: [{ address: "kenji@sato.example", zone: "Asia/Tokyo" }] }),
  "later:put": ({ id, put }) => ok("scheduled", { scheduled: scheduledAs(put, id) }),
  ...over,
});
const panel = (over = {}, more = {}) => ({ file: `panel.html#${KEY}`, width: 360, height: 640, answers: answers(over), ...more });
const asked = (page, later) => page.evaluate((later) => window.__ww.asked.filter((question) => question.later === later), later);
const field = (page) => page.getByRole("textbox", { name: /^(When|Wann)$/ });
const said = (page) => page.locator("#said");
const type = async (page, phrase) => {
  await field(page).fill(phrase);
};
const ended = async (page) => {
  await page.waitForFunction(() => window.__ww.asked.some((question) => question.later === "panel_end"));
  return (await asked(page, "panel_end")).at(-1).end;
};
const put = async (page) => {
  await page.waitForFunction(() => window.__ww.asked.some((question) => question.later === "put"));
  return (await asked(page, "put")).at(-1);
};

test("typed, read, Enter: what is shown is what is asked for", () =>
  open(panel(), async (page) => {
    await said(page).waitFor();
    assert.equal(await focusedName(page), "When");
    await type(page, "tomorrow 9am");
    await said(page).getByText("in Tokyo").waitFor();
    assert.match(await said(page).innerText(), /Tue,? 24 Nov 09:00 your time, 17:00 in Tokyo/);
    await page.getByRole("button", { name: /^Send Tue 09:00$/ }).waitFor();
    assert.equal(await said(page).getAttribute("role"), "status");
    await picture(page, "panel-light");
    await page.keyboard.press("Enter");
    const question = await put(page);
    assert.deepEqual(question.put.schedule.when, { kind: "at", wall: "2026-11-24T09:00:00", zone: "Europe/Oslo" });
    assert.equal(question.put.schedule.phrase, "tomorrow 9am");
    assert.deepEqual(question.put.schedule.late, { minutes: 30, then: "hold" });
    assert.equal(question.put.schedule.unless_answered, false);
    assert.equal(question.put.mailbox, MAILBOX.id);
    assert.deepEqual(question.put.draft, FACTS.draft);
    const end = await ended(page);
    assert.equal(end.end, "scheduled");
    assert.equal(end.id, question.id);
    assert.match(end.say, /^Scheduled for Tue,? 24 Nov 09:00$/);
    const sizes = await asked(page, "panel_size");
    assert.ok(sizes.length > 0 && sizes.every(({ key, height }) => key === KEY && height > 200 && height < 1200));
  }));

test("a frame whose key nobody announced shows nothing and asks nothing else", () =>
  open(panel({ "later:panel": fault("not_found") }), async (page) => {
    await page.waitForFunction(() => window.__ww.asked.length > 0);
    await page.clock.runFor(2_000);
    await page.waitForFunction(() => window.__ww.asked.length === 3);
    assert.equal(await page.locator("body").innerText(), "");
    assert.deepEqual(new Set(await page.evaluate(() => window.__ww.asked.map(({ later }) => later))), new Set(["panel"]));
  }));

test("no key in the address: nothing at all", () =>
  open({ ...panel(), file: "panel.html#x" }, async (page) => {
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator("body").innerText(), "");
    assert.equal(await page.evaluate(() => window.__ww.asked.length), 0);
  }));

test("of two readings elsewhere each is by the clocks of that place, and says so", () =>
  open(panel(), async (page) => {
    // It is Tuesday already in Auckland.
    await type(page, "tomorrow 10am in Auckland");
    await page.getByRole("button", { name: /24 November 10:00 in Auckland$/ }).waitFor();
    await page.getByRole("button", { name: /25 November 10:00 in Auckland$/ }).click();
    await page.locator("button[type=submit][aria-disabled=false]").click();
    assert.deepEqual((await put(page)).put.schedule.when, { kind: "at", wall: "2026-11-25T10:00:00", zone: "Pacific/Auckland" });
  }));

test("what is not understood is named, with something to press", () =>
  open(panel(), async (page) => {
    await type(page, "tusday");
    await page.getByText("“tusday” is not understood.").waitFor();
    assert.equal(await field(page).getAttribute("aria-invalid"), "true");
    assert.equal(await page.getByRole("button", { name: "Send later" }).getAttribute("aria-disabled"), "true");
    await page.keyboard.press("Enter");
    assert.deepEqual(await asked(page, "put"), [], "nothing is scheduled that was not understood");
    await picture(page, "panel-refused");
    await page.getByRole("button", { name: /24 Nov 09:00\?$/ }).click();
    assert.equal(await field(page).inputValue(), "tuesday");
    await page.getByRole("button", { name: /^Send Tue 09:00$/ }).waitFor();
  }));

test("every kind of refusal has words of its own", () =>
  open(panel(), async (page) => {
    const seen = new Set();
    for (const [phrase, words] of [
      ["yesterday", /is over/],
      ["30 february", /no such day/],
      ["tomorrow 25:00", /no such time|not understood/],
      ["tomorrow friday 9:00", /two different|not understood|is a/],
      ["in 9000 years", /too far/],
      ["9am", null],
      ["x".repeat(300), /too long/],
      ["tomorrow 9:00 in Nowhere/Land", /not known|not understood/],
    ]) {
      await type(page, phrase);
      const shown = await said(page).innerText();
      if (words) {
        assert.match(shown, words, phrase);
        seen.add(shown);
      }
    }
    assert.ok(seen.size >= 5);
  }));

test("two readings are two buttons, with the time that was said", () =>
  open(panel({}, { language: "en-GB" }), async (page) => {
    await type(page, "tomorrow at 5");
    const choices = said(page).getByRole("button");
    await choices.first().waitFor();
    assert.equal(await choices.count(), 2);
    await choices.nth(1).click();
    await page.getByRole("button", { name: /^Send Tue 17:00$/ }).waitFor();
    await page.keyboard.press("Enter");
    assert.equal((await put(page)).put.schedule.when.wall, "2026-11-24T17:00:00");
  }));

test("suggestions by keys: down from the field, Enter takes, Enter sends", () =>
  open(panel(), async (page) => {
    await page.getByText("Morning in Tokyo").waitFor();
    const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
    assert.deepEqual(
      await options.evaluateAll((all) => all.map((it) => it.firstChild.textContent)),
      ["Later today", "Tomorrow morning", "Morning in Tokyo", "Next Monday"],
    );
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.equal(await focusedName(page), "When");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    assert.match(await said(page).innerText(), /01:00 your time, 09:00 in Tokyo/);
    assert.equal(await options.nth(2).getAttribute("aria-selected"), "true");
    await page.keyboard.press("Enter");
    assert.deepEqual((await put(page)).put.schedule.when, { kind: "at", wall: "2026-11-24T09:00:00", zone: "Asia/Tokyo" });
  }));

test("the calendar: one stop, arrows, months, never a day that is over", () =>
  open(panel(), async (page) => {
    await type(page, "friday 14:30");
    const grid = page.getByRole("grid");
    await grid.waitFor();
    assert.equal(await grid.locator("button[tabindex='0']").count(), 1);
    await grid.locator("button[tabindex='0']").focus();
    for (const key of ["ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
    assert.match(await focusedName(page), /5 December/);
    await page.keyboard.press("PageDown");
    await page.getByRole("grid", { name: "January 2027" }).waitFor();
    for (const key of ["PageUp", "PageUp", "PageUp"]) await page.keyboard.press(key);
    assert.match(await focusedName(page), /23 November, today/);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    assert.match(await focusedName(page), /24 November/);
    await page.getByRole("button", { name: /^Send Tue 14:30$/ }).click();
    assert.equal((await put(page)).put.schedule.when.wall, "2026-11-24T14:30:00");
  }));

test("conditions go with it", () =>
  open(panel(), async (page) => {
    await page.getByText("Tokyo, set by you").waitFor();
    await type(page, "tomorrow 9am");
    await page.getByLabel("Not if Kenji writes first").check();
    await page.getByLabel(/In the time zone of Kenji/).check();
    await page.getByRole("spinbutton", { name: "Minutes" }).fill("90");
    await page.getByLabel("What happens to a late mail").selectOption("ask");
    await page.getByLabel("Repeat …").first().check();
    await page.getByRole("combobox", { name: "Repeat …" }).selectOption("week");
    await page.getByLabel("Until when").selectOption("times");
    await page.getByRole("spinbutton", { name: "How many times" }).fill("3");
    await page.getByLabel("Not on holidays of").selectOption("DE");
    assert.match(await said(page).innerText(), /01:00 your time, 09:00 in Tokyo[^]*Then/);
    await picture(page, "panel-conditions");
    await field(page).press("Enter");
    const { schedule } = (await put(page)).put;
    assert.deepEqual(schedule.when, { kind: "repeat", rule: "FREQ=WEEKLY;COUNT=3", start: "2026-11-24T09:00:00", zone: "Asia/Tokyo", skip: [], until_answered: false });
    assert.deepEqual(schedule.late, { minutes: 90, then: "ask" });
    assert.deepEqual(schedule.holidays, ["DE"]);
    assert.equal(schedule.unless_answered, true);
  }));

test("rules and windows from phrases", () =>
  open(panel(), async (page) => {
    await type(page, "mon-fri 8:30");
    await page.getByText(/^Then /).waitFor();
    await page.keyboard.press("Enter");
    const first = (await put(page)).put.schedule.when;
    assert.equal(first.kind, "repeat");
    assert.equal(first.rule, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
  }));

test("where somebody is can be told by city", () =>
  open(panel({ "later:zones": ok("zones", { zones: [] }) }), async (page) => {
    await page.getByLabel(/In the time zone of Kenji/).check();
    const city = page.getByRole("textbox", { name: "City or time zone" });
    await city.fill("Atlantis");
    await city.press("Enter");
    await page.getByText(/“Atlantis” is not known/).waitFor();
    await city.fill("san francisco");
    await city.press("Enter");
    await page.getByText("Los Angeles, set by you").waitFor();
    assert.deepEqual((await asked(page, "set_zone")).at(-1).zone, { address: "kenji@sato.example", zone: "America/Los_Angeles" });
    assert.equal(await focusedName(page), "When");
  }));

test("Escape and the cross close it; Tab goes round", () =>
  open(panel(), async (page) => {
    await said(page).waitFor();
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focusedName(page), "Close");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focusedName(page), "Send later");
    await page.keyboard.press("Tab");
    assert.equal(await focusedName(page), "Close");
    await page.keyboard.press("Escape");
    assert.deepEqual(await ended(page), { end: "closed" });
  }));

test("no mailbox: connect one, or hand over to Gmail's own", () =>
  open(panel({ "later:mailboxes": ok("mailboxes", { mailboxes: { mailboxes: [], google: false } }) }, { height: 320 }), async (page) => {
    await page.getByText(/No mailbox is connected yet/).waitFor();
    assert.equal(await page.getByRole("link", { name: "Connect a mailbox" }).getAttribute("href"), "options.html#mailboxes");
    await picture(page, "panel-no-mailbox");
    await page.getByRole("button", { name: "Use Gmail’s own" }).click();
    assert.deepEqual(await ended(page), { end: "hand_over" });
  }));

for (const [name, mailboxes, words] of [
  ["another address", [{ ...MAILBOX, address: "other@fjord.example" }], /The mailbox mara@fjord\.example is not connected/],
  ["one that needs a sign-in", [{ ...MAILBOX, state: { state: "sign_in", since: NOW, trouble: "wrong_password" } }], /needs you to sign in again/],
]) {
  test(`a mailbox that cannot be used is named: ${name}`, () =>
    open(panel({ "later:mailboxes": ok("mailboxes", { mailboxes: { mailboxes, google: false } }) }), async (page) => {
      await page.getByText(words).waitFor();
    }));
}

test("a draft that Gmail has not saved yet is asked for once more, then it is said", () =>
  open(panel({ "later:put": fault("draft_unknown") }), async (page) => {
    await type(page, "tomorrow 9am");
    await page.keyboard.press("Enter");
    await page.getByText(/still saving the draft/).waitFor();
    await page.clock.runFor(3_100);
    await page.waitForFunction(() => window.__ww.asked.filter(({ later }) => later === "put").length === 2);
    const [one, two] = await asked(page, "put");
    assert.equal(one.id, two.id, "the same mail, asked for twice");
    await page.getByRole("alert").filter({ hasText: /draft/ }).waitFor();
    assert.deepEqual(await asked(page, "panel_end"), []);
  }));

test("a draft that is scheduled: another time, now, or not at all", () =>
  open(panel({ "later:panel": ok("panel", { facts: FACTS, scheduled: scheduledAs(null, uuid(7002)) }), "later:act": ok("scheduled", { scheduled: scheduledAs(null, uuid(7002), { state: "cancelled" }) }) }), async (page) => {
    await page.getByText(/Goes out Tue,? 24 Nov 09:00/).waitFor();
    await picture(page, "panel-scheduled");
    await page.getByRole("button", { name: "Do not send" }).click();
    assert.deepEqual(await ended(page), { end: "cancelled" });
    assert.deepEqual((await asked(page, "act")).at(-1), { later: "act", id: uuid(7002), action: { action: "cancel" } });
  }));

test("foreign names are text", () => {
  const evil = `<img src=x onerror="alert(1)">\u202e`;
  const facts = { ...FACTS, draft: { ...FACTS.draft, recipients: [person(evil, "kenji@sato.example")] } };
  return open(panel({ "later:panel": ok("panel", { facts }) }), async (page) => {
    await page.getByText(/Not if <img writes first/).waitFor();
    assert.equal(await page.locator("#panel img").count(), 0);
  });
});

test("German, dark, and large text", async () => {
  const facts = { ...FACTS, dark: true };
  await open(panel({ "later:panel": ok("panel", { facts }) }, { language: "de-DE", height: 660 }), async (page) => {
    await type(page, "morgen um 9");
    await said(page).getByText("bei Ihnen").waitFor();
    assert.match(await said(page).innerText(), /24\. Nov\.? 09:00 bei Ihnen, 17:00 in Tokyo/);
    await picture(page, "panel-dark");
    await page.keyboard.press("Enter");
    assert.equal((await put(page)).put.schedule.when.wall, "2026-11-24T09:00:00");
  });
  await open(panel({}, { textScale: 2, height: 700 }), async (page) => {
    await type(page, "tomorrow 9am");
    await picture(page, "panel-large");
  });
});
