// The options of consent: the line, days, rules, people; and a mail that its recipient refused.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, asked, picture, staged } from "./helpers.mjs";

const on = staged();
const open = (answers = {}, more = {}) => ({ file: "options.html#consent", width: 960, height: 1500, answers: { set_consent: { ok: { answer: "done" } }, ...answers }, ...more });
const saved = async (page) => (await asked(page, "set_consent")).map((question) => question.settings);
const stored = f.consent().ok.settings;

test("the line: its words are shown as they are read, saved as text, and refused when there are none", async () => {
  await on(open(), async (page) => {
    const words = page.getByLabel("Its words", { exact: true });
    await words.waitFor();
    assert.equal(await words.inputValue(), stored.line_text);
    assert.ok(await page.getByRole("checkbox", { name: "Tell recipients in the mail" }).isChecked());
    await words.fill("<img src=x onerror=alert(1)> {link:<b>Refuse</b>}");
    assert.equal(await page.locator("#consent .ww-quote .ww-as-link").first().textContent(), "<b>Refuse</b>");
    assert.equal(await page.locator("#consent .ww-quote img").count(), 0);
    await page.getByRole("button", { name: "Save the words" }).click();
    await page.getByText("Saved.").first().waitFor();
    assert.equal((await saved(page)).at(-1).line_text, "<img src=x onerror=alert(1)> {link:<b>Refuse</b>}");
    for (const [text, says] of [["   ", "The line needs words."], ["x".repeat(301), "At most 300 characters."]]) {
      await words.fill(text);
      await page.getByRole("button", { name: "Save the words" }).click();
      await page.getByText(says).waitFor();
    }
    assert.equal((await saved(page)).length, 1);
  });
});

test("the line: words that nobody chose are off until they are saved", async () => {
  await on(open({ consent: f.consent({ line_text: undefined }) }), async (page) => {
    const box = page.getByRole("checkbox", { name: "Tell recipients in the mail" });
    await box.waitFor();
    assert.equal(await box.isChecked(), false);
    assert.match(await page.getByLabel("Its words", { exact: true }).inputValue(), /\{link:/);
    await box.check();
    await page.getByText("Saved.").first().waitFor();
    const [settings] = await saved(page);
    assert.equal(settings.line, true);
    assert.match(settings.line_text, /\{link:/);
  });
});

test("days and rules are saved with all else as it is; what makes no sense is not", async () => {
  await on(open(), async (page) => {
    const days = page.getByLabel("Tracking of a mail ends after so many days");
    await days.fill("0");
    await days.blur();
    await page.getByText("A number from 1 to 365.").waitFor();
    await days.fill("30");
    await days.blur();
    await page.getByText("Saved.").first().waitFor();
    assert.deepEqual((await saved(page)).at(-1), { ...stored, days: 30 });

    const of = page.getByLabel("Domain or country");
    const add = page.getByRole("button", { name: "Add the rule" });
    for (const nonsense of ["", "XX!", "no domain", "a".repeat(300)]) {
      await of.fill(nonsense);
      await add.click();
      await page.getByText("That is neither a domain nor the two letters of a country.").waitFor();
    }
    await of.fill("@Northwind.EXAMPLE");
    await page.getByLabel("What holds").selectOption("agreed");
    await add.click();
    await page.getByRole("button", { name: "Remove the rule for northwind.example" }).waitFor();
    assert.deepEqual((await saved(page)).at(-1).rules, [...stored.rules, { of: { domain: "northwind.example" }, policy: "agreed" }]);
    await of.fill("fjord.example");
    await page.getByLabel("What holds").selectOption("country");
    await page.getByLabel("Country", { exact: true }).fill("no");
    await add.click();
    await page.getByText("is in NO").waitFor();
    await page.getByRole("button", { name: "Remove the rule for DE" }).click();
    await page.getByRole("button", { name: "Remove the rule for DE" }).waitFor({ state: "detached" });
    assert.equal((await saved(page)).at(-1).rules.length, 2);

    await answer(page, "set_consent", f.fault("unreachable"));
    await page.getByRole("button", { name: "Remove the rule for acme.example" }).click();
    await page.getByText(/That did not work/).waitFor();
    assert.ok(await page.getByRole("button", { name: "Remove the rule for acme.example" }).isVisible(), "what is stored is shown");
  });
});

test("people: searched, written down with how it is known, and taken back where that is the user's to do", async () => {
  const page2 = (question) => f.people(question.query ? f.everybody.filter((it) => it.address.includes(question.query)) : f.everybody);
  await on(open({ people: page2, set_people: { ok: { answer: "people_changed", changed: { people: [], kept: [] } } } }), async (page) => {
    const line = (address) => page.locator("#consent li").filter({ hasText: address });
    await line("ana@quinta.example").getByText("Opens: refused · Clicks: refused").waitFor();
    assert.equal(await line("ana@quinta.example").getByRole("button").count(), 0, "their refusal is theirs");
    await line("ben@acme.example").locator("summary").click();
    await line("ben@acme.example").getByText("<b>said so</b> on the phone").waitFor();
    await page.getByRole("button", { name: "Take back what is known of ben@acme.example" }).click();
    await page.getByText("Written down.").waitFor();
    const back = (await asked(page, "set_people")).at(-1).put;
    assert.deepEqual(back, { people: [{ address: "ben@acme.example", opens: "unknown", clicks: "unknown" }], import: false });

    await page.getByLabel("Search addresses").fill("claire");
    await line("ana@quinta.example").waitFor({ state: "detached" });
    await line("claire@atelier.example").waitFor();
    await page.getByLabel("Search addresses").fill("nobody");
    await page.getByText("Nobody with that in the address.").waitFor();

    const write = page.getByRole("button", { name: "Write it down" });
    await page.locator("#person-address").fill("not an address");
    await write.click();
    await page.getByText("That is no address.").waitFor();
    await page.locator("#person-address").fill("dan@acme.example");
    await write.click();
    await page.getByText("An agreement needs how you know of it.").waitFor();
    await page.getByLabel("How you know").fill("said so, 3 May");
    await page.getByLabel("Said", { exact: true }).selectOption("opens");
    await answer(page, "set_people", { ok: { answer: "people_changed", changed: { people: [], kept: ["dan@acme.example"] } } });
    await write.click();
    await page.getByText("dan@acme.example refused, and that stands.").waitFor();
    assert.deepEqual((await asked(page, "set_people")).at(-1).put.people, [{ address: "dan@acme.example", opens: "agreed", note: "said so, 3 May" }]);
  });
});

test("without a server nothing is asked, and when it does not answer that is said", async () => {
  await on(open({ status: f.status({ connected: null, policy: null, link: null }) }), async (page) => {
    await page.getByText(/What recipients agreed to or refused is kept by your server/).waitFor();
    assert.equal((await asked(page, "consent")).length, 0);
  });
  await on(open({ consent: f.fault("unreachable"), people: f.fault("unreachable") }), async (page) => {
    await page.locator("#consent").getByText("Nothing answers there. Check the spelling, that the server runs, and its certificate.").first().waitFor();
  });
});

test("a refused mail: what was refused, when, and what that means", async () => {
  const [both, opens] = f.refusedMails;
  await on({ answers: { list: f.list(f.refusedMails), again: f.messages([]) } }, async (page) => {
    const row = (subject) => page.getByRole("listitem").filter({ hasText: subject });
    await row(both.content.subject).filter({ hasText: "Refused by a recipient: nothing is recorded · since today" }).waitFor();
    await row(opens.content.subject).filter({ hasText: /Opened.*refused by a recipient/ }).waitFor();
    await row("Boat shed roof").filter({ hasText: "nothing is recorded since" }).waitFor();
  });
  await on({ file: `popup.html#mail/${both.id}`, answers: { detail: f.judgedDetail(both, []) } }, async (page) => {
    await page.getByRole("heading", { name: "Refused by a recipient" }).waitFor();
    await page.getByText("Opens and clicks of this mail are not recorded any more.").waitFor();
    await page.getByText("Its links still work.").waitFor();
  });
  await on({ file: `popup.html#mail/${opens.id}`, answers: { detail: f.judgedDetail(opens, []) } }, async (page) => {
    await page.getByText("Opens of this mail are not recorded any more.").waitFor();
    await page.getByText("A recipient refused opens:").waitFor();
    await picture(page, "refused-opens");
  });
});
