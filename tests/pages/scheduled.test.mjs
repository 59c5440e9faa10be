// Scheduled mails in the popup, against a worker that is played: what needs the user, what waits, what went.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, askedLater, focusedName, picture, staged, tell } from "./helpers.mjs";
import * as l from "./later.mjs";

const on = staged();
const open = (answers = {}, more = {}) => ({ file: "popup.html#scheduled", height: 900, answers: { status: f.status({ needs: 2, scheduled: 4 }), ...l.usual(), ...answers }, ...more });
const card = (page, mail) => page.locator(`li[data-id="${mail.id}"]`);
const text = async (locator) => (await locator.innerText()).replaceAll("\u00a0", " ").replaceAll(/\s+/g, " ").trim();
const button = (page, mail, name) => card(page, mail).getByRole("button", { name, exact: true });
const link = (page, mail, name) => card(page, mail).getByRole("link", { name, exact: true });
const list = (mails) => l.lists(mails, l.done);
const settle = (page) => page.clock.runFor(400);

test("each reason has its own words and ways out, what needs the user on top", async () => {
  const held = (n, why, over = {}) => l.scheduled({ id: f.uuid(8950 + n), state: "held", why: { why, ...over }, due_at: undefined, subject: `Mail ${n}`, to: [f.person("Ana Ruiz", "ana@ruiz.example")] });
  const all = [
    [held(1, "unclear"), "Held: perhaps already sent", ["Look in Gmail", "It was sent", "Send again"]],
    [held(2, "draft_gone"), "Held: the draft is gone", ["Look in Gmail", "Write it again", "Do not send"]],
    [held(3, "no_recipients"), "Held: nobody to send it to", ["Open the draft", "Send now", "Change time", "Do not send"]],
    [held(4, "empty"), "Held: the draft is empty", ["Open the draft", "Send now", "Change time", "Do not send"]],
    [held(5, "late"), "Held: its time is over", ["Send now", "Change time", "Do not send"]],
    [held(6, "sign_in"), "Held: the mailbox needs you to sign in", ["Sign in again", "Do not send"]],
    [held(7, "no_mailbox"), "Held: the mailbox was disconnected", ["Connect it again", "Do not send"]],
    [held(8, "zone_unknown"), "Held: the time zone is not known", ["Change time", "Send now", "Do not send"]],
    [held(9, "unreadable"), "Held: the draft cannot be read", ["Open the draft", "Send now", "Change time", "Do not send"]],
    [l.refused, "Not sent: an address was refused", ["Correct the address", "Change time", "Dismiss"]],
  ];
  await on(open({ "later:list": list([...all.map(([mail]) => mail), l.waiting[0]]) }), async (page) => {
    await page.getByRole("heading", { name: "Needs you", exact: true }).waitFor();
    await page.getByRole("heading", { name: "Held: perhaps already sent" }).waitFor();
    for (const [mail, title, ways] of all) {
      assert.equal(await card(page, mail).getByRole("heading").textContent(), title);
      assert.deepEqual(await card(page, mail).locator(".ww-row-btns > *").allTextContents(), ways, title);
    }
    assert.equal(await text(card(page, all[0][0]).locator("p").first()), "To Ana Ruiz, Mail 1. Whether it went out could not be found out: the answer was lost after it was handed over, or the server was brought back from a backup. It is not sent again without you.");
    assert.equal(await text(card(page, l.refused).locator("p").first()), "To b.okafor@acme.exmple, Invoice 2026-117. “Domain not found.” The draft is still there.");
    assert.match(await text(card(page, all[4][0]).locator("p").first()), /It was meant for Tue 24 Nov 09:00\./);
    assert.equal(await link(page, all[1][0], "Write it again").getAttribute("href"), "https://mail.google.com/mail/u/?authuser=mara@fjord.example#inbox?compose=new");
    assert.equal(await link(page, all[0][0], "Look in Gmail").getAttribute("href"), "https://mail.google.com/mail/u/?authuser=mara@fjord.example#search/in%3Asent%20to%3A%22ana@ruiz.example%22%20subject%3A%22Mail%201%22");
    assert.equal(await link(page, l.refused, "Correct the address").getAttribute("href"), "https://mail.google.com/mail/u/?authuser=mara@fjord.example#drafts?compose=18c1f0a2b3d4e5f7");
    assert.equal(await link(page, l.refused, "Correct the address").getAttribute("rel"), "noopener noreferrer");
    const headings = await page.getByRole("heading", { level: 2 }).allTextContents();
    assert.deepEqual(headings.slice(0, 3), ["Needs you", "Scheduled1", "SentAll history"]);
    await button(page, all[5][0], "Sign in again").click();
    assert.equal((await askedLater(page, "connect_gmail")).length, 1);
  });
});

test("what waits says when, where, and what is special", async () => {
  await on(open(), async (page) => {
    await card(page, l.waiting[0]).waitFor();
    const says = [
      [l.waiting[0], "Kenji Sato", "Tue 24 Nov 09:00 · 17:00 in Tokyo"],
      [l.waiting[1], "Tomás Oliveira", "Fri 27 Nov 08:30 · unless Tomás Oliveira writes first"],
      [l.waiting[2], "team@fjord.example", "Mon 30 Nov 08:00 · every Monday · not on holidays · sent 3 times so far"],
      [l.waiting[3], "Priya Nair and 180 more", "Tue 1 Dec 09:00 · between 09:00 and 17:00, every weekday · moved on, at most 400 mails a day"],
    ];
    for (const [mail, who, when] of says) {
      assert.equal(await text(card(page, mail).getByRole("heading")), who);
      await page.waitForFunction(([id, when]) => document.querySelector(`li[data-id="${id}"] .ww-mail-say`).textContent.replaceAll("\u00a0", " ") === when, [mail.id, when]);
    }
    assert.equal(await page.locator(".ww-tabs a[aria-current]").textContent(), "Scheduled6");
    // The first one is open; the others by their button, and by keyboard.
    assert.equal(await button(page, l.waiting[0], "Send now").isVisible(), true);
    assert.equal(await button(page, l.waiting[2], "Send now").count(), 0);
    const more = button(page, l.waiting[2], "More for team@fjord.example");
    await more.focus();
    await page.keyboard.press("Enter");
    assert.equal(await more.getAttribute("aria-expanded"), "true");
    assert.equal(await focusedName(page), "More for team@fjord.example");
    assert.deepEqual(await card(page, l.waiting[2]).locator(".ww-row-btns > *").allTextContents(), ["Change time", "Send now", "Skip next", "Cancel"]);
    await page.keyboard.press("Space");
    assert.equal(await button(page, l.waiting[2], "Skip next").count(), 0);
  });
});

test("cancel counts at once, and Undo schedules it again as it was", async () => {
  const mail = l.waiting[0];
  let gone = false;
  const answers = {
    "later:list": ({ list: which }) => (which === "done" ? l.page(l.done) : l.page(gone ? l.waiting.slice(1) : l.waiting)),
    "later:act": ({ action }) => ((gone = action.action === "cancel"), l.one({ ...mail, state: "cancelled", why: { why: "cancelled" }, due_at: undefined })),
    "later:put": () => ((gone = false), l.one(mail)),
  };
  await on(open(answers), async (page) => {
    await button(page, mail, "Cancel").click();
    await page.getByText("Cancelled: Samples have left the warehouse. The draft stays.").waitFor();
    assert.deepEqual(await askedLater(page, "act"), [{ later: "act", id: mail.id, action: { action: "cancel" } }]);
    await card(page, mail).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await card(page, mail).waitFor();
    const [put] = await askedLater(page, "put");
    assert.deepEqual([put.id, put.put.mailbox, put.put.schedule, put.put.draft.subject, put.put.track], [mail.id, l.GMAIL, mail.schedule, mail.content.subject, true]);
  });
});

test("what cannot be undone waits for the time to take it back", async () => {
  await on(open({ "later:act": l.one({ ...l.unclear, state: "sent", why: { why: "said_sent" } }) }), async (page) => {
    await button(page, l.unclear, "Send again").click();
    await page.getByText("Goes out again now: Contract, signed").waitFor();
    assert.equal(await card(page, l.unclear).count(), 0);
    // Not to the end of its time: what the machine needs for the click passes on the page's clock too.
    await page.clock.runFor(1_000);
    assert.deepEqual(await askedLater(page, "act"), []);
    await page.getByRole("button", { name: "Undo" }).click();
    await card(page, l.unclear).waitFor();
    await page.clock.runFor(7_000);
    assert.deepEqual(await askedLater(page, "act"), []);

    await button(page, l.unclear, "It was sent").click();
    await page.clock.runFor(6_100);
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.later === "act"));
    assert.deepEqual((await askedLater(page, "act")).map((question) => question.action.action), ["was_sent"]);
  });
});

test("a mail that has moved on is loaded anew; another refusal stands in its place", async () => {
  await on(open({ "later:act": f.fault("conflict") }), async (page) => {
    const before = (await askedLater(page, "list")).length;
    await button(page, l.waiting[0], "Cancel").click();
    await page.getByText("This mail has moved on meanwhile. Here is how it stands.").waitFor();
    await page.waitForFunction((before) => window.__ww.asked.filter((question) => question.later === "list").length > before, before);
    await answer(page, "later:act", f.fault("mailbox", { trouble: "wrong_password" }));
    await button(page, l.waiting[0], "Cancel").click();
    await card(page, l.waiting[0]).getByRole("alert").waitFor();
    assert.equal(await text(card(page, l.waiting[0]).getByRole("alert")), "The mailbox cannot be used now: user or password are wrong.");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "cancel", "the focus stays");
  });
});

test("another time: typed, understood, asked for with the conditions as they are", async () => {
  const mail = l.waiting[1];
  const moved = { ...mail, due_at: Date.UTC(2026, 10, 26, 14), schedule: { ...mail.schedule, when: { kind: "at", wall: "2026-11-26T15:00:00", zone: "Europe/Oslo" } } };
  await on(open({ "later:put": l.one(moved) }), async (page) => {
    await button(page, mail, "More for Tomás Oliveira").click();
    await button(page, mail, "Change time").click();
    const field = card(page, mail).getByLabel("When", { exact: true });
    assert.ok(await field.evaluate((field) => field === document.activeElement));
    const status = card(page, mail).getByRole("status");
    await field.fill("tusday 9am");
    assert.match(await text(status), /“tusday” is not understood\./);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    await page.keyboard.press("Enter");
    assert.deepEqual(await askedLater(page, "put"), []);
    // As in the panel: what may have been meant can be pressed, and what can mean two things is asked about.
    await status.getByRole("button", { name: "Tue 24 Nov 09:00?" }).click();
    assert.equal(await field.inputValue(), "tuesday 9am");
    await card(page, mail).getByRole("button", { name: "Send Tue 24 Nov 09:00" }).waitFor();
    await field.fill("next tuesday 3pm");
    assert.deepEqual(await status.getByRole("button").allTextContents(), ["Tuesday 24 November 15:00", "Tuesday 1 December 15:00"]);
    await status.getByRole("button", { name: "Tuesday 1 December 15:00" }).click();
    assert.ok(await field.evaluate((field) => field === document.activeElement));
    assert.equal(await text(status), "Tue 1 Dec 15:00");
    await card(page, mail).getByRole("button", { name: "Send Tue 1 Dec 15:00" }).waitFor();
    await field.fill("thursday 3pm");
    assert.equal(await text(status), "Thu 26 Nov 15:00");
    await card(page, mail).getByRole("button", { name: "Send Thu 26 Nov 15:00" }).waitFor();
    // News in between take nothing away.
    await tell(page, { kind: "scheduled", scheduled: mail.id, state: "scheduled", at: f.NOW });
    await settle(page);
    assert.equal(await field.inputValue(), "thursday 3pm");
    await page.keyboard.press("Enter");
    await page.getByText("Goes Thu 26 Nov 15:00: Following up").waitFor();
    const [{ id, put }] = await askedLater(page, "put");
    assert.deepEqual([id, put.schedule], [mail.id, { when: { kind: "at", wall: "2026-11-26T15:00:00", zone: "Europe/Oslo" }, phrase: "thursday 3pm", unless_answered: true, late: { minutes: 30, then: "hold" }, holidays: [] }]);
    assert.equal(await field.count(), 0);
  });
  // Escape closes the field and not the popup; what repeats says that it does so no more.
  await on(open({ "later:put": f.fault("no_time") }), async (page) => {
    const mail = l.waiting[2];
    await button(page, mail, "More for team@fjord.example").click();
    await button(page, mail, "Change time").click();
    const field = card(page, mail).getByLabel("When", { exact: true });
    await field.fill("tomorrow 9am");
    assert.match(await text(card(page, mail).getByRole("status")), /Tue 24 Nov 09:00 It then goes once only\./);
    await page.keyboard.press("Enter");
    await card(page, mail).getByRole("alert").waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await field.count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "change");
    assert.equal(await page.getByRole("heading", { name: "Needs you", exact: true }).isVisible(), true);
  });
});

test("the flight recorder is asked for when it is opened; what a later server says is shown as text", async () => {
  const strange = [...l.flight, { at: f.NOW - 40 * 86_400_000, what: "<i>beamed</i>", say: "flight_say_of_tomorrow", with: { said: "<b>hm</b>" } }];
  await on(open({ "later:detail": l.detail(l.sent, strange) }), async (page) => {
    await card(page, l.sent).waitFor();
    assert.deepEqual(await askedLater(page, "detail"), []);
    await card(page, l.sent).getByText("Flight recorder").click();
    const lines = card(page, l.sent).locator(".ww-rec li");
    await lines.first().waitFor();
    assert.deepEqual(await Promise.all((await lines.all()).map(text)), [
      "Sun 22:16 scheduled for Mon 23 Nov 07:30, Europe/Oslo",
      "Sun 22:22 edited in Gmail; the new text is taken",
      "07:30:00 due the draft is there",
      "07:30:00 sending pixel and 1 link put in; intent on disk",
      "07:30:03 unclear no answer (it cannot be reached); looking",
      "07:30:05 sent found in Sent: once",
      "14 Oct <i>beamed</i> “<b>hm</b>”",
    ]);
    assert.match(await text(card(page, l.sent)), /Claire Dubois.*today 07:30.*On time, tracked · What came of it/);
    assert.equal(await link(page, l.sent, "What came of it").getAttribute("href"), `#mail/${l.sent.message}`);
  });
});

test("foreign text stays text: subjects, names, server words", async () => {
  const evil = "<img src=x onerror=alert(1)> $1 \u202e";
  const mails = [
    { ...l.refused, said: `${evil}${"x".repeat(2_000)}`, content: { subject: evil, recipients: [f.person(evil, "a@x.example")], links: [] } },
    { ...l.waiting[2], content: { subject: "", recipients: [], links: [] }, schedule: { ...l.waiting[2].schedule, when: { ...l.waiting[2].schedule.when, rule: "FREQ=<b>", zone: "Not/A_Zone<b>" } } },
    { ...l.waiting[0], content: { subject: "y".repeat(5_000), recipients: [f.person("عرض السعر", "y@x.example")], links: [] } },
  ];
  await on(open({ "later:list": list(mails) }), async (page) => {
    await card(page, l.refused).waitFor();
    assert.equal(await page.locator("main img, main b:not(.ww-b)").count(), 0);
    assert.match(await text(card(page, l.refused)), /<img src=x onerror=alert\(1\)> \$1/);
    assert.match(await text(card(page, l.waiting[2])), /No recipients known.*No subject.*again by the rule FREQ=<b>/);
    await picture(page, "scheduled-hard");
  });
});

test("nothing scheduled: how to, with a mailbox and without", async () => {
  const none = { status: f.status(), "later:list": l.lists([], []) };
  await on(open(none), async (page) => {
    await page.getByRole("heading", { name: "Nothing is scheduled" }).waitFor();
    await page.getByText("In Gmail the clock beside Send lets a mail go later, also with the browser closed.", { exact: true }).waitFor();
    assert.equal(await page.locator(".ww-tabs a[aria-current]").textContent(), "Scheduled");
  });
  await on(open({ ...none, "later:mailboxes": l.mailboxes([], true), "later:connect_gmail": f.fault("timeout") }), async (page) => {
    await page.getByText("For that your server sends it from your mailbox").waitFor();
    assert.equal(await page.getByText("No mailbox is connected.").count(), 0, "it is said once");
    assert.equal(await page.getByRole("link", { name: "With an app password" }).getAttribute("href"), "options.html#mailboxes");
    await page.getByRole("button", { name: "Connect with Google" }).click();
    await page.getByText("It took too long to answer.").waitFor();
  });
  await on(open({ ...none, "later:mailboxes": l.mailboxes([], false) }), async (page) => {
    await page.getByRole("link", { name: "With an app password" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Connect with Google" }).count(), 0);
  });
});

test("no mailbox any more: said above what is left", async () => {
  await on(open({ "later:mailboxes": l.mailboxes([], true) }), async (page) => {
    await page.getByText("No mailbox is connected. Nothing can go out later without one.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Connect a mailbox" }).getAttribute("href"), "options.html#mailboxes");
    assert.equal(await link(page, l.unclear, "Look in Gmail").count(), 0, "nobody knows where it would be");
  });
});

test("the server away, too old, back again; a mailbox that needs its owner", async () => {
  const since = f.NOW - 102 * 60_000;
  const down = { status: f.status({ link: { state: "down", since, fault: { fault: "unreachable" } }, needs: 1, scheduled: 1 }) };
  const copy = ({ list: which }) => (which === "done" ? f.fault("unreachable") : l.page([l.late, l.waiting[0]], { from_cache_of: since }));
  await on(open({ ...down, "later:list": copy, "later:mailboxes": f.fault("unreachable") }), async (page) => {
    await page.getByText("No connection. What you see is from 14:10.").waitFor();
    await card(page, l.late).waitFor();
    await picture(page, "scheduled-offline");
    await answer(page, "later:list", l.page([l.waiting[0]]));
    await answer(page, "status", f.status({ scheduled: 1 }));
    await page.evaluate(() => window.__ww.tell({ type: "status_changed" }));
    await settle(page);
    await card(page, l.late).waitFor({ state: "detached" });
    await page.waitForFunction(() => !document.body.innerText.includes("What you see is from"));
  });
  await on(open({ "later:list": f.fault("too_old"), "later:mailboxes": f.fault("too_old") }), async (page) => {
    await page.getByRole("heading", { name: "This server cannot send later yet" }).waitFor();
  });
  await on(open({ "later:list": f.fault("timeout") }), async (page) => {
    await page.getByRole("heading", { name: "What is scheduled could not be loaded" }).waitFor();
    await answer(page, "later:list", l.page([]));
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Nothing is scheduled" }).waitFor();
  });
  const away = l.imap({ state: { state: "away", since, trouble: "unreachable" } });
  const out = l.mailbox({ state: { state: "sign_in", since, trouble: "grant_revoked" } });
  await on(open({ "later:mailboxes": l.mailboxes([out, away]) }), async (page) => {
    await page.getByText("mara@fjord.example needs you to sign in again: the permission was taken back").waitFor();
    await page.getByText("mara@posteo.example cannot be used since 14:10: it cannot be reached.").waitFor();
    await page.getByRole("button", { name: "Sign in again" }).click();
    assert.equal((await askedLater(page, "connect_gmail")).length, 1);
  });
});

test("all history, page by page, and back", async () => {
  const many = Array.from({ length: 5 }, (_, i) => l.scheduled({ id: f.uuid(8970 + i), state: "sent", due_at: undefined, sent_at: f.NOW - i * 86_400_000, subject: `Old ${i}`, to: [f.person("Ana", "a@x.example")] }));
  const answers = { "later:list": ({ list: which, before }) => (which !== "done" ? l.page([]) : before ? l.page(many.slice(3)) : l.page([...l.done, ...many.slice(0, 3)], { page: { next: "more" } })) };
  await on(open(answers), async (page) => {
    await page.getByRole("link", { name: "All history" }).click();
    await page.getByRole("heading", { name: "History of scheduled mails" }).waitFor();
    await page.locator("li[data-id]:visible").nth(5).waitFor();
    await card(page, l.done[1]).getByText("Not sent: somebody wrote first").waitFor();
    assert.match(await text(card(page, l.done[2])), /Not sent: it is larger than the server takes/);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("Old 4").waitFor();
    assert.equal(await page.getByRole("button", { name: "Show more" }).isVisible(), false);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "All history" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").waitFor();
  });
});

const tall = { height: 1250 };
for (const [look, more] of Object.entries({ light: {}, dark: { theme: "dark" }, de: { language: "de-DE" }, 360: { width: 360 }, large: { textScale: 2, height: 2200 }, forced: { forcedColors: "active" } })) {
  test(`looks: ${look}`, async () => {
    await on(open({}, { ...tall, ...more }), async (page) => {
      await card(page, l.waiting[0]).waitFor();
      await page.waitForFunction(() => document.querySelectorAll("section")[2]?.offsetHeight > 0);
      await card(page, l.sent).locator("summary").click();
      await card(page, l.sent).locator(".ww-rec li").first().waitFor();
      await card(page, l.waiting[1]).getByRole("button").first().click();
      await card(page, l.waiting[1]).locator("[data-act=change]").click();
      await card(page, l.waiting[1]).locator("input").fill(look === "de" ? "morgen um 9" : "tomorrow 9am");
      await page.evaluate(() => window.scrollTo(0, 0));
      await picture(page, `scheduled-${look}`);
    });
  });
}
test("looks: empty", async () => {
  await on(open({ "later:list": l.lists([], []), "later:mailboxes": l.mailboxes([], true), status: f.status() }), async (page) => {
    await page.getByRole("link", { name: "With an app password" }).waitFor();
    await picture(page, "scheduled-empty");
  });
});
