// The options page: notifications, what was said of hits, and what can be known.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, asked, askedLater, picture, staged } from "./helpers.mjs";
import * as w from "./waits.mjs";

const on = staged();

const usual = { first_open: true, each_open: false, click: true, answer: true, unknown: false, needs: true, reminders: true, quiet: null };
const rules = [
  { id: 12, claim: "me", at: f.NOW - 3 * 86_400_000, network: "198.51.100.0/24", agent: "Chrome, Windows", domain: "acme.example" },
  { id: 11, claim: "machine", at: f.NOW - 400 * 86_400_000, network: "2001:db8:17::/48", agent: "<b>curl</b>", domain: "northwind.example" },
  { id: 9, claim: "person", at: f.NOW - 9 * 86_400_000, network: "192.0.2.0/24", agent: "Outlook", domain: "quinta.example" },
];
const corrections = (list) => ({ ok: { answer: "corrections", rules: list } });
const open = (answers = {}, more = {}) => ({
  file: "options.html",
  width: 960,
  height: 900,
  answers: { status: f.status({ notify: usual }), corrections: corrections(rules), ...answers },
  ...more,
});
const saved = async (page) => (await asked(page, "set_notify")).map((question) => question.settings);

test("notifications: each choice is saved at once, as a whole, and is said to be", async () => {
  await on(open(), async (page) => {
    const box = (name) => page.getByRole("checkbox", { name, exact: true });
    await box("The first open of a mail").waitFor();
    assert.deepEqual(await Promise.all(["The first open of a mail", "Each later open", "Each click", "Hits that cannot be told", "Mails that could not go out", "Quiet hours"].map((name) => box(name).isChecked())), [true, false, true, false, true, false]);
    assert.equal(await page.getByLabel("from", { exact: true }).isVisible(), false);
    await box("Each later open").focus();
    await page.keyboard.press("Space");
    await page.getByText("Saved.", { exact: true }).waitFor();
    await box("Hits that cannot be told").check();
    await box("Quiet hours").check();
    assert.deepEqual(await saved(page), [
      { ...usual, each_open: true },
      { ...usual, each_open: true, unknown: true },
      { ...usual, each_open: true, unknown: true, quiet: { from: 1200, to: 420 } },
    ]);
    await page.getByLabel("from", { exact: true }).fill("22:30");
    await page.getByLabel("from", { exact: true }).blur();
    assert.deepEqual((await saved(page)).at(-1).quiet, { from: 1350, to: 420 });
  });
});

test("notifications: times that make no sense are not saved; a refusal puts back what is stored", async () => {
  await on(open({ status: f.status({ notify: { ...usual, quiet: { from: 1320, to: 360 } } }) }), async (page) => {
    const [from, to] = [page.getByLabel("from", { exact: true }), page.getByLabel("to", { exact: true })];
    await from.waitFor();
    assert.deepEqual([await from.inputValue(), await to.inputValue()], ["22:00", "06:00"]);
    await from.fill("");
    await page.getByRole("alert").filter({ hasText: "Both times are needed." }).waitFor();
    assert.equal(await from.getAttribute("aria-invalid"), "true");
    await from.fill("06:00");
    await page.getByText("Both times are the same").waitFor();
    assert.deepEqual(await saved(page), []);
    await from.fill("05:00");
    await page.getByText("Saved.", { exact: true }).waitFor();
    assert.equal(await from.getAttribute("aria-invalid"), null);
    assert.deepEqual((await saved(page)).map((settings) => settings.quiet), [{ from: 300, to: 360 }]);

    await answer(page, "set_notify", f.fault("storage_full"));
    const click = page.getByRole("checkbox", { name: "Each click", exact: true });
    await click.click();
    await page.getByText("That did not work. This browser’s storage for Waxwing is full.").waitFor();
    assert.equal(await click.isChecked(), true);
    // Another window changed it.
    await answer(page, "status", f.status({ notify: { ...usual, click: false } }));
    await page.evaluate(() => window.__ww.tell({ type: "status_changed" }));
    await page.waitForFunction(() => !document.querySelector("[name=notify_click]").checked);
    assert.equal(await from.isVisible(), false);
  });
});

test("what was said of hits: shown as text, taken back, and that can be taken back too", async () => {
  await on(open(), async (page) => {
    const list = page.locator("#said li:visible");
    await list.first().waitFor();
    assert.deepEqual(await page.locator("#said li b").allTextContents(), ["That was me", "That was a machine", "That was a person"]);
    assert.equal(await list.first().locator("p").first().textContent(), "Network 198.51.100.0/24 · Chrome, Windows · mails to acme.example");
    assert.equal(await list.first().locator("p").last().textContent(), "Said on Fri 20 Nov");
    assert.equal(await list.nth(1).locator("bdi b").count(), 0);

    await page.getByRole("button", { name: "Take back “That was me” for 198.51.100.0/24" }).click();
    assert.equal(await list.count(), 2);
    await page.getByRole("button", { name: "Undo" }).click();
    assert.equal(await list.count(), 3);
    assert.deepEqual(await asked(page, "drop_correction"), []);

    await page.getByRole("button", { name: "Take back “That was a machine” for 2001:db8:17::/48" }).click();
    // What comes in between does not bring it back.
    await page.evaluate(() => window.__ww.tell({ type: "status_changed" }));
    await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
    assert.equal(await list.count(), 2);
    await answer(page, "corrections", corrections([]));
    await page.clock.runFor(6_100);
    assert.deepEqual(await asked(page, "drop_correction"), [{ type: "drop_correction", id: 11 }]);
    await page.getByText("Nothing yet.").waitFor();
  });
  // One that is gone already is no mistake; what failed stays.
  await on(open({ drop_correction: f.fault("timeout") }), async (page) => {
    await page.getByRole("button", { name: /^Take back “That was me”/ }).click();
    await page.clock.runFor(6_100);
    await page.getByText("That did not work. It took too long to answer.").waitFor();
    await page.getByRole("button", { name: /^Take back “That was me”/ }).waitFor();
  });
});

test("what was said of hits: no server, a server away", async () => {
  await on(open({ status: f.status({ connected: null, policy: null, link: null }) }), async (page) => {
    await page.getByText("What you say of hits is listed here once a server is connected.").waitFor();
    assert.deepEqual(await asked(page, "corrections"), []);
  });
  await on(open({ corrections: f.fault("unreachable") }), async (page) => {
    await page.locator("#said").getByText("Nothing answers there.").waitFor();
  });
});

for (const [look, more] of Object.entries({ light: {}, dark: { theme: "dark" }, de: { language: "de-DE" }, narrow: { width: 360 }, large: { textScale: 2 } })) {
  test(`looks: ${look}`, async () => {
    await on(open({ status: f.status({ notify: { ...usual, quiet: { from: 1320, to: 360 } } }) }, { height: 2600, ...more }), async (page) => {
      await page.locator("#said li").first().waitFor();
      await picture(page, `options-more-${look}`);
    });
  });
}

const daily = { of: "new", days: 3, time: "09:00", condition: "no_answer" };
const sets = async (page) => (await askedLater(page, "set_reminder_settings")).map((question) => question.settings);

test("reminders by themselves: each choice is saved at once, as a whole", async () => {
  const echo = { "later:set_reminder_settings": ({ settings }) => ({ ok: { answer: "reminder_settings", settings } }) };
  await on(open({ "later:reminder_settings": w.settings({ holidays: ["NO"] }), ...echo }), async (page) => {
    const section = page.getByRole("region", { name: "Reminders" });
    const of = section.getByLabel("Set a reminder by itself");
    await of.waitFor();
    assert.equal(await of.inputValue(), "none");
    assert.equal(await section.getByLabel("after days").isVisible(), false);
    await of.selectOption({ label: "For tracked mails that begin a conversation" });
    await section.getByText("Saved.", { exact: true }).waitFor();
    const stored = { company: false, zone: "Europe/Oslo", language: "en", holidays: ["NO"] };
    assert.deepEqual(await sets(page), [{ ...stored, default: daily }], "what has no control stays");
    await section.getByLabel("after days").fill("0");
    await section.getByLabel("after days").blur();
    await section.getByRole("alert").filter({ hasText: "From 1 to 90 days." }).waitFor();
    assert.equal(await section.getByLabel("after days").getAttribute("aria-invalid"), "true");
    assert.equal((await sets(page)).length, 1);
    await section.getByLabel("after days").fill("5");
    await section.getByLabel("at", { exact: true }).fill("08:15");
    await section.getByLabel("condition").selectOption("not_opened");
    await section.getByRole("checkbox", { name: "Colleagues answer, too" }).check();
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.settings?.company));
    assert.deepEqual((await sets(page)).at(-1), { ...stored, company: true, default: { of: "new", days: 5, time: "08:15", condition: "not_opened" } });
    await of.selectOption("none");
    await page.waitForFunction(() => window.__ww.asked.at(-1).settings && !window.__ww.asked.at(-1).settings.default);
    await section.scrollIntoViewIfNeeded();
  });
});

test("reminders: the holidays that are no working days, with what was chosen elsewhere kept", async () => {
  const echo = { "later:set_reminder_settings": ({ settings }) => ({ ok: { answer: "reminder_settings", settings } }) };
  await on(open({ "later:reminder_settings": w.settings({ holidays: ["2026-12-24", "NO", "SE"] }), ...echo }), async (page) => {
    const section = page.getByRole("region", { name: "Reminders" });
    const holidays = section.getByLabel("No working days: holidays of");
    await holidays.waitFor();
    assert.equal(await holidays.locator(":checked").textContent(), "Norway");
    const choose = async (label, n) => {
      await holidays.selectOption({ label });
      await page.waitForFunction((n) => window.__ww.asked.filter((question) => question.later === "set_reminder_settings").length === n, n);
      await section.getByText("Saved.", { exact: true }).waitFor();
      return (await sets(page)).at(-1).holidays;
    };
    assert.deepEqual(await choose("Germany", 1), ["DE", "2026-12-24", "SE"]);
    assert.equal(await holidays.locator(":checked").textContent(), "Germany");
    assert.deepEqual(await choose("no country", 2), ["2026-12-24", "SE"]);
    // One at a time is shown: that of the others which still counts.
    assert.equal(await holidays.locator(":checked").textContent(), "Sweden");
  });
  const stored = w.settings({ holidays: ["DE"] });
  await on(open({ "later:reminder_settings": stored, "later:set_reminder_settings": f.fault("unavailable") }, { language: "de-DE" }), async (page) => {
    const holidays = page.getByLabel("Keine Arbeitstage: Feiertage von");
    await holidays.waitFor();
    await holidays.selectOption({ label: "Frankreich" });
    await page.waitForFunction(() => document.querySelector("#reminders-holidays").value === "DE");
    assert.equal(await holidays.locator(":checked").textContent(), "Deutschland", "a refusal puts back what is stored");
  });
});

test("reminders by themselves: a refusal puts back what is stored; a server that knows none says so", async () => {
  const stored = w.settings({ default: daily, company: true });
  await on(open({ "later:reminder_settings": stored, "later:set_reminder_settings": f.fault("unavailable") }), async (page) => {
    const section = page.getByRole("region", { name: "Reminders" });
    const company = section.getByRole("checkbox", { name: "Colleagues answer, too" });
    await company.waitFor();
    await company.click();
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.later === "set_reminder_settings"));
    await page.waitForFunction(() => document.querySelector("[name=reminders_company]").checked);
    await picture(page, "options-reminders");
  });
  await on(open({ "later:reminder_settings": f.fault("too_old") }), async (page) => {
    const section = page.getByRole("region", { name: "Reminders" });
    await section.getByRole("status").filter({ hasText: /version|old|update/i }).waitFor();
    assert.equal(await section.getByLabel("Set a reminder by itself").isVisible(), false);
  });
});
