// The stats page: figures with their doubt, chart and tables, spans, what opens mean, and the file for a spreadsheet.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, asked, focusedName, picture, staged, tell } from "./helpers.mjs";
import * as totals from "./totals.mjs";

const on = staged();
const open = (stats, more = {}) => ({ file: "popup.html#stats", height: 900, answers: { stats }, ...more });
const texts = (locator) => locator.allTextContents();

test("replies come first, then clicks, then opens as a range; machines and doubt in words", async () => {
  await on(open(totals.days({ answers: true })), async (page) => {
    await page.locator(".ww-fig").first().waitFor();
    const { sent, answered, clicked, opened, possible } = totals.days({ answers: true }).ok.stats;
    assert.deepEqual(await texts(page.locator(".ww-fig")), [`${answered}`, `${clicked}`, `${opened}–${opened + possible}`]);
    assert.deepEqual(await texts(page.locator(".ww-figs .ww-xs")), ["answered", "clicked by a person", "opened: certain to possible"]);
    await page.getByText(`${sent} tracked mails sent. Of these:`).waitFor();
    await page.getByText("6 were touched by machines alone so far").waitFor();
    await page.getByText("The truth lies in between.").waitFor();
    const chart = page.getByRole("img", { name: "Last 30 days: tracked mails" });
    assert.equal(await chart.locator("desc").textContent(), `${answered} answered. ${sent} sent; ${clicked} clicked by a person; ${opened} opened for certain, up to ${opened + possible} possibly. The table below has every row.`);
    assert.deepEqual(await texts(page.locator(".legend span")), ["answered", "opened, certain", "possible", "sent"]);
    // The hatch is there, and is what bars and legend are filled with.
    const hatch = await page.evaluate(() => [...document.querySelectorAll(".c-poss")].map((bar) => document.querySelector(bar.getAttribute("fill").slice(4, -1))?.tagName));
    assert.ok(hatch.length > 1 && hatch.every((tag) => tag === "pattern"), hatch.join());
    await picture(page, "totals-answered");
  });
});

test("how long answers took is said of those that came, in time that it was within", async () => {
  const HOUR = 3_600_000;
  for (const [answer_time, words] of [[1, "1 minute"], [59 * 60_000, "59 minutes"], [59 * 60_000 + 1, "1 hour"], [2.5 * HOUR, "3 hours"], [47 * HOUR + 1, "2 days"], [-5, "1 minute"]]) {
    await on(open(totals.days({ answers: true, over: { answer_time } })), async (page) => {
      await page.getByText(`Half of the answers came within ${words.replace(" ", "\u00a0")}.`).waitFor();
    });
  }
  for (const over of [{}, { answer_time: 5, answered: 1 }, { answer_time: 5, answered: undefined }]) {
    await on(open(totals.days({ answers: true, over })), async (page) => {
      await page.locator(".ww-fig").first().waitFor();
      assert.equal(await page.getByText("Half of the answers").count(), 0);
    });
  }
});

test("without answers nothing is said of them but why; the tables hold every row", async () => {
  await on(open(totals.days()), async (page) => {
    await page.getByText("As a table", { exact: true }).click();
    assert.deepEqual(await texts(page.locator("table").first().locator("thead th")), ["Day", "Sent", "Clicked", "Opened"]);
    const sentDays = totals.days().ok.stats.days.filter((day) => day.sent > 0);
    assert.equal(await page.locator("table").first().locator("tbody tr").count(), sentDays.length);
    assert.equal(await page.locator("table").first().locator("tbody th").first().textContent(), "Mon 23 Nov");
    await page.getByText("Answers are missing: your server does not look for them.").waitFor();
    assert.equal(await page.locator(".c-ans").count(), 0);

    await page.getByText("By recipient, as a table").click();
    assert.deepEqual((await texts(page.locator("table").nth(1).locator("tbody tr").first().locator("th, td"))), ["quinta.example", "14", "5", "11–12"]);
    await page.getByText("and 3 more domains").waitFor();
    assert.deepEqual(await texts(page.locator(".trust p")), [
      "Means something: of 34 that were loaded, 31 looked like somebody there.",
      "Means something: of 60 that were loaded, 54 looked like somebody there. 30\u00a0% were also loaded in advance, which is not counted.",
      "Says nothing: 94\u00a0% come within 5 s, from a filter.",
      "Says nothing: 92\u00a0% come within 5 s, from a filter. Clicks say nothing either: the filter follows the links of most mails.",
      "Too few to judge. Most were hidden by Apple.",
      "Hidden: Apple Mail loads 80\u00a0% by itself, opened or not.",
      "Nothing was loaded there yet, so there is nothing to judge by.",
    ]);
    assert.equal(await page.locator(".trust bdi").nth(5).textContent(), "<b>x</b>;=1+1");
    assert.equal(await page.locator(".trust .meter").count(), 5, "no bar where there is no judgement");
  });
});

test("another span is asked for, cut as suits it; late answers of the old one are passed over", async () => {
  let slow;
  const stats = ({ days, by }) => {
    if (days === 90) return new Promise((resolve) => (slow = () => resolve(totals.weeks())));
    return by === "week" ? totals.weeks({ answers: true }) : totals.days();
  };
  await on(open(stats), async (page) => {
    await page.locator(".chart").waitFor();
    const days = page.getByLabel("Period");
    assert.equal(await days.inputValue(), "30");
    await days.selectOption("90");
    assert.equal(await page.getByLabel("A row for each").inputValue(), "week");
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.days === 90));
    await days.selectOption("365");
    await page.getByRole("img", { name: "Last 12 months: tracked mails" }).waitFor();
    slow();
    await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
    assert.equal(await page.getByRole("img", { name: "Last 12 months: tracked mails" }).count(), 1);
    assert.ok((await page.locator(".chart .c-sent").count()) > 30);
    await page.getByText("As a table", { exact: true }).click();
    const weeks = await texts(page.locator("table").first().locator("tbody th"));
    assert.equal(weeks[0], "23 Nov");
    assert.match(weeks.at(-1), /2025$/, "another year is said");
    const labels = await page.evaluate(() => [...document.querySelectorAll(".chart .c-lab")].slice(3).map((label) => label.getBoundingClientRect()).map(({ left, right }) => [left, right]));
    assert.ok(labels.every(([left], i) => i === 0 || labels[i - 1][1] < left), "labels keep apart");
    await page.getByLabel("A row for each").focus();
    await page.getByLabel("A row for each").selectOption("day");
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.days === 365 && question.by === "day"));
    assert.equal(await focusedName(page), "A row for each");
    await picture(page, "totals-year");
  });
});

test("news of a thousand hits ask once; what stands open stays open", async () => {
  await on(open(totals.days()), async (page) => {
    await page.getByText("By recipient, as a table").click();
    const before = (await asked(page, "stats")).length;
    await answer(page, "stats", totals.days({ over: { clicked: 41 } }));
    const news = { kind: "activity", message: f.uuid(1), hit: "open", at: f.NOW, activity: { opens: 1, open_hits: 1, clicks: 0, click_hits: 0 } };
    // At once: told one by one they take longer than a second on a busy machine, and the page would rightly ask again.
    await page.evaluate((event) => Array.from({ length: 1_000 }, () => window.__ww.tell({ type: "news", event })), news);
    await page.clock.runFor(1_100);
    await page.getByText("41", { exact: true }).waitFor();
    assert.equal((await asked(page, "stats")).length, before + 1);
    assert.ok(await page.locator("details").nth(1).evaluate((fold) => fold.open));
  });
});

test("nothing sent, a server away, old totals, an older server: each is said", async () => {
  await on(open(totals.none), async (page) => {
    await page.getByText("Last 30 days: no tracked mail").waitFor();
    assert.equal(await page.getByRole("button", { name: "Save what is shown" }).isVisible(), false);
  });
  await on(open(totals.away), async (page) => {
    await page.getByText("The totals could not be loaded").waitFor();
    await answer(page, "stats", totals.days());
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".chart").waitFor();
    // Later failures leave standing what is there, with its age.
    await answer(page, "stats", totals.away);
    await tell(page, { kind: "reset" });
    await page.clock.runFor(1_100);
    await page.getByText("These totals are from today 15:52. Nothing answers there.").waitFor();
    assert.equal(await page.locator(".chart").count(), 1);
    await picture(page, "totals-stale");
    await answer(page, "stats", totals.days());
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("These totals are from").waitFor({ state: "detached" });
  });
  const status = f.status({ link: { state: "down", since: f.NOW - 102 * 60_000, fault: { fault: "unreachable" } } });
  await on(open(totals.days(), { answers: { stats: totals.days(), status } }), async (page) => {
    await page.getByText("No connection since 14:10. These totals are from before.").waitFor();
    assert.equal(await page.locator(".chart").count(), 1);
  });
  await on(open(totals.old()), async (page) => {
    await page.locator(".chart").waitFor();
    assert.deepEqual(await texts(page.locator(".ww-figs .ww-xs")), ["clicked by a person", "opened, as far as can be known"]);
    assert.equal(await page.getByText("What an open means").count() + (await page.getByText("By recipient").count()) + (await page.locator(".c-poss").count()), 0);
    // It does not know weeks and sends days: they are called so.
    await page.getByLabel("A row for each").selectOption("week");
    await page.getByText("As a table", { exact: true }).click();
    assert.equal(await page.locator("thead th").first().textContent(), "Day");
  });
  await on(open("never"), async (page) => {
    await page.getByLabel("Period").waitFor();
    await page.clock.runFor(400);
    await page.locator(".ww-ghost").first().waitFor();
  });
});

test("the file holds both tables in the user's language, and no formula", async () => {
  const save = async (page) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /CSV/ }).click()]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  };
  await on(open(totals.days({ answers: true }), { answers: { stats: totals.days({ answers: true }) } }), async (page) => {
    await page.locator(".chart").waitFor();
    const { name, text } = await save(page);
    assert.equal(name, "waxwing-2026-11-23-30-days.csv");
    const lines = text.split("\r\n");
    assert.equal(lines[0], '\ufeff"Day","Sent","Answered","Clicked","Opened, certain","Possible besides"');
    assert.match(lines[1], /^"2026-11-23",4,\d+,\d+,\d+,\d+$/);
    const second = lines.indexOf("") + 1;
    assert.equal(lines[second], '"Domain","Sent","Answered","Clicked","Opened, certain","Possible besides","Mails judged by","What an open means, by recipient"');
    assert.equal(lines[second + 1], '"quinta.example",14,8,5,11,1,34,"Means something: of 34 that were loaded, 31 looked like somebody there."');
    assert.ok(lines.some((line) => line.startsWith(`"<b>x</b>;'=1+1",`)), "a formula behind a semicolon is defused");
    assert.ok(lines.some((line) => line.startsWith(`"'=cmd|'/c calc'!A0",`)), "a formula is defused");
    assert.ok(!/(^|[,;|"])\s*[=+@-]/m.test(text), "nothing begins a formula");
  });
  await on(open(totals.weeks(), { language: "de-DE" }), async (page) => {
    await page.getByLabel("Zeitraum").selectOption("365");
    await page.locator(".chart").waitFor();
    const { name, text } = await save(page);
    assert.equal(name, "waxwing-2026-11-23-365-days.csv");
    assert.ok(text.startsWith('\ufeff"Woche ab","Gesendet","Angeklickt","Geöffnet, sicher","Dazu möglich"\r\n"2026-11-23",'), text.slice(0, 120));
  });
});

for (const [look, more] of Object.entries({ light: {}, dark: { theme: "dark" }, de: { language: "de-DE" }, narrow: { width: 360 }, large: { textScale: 2 }, forced: { forcedColors: "active" } })) {
  test(`looks: ${look}`, async () => {
    await on(open(totals.days({ answers: look !== "dark" }), { height: 1400, ...more }), async (page) => {
      await page.locator(".chart").waitFor();
      await page.locator("summary").first().click();
      await picture(page, `totals-${look}`);
    });
  });
}
