// Mails whose answer is waited for, in the popup, against a worker that is played: what came back, what waits, what was answered.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, askedLater, picture, staged } from "./helpers.mjs";
import { mailbox, mailboxes } from "./later.mjs";
import * as w from "./waits.mjs";

const on = staged();
const status = (over = {}) => f.status({ back: 2, unanswered: 4, scheduled: 6, ...over });
const open = (answers = {}, more = {}) => ({ file: "popup.html#waiting", height: 900, answers: { status: status(), ...w.usual(), ...answers }, ...more });
const card = (page, mail) => page.locator(`li[data-id="${mail.id}"]`);
const text = async (locator) => (await locator.textContent()).replaceAll(/[\u00a0\u202f]/g, " ").replaceAll(/\s+/g, " ").trim();
// Lines off the screen are not laid out, and have no inner text.
const says = async (page, mail) => (await card(page, mail).locator(".ww-mail-say").textContent()).replaceAll(/[\u00a0\u202f]/g, " ");
const button = (page, mail, name) => card(page, mail).getByRole("button", { name, exact: true });
const settle = (page) => page.clock.runFor(400);
const actions = (page) => askedLater(page, "act_waiting");
// What can be taken back is asked for when its time is over.
const commit = async (page, number) => {
  // The clock stands while the pointer is on the line.
  await page.mouse.move(5, 5);
  await page.clock.runFor(6_100);
  await page.waitForFunction((number) => window.__ww.asked.filter((question) => question.later === "act_waiting").length >= number, number);
};

test("what came back, what waits and who answered, each in its own words", async () => {
  await on(open(), async (page) => {
    await card(page, w.ana).waitFor();
    assert.deepEqual(await page.getByRole("heading", { level: 2 }).allTextContents(), ["Back in your inbox", "Waiting for an answerLongest first", "Answered"]);
    assert.equal(await page.locator(".ww-tabs a[aria-current]").textContent(), "Waiting6");
    assert.deepEqual(await page.locator(".ww-tabs a").allTextContents(), ["Mails", "Waiting6", "Scheduled6", "Stats"]);
    for (const [mail, expected] of [
      [w.jonas, "You asked for today 09:00 if nobody answers. Opened at least once, seen 2 times, last Thu 19 Nov 09:00."],
      [w.sam, "Did not arrive: no such mailbox there. The reminder is off. It did arrive"],
      [w.ben, "Not opened yet, as far as can be known · no reminder Add one"],
      [w.priya, "Out of office until Fri 11 Dec. Moved to Mon 14 Dec 09:00 Undo Change"],
      [w.claire, "Apple Mail hides it: opened or not, nobody can tell · repeated weekly until answered, next Fri 27 Nov 09:00 Change"],
      [w.tomas, "Opened at least once, today 12:22 · reminder Thu 26 Nov 09:00 Change"],
      [w.ana, "Wrote from ana@ruiz.example, taken as the same person. The reminder is off. Not Ana Ruiz?"],
    ]) {
      assert.equal(await says(page, mail), expected);
    }
    for (const [mail, when] of [[w.jonas, "6 days"], [w.sam, "14:20"], [w.ben, "12 days"], [w.ana, "15:51"]]) {
      assert.equal(await text(card(page, mail).locator(".ww-mail-when")), when);
    }
    const write = card(page, w.jonas).getByRole("link", { name: "Write again" });
    assert.equal(await write.getAttribute("href"), "https://mail.google.com/mail/u/?authuser=mara@fjord.example#all/18c1f0a2b3d4e5f6");
    assert.equal(await write.getAttribute("rel"), "noopener noreferrer");
    // The answer came in another conversation: that one is opened.
    assert.equal(await card(page, w.ana).getByRole("link", { name: "Offer for the March workshop" }).getAttribute("href"), "https://mail.google.com/mail/u/?authuser=mara@fjord.example#all/18c1f0a2b3d4e5ff");
  });
});

test("where nobody could look nothing says that nobody answered", async () => {
  const held = (n, why, state = "back") => ({ ...w.jonas, id: f.uuid(9300 + n), activity: undefined, message: undefined, reminder: { ...w.jonas.reminder, state, why } });
  const all = [
    [held(1, { why: "trouble", trouble: "unreachable" }), "You asked to be reminded today 09:00. Whether somebody answered could not be asked: it cannot be reached."],
    [held(2, { why: "no_mailbox" }), "You asked to be reminded today 09:00. Whether somebody answered is not known: its mailbox is not connected."],
    [held(3, { why: "not_found" }), "You asked to be reminded today 09:00. The mail was not found in your mailbox, so only this tells you."],
    [held(4, { why: "deleted" }), "You asked to be reminded today 09:00. Its conversation was deleted or is in spam, and was left there."],
    [held(5, { why: "asked" }), "You asked for today 09:00, in any case."],
    [held(6, { why: "not_opened" }), "You asked for today 09:00 if it is not opened."],
  ];
  const bounces = [
    [{ soft: true, failed: [], status: "4.2.2" }, "Did not arrive yet: the mailbox there is full. That may pass by itself. · reminder Thu 26 Nov 09:00 It did arrive"],
    [{ soft: false, failed: [] }, "Did not arrive. · reminder Thu 26 Nov 09:00 It did arrive"],
    [{ soft: false, failed: [], status: "5.7.1" }, "Did not arrive: it was refused there. · reminder Thu 26 Nov 09:00 It did arrive"],
    [{ soft: false, failed: [], status: "<b>5</b>.x" }, "Did not arrive. · reminder Thu 26 Nov 09:00 It did arrive"],
  ].map(([bounced, say], n) => [{ ...w.sam, id: f.uuid(9310 + n), bounced: { at: f.NOW, ...bounced }, reminder: w.reminder(9410 + n) }, say]);
  const two = { ...w.sam, id: f.uuid(9320), reminder: undefined, content: { ...w.sam.content, recipients: [f.person("A", "a@x.example"), f.person("B", "b@x.example"), f.person("C", "c@x.example")] }, bounced: { at: f.NOW, soft: false, failed: ["b@x.example", "c@x.example"], status: "5.1.1" } };
  const untracked = { ...w.ben, id: f.uuid(9330), message: undefined, activity: undefined, reminder: w.reminder(9430, { wish: w.wish(26, { condition: "always" }) }) };
  const mailless = { ...w.ben, id: f.uuid(9331), reminder: w.reminder(9431, { why: { why: "no_mailbox" } }) };
  await on(open(w.usual({ back: [...all, ...bounces].map(([mail]) => mail).concat(two), waiting: [untracked, mailless] })), async (page) => {
    await card(page, untracked).waitFor();
    for (const [mail, expected] of [...all, ...bounces]) assert.equal(await says(page, mail), expected);
    assert.equal(await says(page, two), "Did not arrive: no such mailbox there. To b@x.example and 1 more. It did arrive");
    assert.equal(await says(page, untracked), "Not tracked · reminder Thu 26 Nov 09:00 in any case Change");
    assert.match(await says(page, mailless), /· reminder Thu 26 Nov 09:00, but its mailbox is not connected, so nobody sees an answer Change$/);
  });
});

test("done, tomorrow, dismissed and no answer: asked for when they cannot be taken back any more", async () => {
  await on(open({ "later:act_waiting": w.one(w.jonas) }), async (page) => {
    await button(page, w.jonas, "Done").click();
    await page.getByText("Done: Deposit for Hafenstraße 12").waitFor();
    assert.equal(await card(page, w.jonas).count(), 0);
    await page.getByRole("button", { name: "Undo", exact: true }).last().click();
    await card(page, w.jonas).waitFor();
    await page.clock.runFor(7_000);
    assert.deepEqual(await actions(page), []);

    await button(page, w.jonas, "Tomorrow").click();
    await page.getByText("Back tomorrow: Deposit for Hafenstraße 12").waitFor();
    await commit(page, 1);
    await button(page, w.sam, "Dismiss").click();
    await commit(page, 2);
    await button(page, w.ana, "Not Ana Ruiz?").click();
    await commit(page, 3);
    assert.deepEqual(await actions(page), [
      { later: "act_waiting", id: w.jonas.id, action: { action: "snooze", wish: { ...w.wish(24) } } },
      { later: "act_waiting", id: w.sam.id, action: { action: "dismiss" } },
      { later: "act_waiting", id: w.ana.id, action: { action: "not_an_answer" } },
    ]);
  });
});

test("a notice of a mail that did not arrive can be wrong: taken back, asked for, refused", async () => {
  const arrived = { ...w.sam, bounced: undefined, reminder: w.reminder(9202) };
  let needs = w.back;
  let waits = w.waiting;
  const lists = (question) => w.lists({ back: needs, waiting: waits })(question);
  await on(open({ "later:waiting": lists, "later:act_waiting": f.fault("unavailable") }), async (page) => {
    const doubt = button(page, w.sam, "It did arrive");
    await doubt.waitFor();
    assert.deepEqual(await card(page, w.sam).locator(".ww-row-btns > *").allTextContents(), ["Write again", "Dismiss"], "one way on, one away");
    await doubt.focus();
    await page.keyboard.press("Enter");
    await page.getByText("It did arrive, still waiting: Delivery note 88").waitFor();
    assert.equal(await card(page, w.sam).count(), 0);
    await page.getByRole("button", { name: "Undo", exact: true }).last().click();
    await card(page, w.sam).waitFor();
    await page.clock.runFor(7_000);
    assert.deepEqual(await actions(page), []);

    await doubt.click();
    await commit(page, 1);
    await card(page, w.sam).getByRole("alert").waitFor();
    assert.equal(await says(page, w.sam), "Did not arrive: no such mailbox there. The reminder is off. It did arrive", "what failed changes nothing");
    // With the clock on: nothing says any more that it did not arrive, and it waits, with its reminder.
    await answer(page, "later:act_waiting", w.one(arrived));
    [needs, waits] = [[w.jonas], [...w.waiting, arrived]];
    await doubt.click();
    await commit(page, 2);
    await page.waitForFunction((id) => document.querySelector(`li[data-id="${id}"]`)?.textContent.includes("as far as can be known"), w.sam.id);
    assert.equal(await says(page, w.sam), "Not opened yet, as far as can be known · reminder Thu 26 Nov 09:00 Change");
    const wrong = { later: "act_waiting", id: w.sam.id, action: { action: "not_an_answer" } };
    assert.deepEqual(await actions(page), [wrong, wrong]);
  });
});

test("a mail that has moved on is loaded anew; another refusal stands in its place", async () => {
  let waiting = w.waiting;
  await on(open({ "later:act_waiting": f.fault("conflict"), "later:waiting": (question) => w.lists({ waiting })(question) }), async (page) => {
    const before = (await askedLater(page, "waiting")).length;
    await button(page, w.priya, "Undo").click();
    await page.getByText("This mail has moved on meanwhile. Here is how it stands.").waitFor();
    await page.waitForFunction((before) => window.__ww.asked.filter((question) => question.later === "waiting").length > before, before);
    await answer(page, "later:act_waiting", f.fault("unavailable"));
    await button(page, w.priya, "Undo").click();
    await card(page, w.priya).getByRole("alert").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "undo", "the focus stays");
    const before_absence = { ...w.priya, reminder: w.reminder(9212, { due_at: w.nine(25) }) };
    waiting = [w.ben, before_absence];
    await answer(page, "later:act_waiting", w.one(before_absence));
    await button(page, w.priya, "Undo").click();
    await page.waitForFunction((id) => document.querySelector(`li[data-id="${id}"]`).textContent.includes("reminder Wed 25 Nov 09:00"), w.priya.id);
    assert.deepEqual((await actions(page)).map((question) => question.action), [{ action: "not_away" }, { action: "not_away" }, { action: "not_away" }]);
  });
});

test("a reminder is set by a phrase or a chip, changed and switched off, by keyboard too", async () => {
  const set = { ...w.ben, reminder: w.reminder(9211) };
  await on(open({ "later:put_reminder": w.one(set), "later:act_waiting": w.one({ ...w.tomas, reminder: { ...w.tomas.reminder, state: "off", why: { why: "switched" } } }) }), async (page) => {
    const add = button(page, w.ben, "Add one");
    await add.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "when");
    assert.equal(await add.getAttribute("aria-expanded"), "true");
    const field = card(page, w.ben).getByLabel("When", { exact: true });
    await field.fill("every monday");
    await page.keyboard.press("Enter");
    await card(page, w.ben).getByText("One time is needed here.").waitFor();
    assert.deepEqual(await askedLater(page, "put_reminder"), []);
    await page.keyboard.press("Escape");
    assert.equal(await field.count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "time", "the focus is back");
    await page.keyboard.press("Enter");
    await field.fill("thursday 9am");
    await card(page, w.ben).getByRole("button", { name: "Remind me Thu 26 Nov 09:00" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Reminder Thu 26 Nov 09:00: Photos for the insurance").waitFor();
    const [{ put }] = await askedLater(page, "put_reminder");
    assert.deepEqual(put, {
      mail: { message: w.ben.id, sender: "mara@fjord.example", sent_at: w.ben.sent_at, gmail: w.ben.gmail, content: w.ben.content },
      wish: { ...w.wish(26), phrase: "thursday 9am" },
    });

    await button(page, w.claire, "Change").click();
    await button(page, w.claire, "In 3 days").click();
    await card(page, w.claire).getByRole("button", { name: "Remind me Thu 26 Nov 09:00" }).click();
    await page.waitForFunction(() => window.__ww.asked.filter((question) => question.later === "put_reminder").length === 2);
    const again = (await askedLater(page, "put_reminder"))[1];
    assert.deepEqual([again.id, again.put.wish.every_days, again.put.wish.when], [w.claire.reminder.id, 7, w.wish(26).when], "it still repeats");

    await button(page, w.tomas, "Change").click();
    await button(page, w.tomas, "No reminder").click();
    await page.getByText("No reminder: Minutes and next steps").waitFor();
    await page.getByRole("button", { name: "Undo", exact: true }).last().click();
    await page.waitForFunction(() => window.__ww.asked.filter((question) => question.later === "put_reminder").length === 3);
    const third = (await askedLater(page, "put_reminder"))[2];
    assert.deepEqual([third.id, third.put.wish], [w.tomas.reminder.id, w.tomas.reminder.wish], "as it was");

    // What is back comes later, and is no other reminder.
    await button(page, w.jonas, "Other time").click();
    await button(page, w.jonas, "In a week").click();
    await card(page, w.jonas).getByRole("button", { name: "Remind me Mon 30 Nov 09:00" }).click();
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.action?.action === "snooze"));
    assert.equal((await actions(page)).find((question) => question.action.action === "snooze").id, w.jonas.id);
  });
});

test("a time that the server refuses is said where it was typed", async () => {
  await on(open({ "later:put_reminder": f.fault("no_time") }), async (page) => {
    await button(page, w.ben, "Add one").click();
    await button(page, w.ben, "Tomorrow").click();
    await card(page, w.ben).getByRole("button", { name: "Remind me Tue 24 Nov 09:00" }).click();
    await card(page, w.ben).getByRole("alert").waitFor();
    await answer(page, "later:put_reminder", w.one({ ...w.ben, reminder: w.reminder(1) }));
    await card(page, w.ben).getByLabel("When", { exact: true }).fill("thursday 9am");
    await page.keyboard.press("Enter");
    await page.getByText("Reminder Thu 26 Nov 09:00: Photos for the insurance").waitFor();
  });
});

test("the order turns around, further pages come, and so do all that were answered", async () => {
  const many = Array.from({ length: 5 }, (_, i) => ({ ...w.ana, id: f.uuid(9500 + i) }));
  const answers = {
    "later:waiting": (question) => {
      if (question.list === "answered") return w.page(many);
      if (question.list === "waiting" && question.before) return w.page([w.tomas]);
      if (question.list === "waiting") return w.page(question.order === "newest" ? [w.claire, w.ben] : [w.ben, w.claire], { page: { next: "more" } });
      return w.page([]);
    },
  };
  await on(open(answers), async (page) => {
    await card(page, many[2]).waitFor();
    const ids = () => page.locator("section:visible").first().locator("li[data-id]").evaluateAll((items) => items.map((item) => item.dataset.id));
    assert.deepEqual(await ids(), [w.ben.id, w.claire.id]);
    await page.getByRole("button", { name: "Longest first" }).click();
    await page.getByRole("button", { name: "Newest first" }).waitFor();
    await page.waitForFunction((id) => document.querySelector("section:not([hidden]) li[data-id]").dataset.id === id, w.claire.id);
    await page.getByRole("button", { name: "Show more" }).first().click();
    await card(page, w.tomas).waitFor();
    assert.equal(await card(page, many[3]).count(), 0);
    await page.getByRole("button", { name: "Show more" }).click();
    await card(page, many[4]).waitFor();
    assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
  });
});

test("news move it, and what is being typed stays", async () => {
  let lists = w.lists();
  await on(open({ "later:waiting": (question) => lists(question) }), async (page) => {
    await button(page, w.ben, "Add one").click();
    const field = card(page, w.ben).getByLabel("When", { exact: true });
    await field.fill("thurs");
    lists = w.lists({ waiting: [w.ben], answered: [{ ...w.tomas, answered: w.ana.answered }, w.ana] });
    await page.evaluate((id) => window.__ww.tell({ type: "news", event: { kind: "waiting", mail: id, what: "answered", at: 1, tell: false } }), w.tomas.id);
    await settle(page);
    await card(page, w.priya).waitFor({ state: "detached" });
    await page.waitForFunction((id) => document.querySelector(`li[data-id="${id}"]`)?.textContent.includes("taken as the same person"), w.tomas.id);
    assert.equal(await field.inputValue(), "thurs");
    assert.ok(await field.evaluate((field) => field === document.activeElement), "and the focus");
  });
});

test("a reminder that was refused is said and can be dropped", async () => {
  const refused = { id: f.uuid(9600), mail: { sender: "mara@fjord.example", sent_at: f.NOW - 3_600_000, gmail: {}, content: w.ben.content }, status: 422 };
  await on(open(w.usual({ back: [], refused: [refused] })), async (page) => {
    assert.equal(await says(page, refused), "Reminder not set: the server refused it (422).");
    await answer(page, "later:waiting", w.page([]));
    await button(page, refused, "Dismiss").click();
    await card(page, refused).waitFor({ state: "detached" });
    assert.deepEqual(await askedLater(page, "drop_reminder"), [{ later: "drop_reminder", id: refused.id }]);
  });
});

test("nothing waits: how to, with a mailbox and without; loading; hostile words", async () => {
  const none = { status: f.status(), "later:waiting": w.none };
  await on(open(none), async (page) => {
    await page.getByRole("heading", { name: "Nothing waits for an answer" }).waitFor();
    assert.equal(await page.locator(".ww-tabs a[aria-current]").textContent(), "Waiting");
  });
  await on(open({ ...none, "later:mailboxes": mailboxes([], true) }), async (page) => {
    await page.getByText("To see answers your server looks into your mailbox.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Connect a mailbox" }).getAttribute("href"), "options.html#mailboxes");
    assert.equal(await page.getByText("No mailbox is connected.").count(), 0, "it is said once");
    await picture(page, "waiting-empty");
  });
  await on(open({ "later:mailboxes": mailboxes([], true) }), async (page) => {
    await page.getByText("No mailbox is connected. Without one nobody sees answers, and nothing comes back.").waitFor();
  });
  await on(open({ "later:waiting": "never" }), async (page) => {
    await settle(page);
    await page.getByText("Loading").first().waitFor({ state: "attached" });
  });
  const hostile = { ...w.ana, id: f.uuid(9700), content: { subject: "<img src=x onerror=alert(1)>\u202egnp", recipients: [f.person("<b>Eve</b>", "eve@x.example")], links: [] }, answered: { at: f.NOW, how: "thread", from: "<i>eve</i>@x.example" }, gmail: { legacy_thread: "javascript:1" } };
  await on(open(w.usual({ answered: [hostile] })), async (page) => {
    assert.equal(await says(page, hostile), "Wrote in the conversation, from <i>eve</i>@x.example. The reminder is off. That was no answer");
    assert.equal(await card(page, hostile).locator("img, i, b").count(), 0);
    assert.equal(await card(page, hostile).getByRole("link").count(), 0);
  });
});

test("the server away, too old, back again; a mailbox that needs its owner", async () => {
  const since = f.NOW - 102 * 60_000;
  const copy = ({ list }) => (list === "answered" ? f.fault("unreachable") : w.page(list === "back" ? [w.jonas] : [w.ben], { from_cache_of: since }));
  await on(open({ status: status({ link: { state: "down", since, fault: { fault: "unreachable" } } }), "later:waiting": copy, "later:mailboxes": f.fault("unreachable") }), async (page) => {
    await page.getByText("No connection. What you see is from 14:10.").waitFor();
    await card(page, w.jonas).waitFor();
    await picture(page, "waiting-offline");
    await page.evaluate((reply) => window.__ww.answer("later:waiting", reply), w.page([w.tomas]));
    await answer(page, "status", status());
    await page.evaluate(() => window.__ww.tell({ type: "status_changed" }));
    await settle(page);
    await card(page, w.jonas).waitFor({ state: "detached" });
    await page.waitForFunction(() => !document.body.innerText.includes("What you see is from"));
  });
  await on(open({ "later:waiting": f.fault("too_old"), "later:mailboxes": f.fault("too_old") }), async (page) => {
    await page.getByRole("heading", { name: "This server cannot look for answers yet" }).waitFor();
  });
  await on(open({ "later:waiting": f.fault("timeout") }), async (page) => {
    await page.getByRole("heading", { name: "What waits could not be loaded" }).waitFor();
    await answer(page, "later:waiting", w.page([]));
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Nothing waits for an answer" }).waitFor();
  });
  await on(open({ "later:mailboxes": mailboxes([mailbox({ state: { state: "sign_in", since, trouble: "grant_revoked" } })]) }), async (page) => {
    await page.getByText("mara@fjord.example needs you to sign in again: the permission was taken back, or ended with a change of password. Until then nobody sees answers there.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").waitFor();
  });
});

for (const [look, more] of Object.entries({ light: {}, dark: { theme: "dark" }, de: { language: "de-DE" }, 360: { width: 360 }, large: { textScale: 2, height: 2200 }, forced: { forcedColors: "active" } })) {
  test(`looks: ${look}`, async () => {
    await on(open({}, { height: 960, ...more }), async (page) => {
      await card(page, w.ana).waitFor();
      await picture(page, `waiting-${look}`);
      await card(page, w.ben).locator("[data-act=time]").click();
      await card(page, w.ben).locator("input").fill(look === "de" ? "donnerstag um 9" : "thursday 9am");
      await picture(page, `waiting-time-${look}`);
    });
  });
}
