// Verdicts in the popup, against a worker that is played: states, timeline, corrections, filters, the hot list, old servers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, asked, opener, tell } from "./helpers.mjs";
import { Stage } from "./stage.mjs";

let stage;
before(async () => void (stage = await Stage.open()));
after(async () => {
  await stage?.close();
  // The one reason that no version knows is asked for on purpose.
  assert.deepEqual([...stage.missing].filter((key) => key !== "reason_of_tomorrow"), [], "keys without words");
});

const on = opener(() => stage);
const mail = f.judged[5];
const page = (detail = f.judgedDetail(mail), more = {}) => ({ file: `popup.html#mail/${mail.id}`, answers: { detail, ...more }, height: 1600 });
const line = (page, id) => page.locator(`li[data-id="${id}"]`);
const said = (id, claim, rule) => f.judgedHits.map((hit) => (hit.id === id ? { ...hit, correction: { claim, at: f.NOW, ...(rule ? { rule } : {}) } } : hit));
const corrected = (id, claim, alike) => ({ ok: { answer: "corrected", corrected: { hit: said(id, claim).find((hit) => hit.id === id), ...(alike ? { alike } : {}) } } });
const six = { network: "66.249.93.0/24", agent: "Chrome, Windows", domain: "acme.example", hits: 6 };
const focus = (page) => page.evaluate(() => document.activeElement?.dataset.act ?? document.activeElement?.textContent);

test("every state of a mail is said in its own words", async () => {
  const says = [
    ["Offer for the March", "Answered"],
    ["Lease renewal", "Clicked: fjord.example/floor-plan.pdf, today 14:10, someone of 3 · seen 2 times"],
    ["Security questionnaire", "Only machines so far: looked at 12 times, by filters or mail systems"],
    ["The agenda", "Checking a click: known within half a minute"],
    ["Note to self", "To yourself: your own views never count"],
    ["Minutes and next steps", "Opened at least once, seen 4 times, last today 12:22"],
    ["Photos from Saturday", "Apple Mail hides it: opened or not, nobody can tell"],
    ["Seats for the concert", "Cannot tell: 2 hits, from a person or from machines"],
    ["Invoice 2026-108", "Not opened yet, as far as can be known · 4 days"],
  ];
  await on({ answers: { list: f.list(f.judged) } }, async (page) => {
    for (const [subject, sentence] of says) {
      const row = page.locator(".ww-mail").filter({ hasText: subject });
      assert.equal((await row.locator(".ww-mail-say").textContent()).replaceAll("\u00a0", " "), sentence, subject);
    }
    assert.equal(await page.getByText("Muted").count(), 1, "one of them is muted, and says so");
    assert.equal(await page.locator(".ww-mail").filter({ hasText: "Seats" }).getByText("Muted").count(), 1);
  });
});

test("label, confidence and reason stand together; what machines did is one line; own hits and machines are not counted", async () => {
  await on(page(), async (page) => {
    const shows = async (id, ...words) => {
      const text = await line(page, id).innerText();
      for (const word of words) assert.ok(text.includes(word), `${id}: ${word} in ${text}`);
    };
    await page.getByRole("heading", { name: "Opened in Gmail" }).waitFor();
    await shows(29, "Opened in Gmail", "12:22:00", "Gmail hides device and place.", "high confidence", "That was me", "Wrong?");
    await shows(28, "You", "You said that hits like this one are yours.", "Not counted", "Undo for all like it");
    await shows(27, "Clicked by a person", "Link quinta.example/rooms. A browser opened it like a person does.", "high confidence");
    await shows(25, "Pictures loaded in Outlook", "in Outlook. Loaded does not prove read.", "medium confidence", "And once more within half a minute");
    await shows(24, "Cannot tell", "low confidence", "I know");
    await shows(23, "Hidden by Apple Mail", "medium confidence", "Not counted");
    await shows(17, "Security filter, 6 times", "Every link was followed within seconds.", "high confidence", "Not counted", "Show all 6");
    await shows(16, "Loaded in advance", "Not evidence that anyone read it.", "Not counted");
    assert.equal((await line(page, 28).innerText()).includes("confidence"), false, "the owner's word has no confidence");
    // Each verdict that is there has all three, whatever its label.
    const blocks = await page.locator(".ww-time > li:has(.ww-conf)").all();
    for (const block of blocks) {
      for (const part of ["h3", ".ww-hit-why", ".ww-conf"]) assert.notEqual((await block.locator(part).first().innerText()).trim(), "", part);
    }
    assert.equal(await line(page, 17).locator("li").count(), 0);
    await page.getByRole("button", { name: "Show all 6" }).click();
    assert.equal(await line(page, 17).locator("li").count(), 6);
    assert.equal(await focus(page), "17-all", "the focus stays on what was pressed");
    await page.getByRole("button", { name: "Show as one" }).click();
    assert.equal(await line(page, 17).locator("li").count(), 0);
    const table = await page.locator("table tr").allTextContents();
    assert.deepEqual(table, ["LinkPeopleMachines", "quinta.example/rooms12", "maps.example/quinta-do-vale/how-to-get-there02", "docs.example/agendachecking2"]);
    await page.getByText("Opened at least once, seen 4 times").waitFor();
    await page.getByText("One view of your own is not counted.").waitFor();
    await page.getByText("of 34 that were loaded, 31 looked like somebody there").waitFor();
    await line(page, 29).getByText("What this means").click();
    await page.getByText("It may have been you on a phone").waitFor();
    await line(page, 29).getByText("66.249.93.84").waitFor();
  });
});

test("a click that is being checked turns over by itself", async () => {
  await on(page(), async (page) => {
    await page.getByRole("heading", { name: "Checking a click" }).waitFor();
    await page.getByText("Known in 20 s.").waitFor();
    const settled = f.judgedHits.map((hit) => (hit.id === 30 ? { ...hit, verdict: f.verdict("scanner", "high", "burst") } : hit));
    await answer(page, "detail", f.judgedDetail(mail, settled));
    await page.clock.runFor(5_000);
    await page.getByText("Known in 15 s.").waitFor();
    await page.clock.runFor(16_000);
    await page.getByRole("heading", { name: "Checking a click" }).waitFor({ state: "detached" });
    await line(page, 30).getByRole("heading", { name: "Security filter" }).waitFor();
    assert.equal(await page.locator("table tr").nth(3).textContent(), "docs.example/agenda03");
  });
  // And without a word from the server: by the time it named.
  await on(page(f.judgedDetail(mail), {}), async (page) => {
    await page.getByRole("heading", { name: "Checking a click" }).waitFor();
    await answer(page, "detail", f.fault("timeout"));
    for (let i = 0; i < 5; i++) await page.clock.runFor(6_000);
    await line(page, 30).getByRole("heading", { name: "Clicked by a person" }).waitFor();
  });
});

test("one press says who it was, another takes it back; those like it are asked for", async () => {
  await on(page(f.judgedDetail(mail), { correct: corrected(29, "me", six) }), async (page) => {
    const hit = line(page, 29);
    await hit.getByRole("heading", { name: "Opened in Gmail" }).waitFor();
    await answer(page, "detail", f.judgedDetail(mail, said(29, "me")));
    await hit.getByRole("button", { name: "That was me" }).focus();
    await page.keyboard.press("Enter");
    await hit.getByRole("heading", { name: "You", exact: true }).waitFor();
    await hit.getByText("You said so.").waitFor();
    assert.deepEqual(await asked(page, "correct"), [{ type: "correct", hit: 29, claim: "me", alike: false }]);
    await hit.getByText("6 more are like it (same network, Chrome, Windows, mails to acme.example). Those too, and later ones?").waitFor();
    assert.match(await page.locator("p[role=status].ww-sr").last().textContent(), /You said so\. 6 more are like it/);
    assert.equal(await focus(page), "29-undo", "the focus is on what takes it back");

    await answer(page, "correct", { ok: { answer: "corrected", corrected: { hit: said(29, "me", 7).find((hit) => hit.id === 29), alike: six } } });
    await answer(page, "detail", f.judgedDetail(mail, said(29, "me", 7)));
    await hit.getByRole("button", { name: "Yes, those too" }).click();
    await hit.getByText("You said that hits like this one are yours.").waitFor();
    assert.deepEqual((await asked(page, "correct")).at(-1), { type: "correct", hit: 29, claim: "me", alike: true });
    assert.equal(await hit.getByText("6 more").count(), 0, "it is not asked again");

    await answer(page, "detail", f.judgedDetail(mail));
    await hit.getByRole("button", { name: "Undo for all like it" }).click();
    await hit.getByRole("heading", { name: "Opened in Gmail" }).waitFor();
    assert.deepEqual(await asked(page, "uncorrect"), [{ type: "uncorrect", hit: 29 }]);
  });
  // Only this one.
  await on(page(f.judgedDetail(mail), { correct: corrected(29, "me", { ...six, hits: 0 }) }), async (page) => {
    const hit = line(page, 29);
    await hit.getByRole("button", { name: "That was me" }).waitFor();
    await answer(page, "detail", f.judgedDetail(mail, said(29, "me")));
    await hit.getByRole("button", { name: "That was me" }).click();
    await hit.getByText("Later ones may be like it").waitFor();
    await hit.getByRole("button", { name: "Only this one" }).click();
    await hit.getByText("Later ones may be like it").waitFor({ state: "detached" });
    assert.equal(await focus(page), "29-undo");
    assert.equal((await asked(page, "correct")).length, 1);
  });
});

test("the choice opens in place, by keyboard, and Escape closes it and not the page", async () => {
  await on(page(f.judgedDetail(mail), { correct: corrected(24, "person") }), async (page) => {
    const hit = line(page, 24);
    const know = hit.getByRole("button", { name: "I know" });
    await know.focus();
    await page.keyboard.press("Enter");
    await hit.getByRole("group", { name: "Who was it?" }).waitFor();
    assert.equal(await know.getAttribute("aria-expanded"), "true");
    assert.equal(await focus(page), "24-who_person");
    assert.deepEqual(await hit.getByRole("group", { name: "Who was it?" }).getByRole("button").allTextContents(), ["A person", "A machine", "Me"]);
    await page.keyboard.press("Escape");
    await hit.getByRole("group", { name: "Who was it?" }).waitFor({ state: "detached" });
    assert.equal(await focus(page), "24-wrong");
    await page.getByRole("heading", { name: "Minutes and next steps" }).first().waitFor();

    await page.keyboard.press("Enter");
    await answer(page, "detail", f.judgedDetail(mail, said(24, "person")));
    await hit.getByRole("button", { name: "A person" }).click();
    await hit.getByRole("heading", { name: "Opened by a person" }).waitFor();
    assert.deepEqual(await asked(page, "correct"), [{ type: "correct", hit: 24, claim: "person", alike: false }]);
    assert.equal(await hit.getByText("more like it").count(), 0, "nothing is asked where nothing was offered");
    // A person's hit cannot be called a person's.
    await line(page, 27).getByRole("button", { name: "Wrong?" }).click();
    assert.deepEqual(await line(page, 27).getByRole("group", { name: "Who was it?" }).getByRole("button").allTextContents(), ["A machine", "Me"]);
  });
});

test("what repeats a hit is corrected and taken back with it", async () => {
  const both = (hit) => (hit.id === 25 || hit.id === 26 ? { ...hit, correction: { claim: "machine", at: f.NOW } } : hit);
  const correct = ({ hit, claim }) => corrected(hit, claim);
  await on(page(f.judgedDetail(mail), { correct }), async (page) => {
    const hit = line(page, 25);
    await hit.getByRole("button", { name: "Wrong?" }).click();
    await answer(page, "detail", f.judgedDetail(mail, f.judgedHits.map(both)));
    await hit.getByRole("button", { name: "A machine" }).click();
    await hit.getByRole("heading", { name: "A machine" }).waitFor();
    await hit.getByText("And once more within half a minute").waitFor();
    assert.deepEqual((await asked(page, "correct")).map((question) => question.hit), [25, 26]);
    await answer(page, "detail", f.judgedDetail(mail));
    await hit.getByRole("button", { name: "Undo" }).click();
    await hit.getByRole("heading", { name: "Pictures loaded in Outlook" }).waitFor();
    assert.deepEqual((await asked(page, "uncorrect")).map((question) => question.hit), [25, 26]);
  });
});

test("what goes wrong is said at the hit, and nothing is shown as said that was not", async () => {
  await on(page(f.judgedDetail(mail), { correct: f.fault("timeout") }), async (page) => {
    const hit = line(page, 29);
    await hit.getByRole("button", { name: "That was me" }).click();
    await hit.getByRole("alert").getByText("That did not work. It took too long to answer.").waitFor();
    await hit.getByRole("heading", { name: "Opened in Gmail" }).waitFor();
    assert.equal(await focus(page), "29-me");
    await answer(page, "correct", f.fault("not_found"));
    await hit.getByRole("button", { name: "That was me" }).click();
    await hit.getByRole("alert").getByText("The server no longer has this hit.").waitFor();
    await answer(page, "correct", { ok: { answer: "done" } });
    await hit.getByRole("button", { name: "That was me" }).click();
    await hit.getByRole("alert").getByText("A mistake of ours.").waitFor();
    await hit.getByRole("heading", { name: "Opened in Gmail" }).waitFor();
  });
  await on(page(f.judgedDetail(mail), { correct: "never" }), async (page) => {
    const me = line(page, 29).getByRole("button", { name: "That was me" });
    for (let i = 0; i < 3; i++) await me.click({ force: true });
    await me.and(page.locator("[aria-disabled=true]")).waitFor();
    assert.equal((await asked(page, "correct")).length, 1, "it is asked once, however often it is pressed");
  });
});

test("news come in above without moving what is read, and folds and focus stay", async () => {
  const fresh = { ...f.judgedHits[1], id: 40, at: f.NOW };
  await on({ ...page(), height: 500 }, async (page) => {
    const low = line(page, 23);
    await low.getByText("What this means").click();
    await low.getByRole("button", { name: "Wrong?" }).focus();
    await low.scrollIntoViewIfNeeded();
    const top = (await low.boundingBox()).y;
    await answer(page, "detail", f.judgedDetail(mail, [fresh, ...f.judgedHits]));
    await tell(page, { kind: "news", message: mail.id, what: "open", at: f.NOW, activity: mail.activity });
    await line(page, 40).waitFor();
    assert.ok(Math.abs((await low.boundingBox()).y - top) < 2, "it stays where it was");
    assert.equal(await focus(page), "23-wrong");
    assert.ok(await low.getByText("Only a click or an answer would tell.").isVisible(), "the fold stays open");
  });
});

test("mute and unmute, in the foot; a failure is said", async () => {
  await on(page(), async (page) => {
    const mute = page.getByRole("contentinfo").getByRole("button", { name: "Mute", exact: true });
    await mute.click();
    await page.getByText("no notifications of this mail").waitFor();
    assert.deepEqual(await asked(page, "mute"), [{ type: "mute", id: mail.id, muted: true }]);
    await answer(page, "mute", f.fault("timeout"));
    await page.getByRole("button", { name: "Unmute" }).click();
    await page.getByText("That did not work.").waitFor();
    await page.getByRole("button", { name: "Unmute" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Ask for each mail" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Unmute" }).count(), 0, "the foot is the list's again");
  });
});

test("filters ask for what they say, with days for the unopened", async () => {
  await on({ answers: { list: f.list(f.judged), again: f.messages(f.hotMails) } }, async (page) => {
    const last = async () => {
      const { state, older_than_days } = (await asked(page, "list")).at(-1);
      return [state, older_than_days];
    };
    const press = (name) => page.getByRole("button", { name, exact: true }).click();
    await page.getByText("Opened again after 9 days").waitFor();
    assert.equal(await page.getByRole("group", { name: "Days since sending" }).isVisible(), false);
    await answer(page, "list", f.list([]));
    for (const [name, asks, none] of [
      ["Opened", ["opened", null], "No tracked mail was opened yet"],
      ["Machines", ["machines", null], "No mail was touched by machines alone"],
      ["Clicked", ["clicked", null], "No link was followed yet"],
      ["Unopened 3 d", ["unopened", 3], "No mail has been unopened for 3 days"],
      ["14+", ["unopened", 14], "No mail has been unopened for 14 days"],
      ["any", ["unopened", null], "Every tracked mail was opened"],
    ]) {
      await press(name);
      await page.getByText(none).waitFor();
      assert.deepEqual(await last(), asks, name);
      assert.equal(await page.getByText("Opened again after 9 days").isVisible(), false, "the hot list is above the whole list only");
    }
    assert.equal(await page.getByRole("button", { name: "Unopened", exact: true }).getAttribute("aria-pressed"), "true");
    await press("Show all");
    await page.getByText("No tracked mail yet").waitFor();
    assert.ok(await page.getByText("Opened again after 9 days").isVisible());
  });
});

test("the hot list: one line, the others behind a fold, subjects as text, and a way to the mail", async () => {
  const hot = f.hotMails[0];
  await on({ answers: { list: f.list(f.judged), again: f.messages(f.hotMails), detail: f.judgedDetail(hot) } }, async (page) => {
    await page.getByText("Opened again after 9 days").waitFor();
    assert.equal(await page.getByText("Opened again after 21 days").isVisible(), false);
    await page.getByText("And 2 more").click();
    await page.getByText("<b>Spring</b> menu").waitFor();
    await page.getByText("Opened again after 4 days: No subject").waitFor();
    await page.getByRole("link", { name: "Boat shed roof" }).click();
    await page.getByRole("heading", { name: "Boat shed roof" }).first().waitFor();
    assert.deepEqual(await asked(page, "detail"), [{ type: "detail", id: hot.id }]);
    await page.keyboard.press("Escape");
    await answer(page, "again", f.messages([]));
    await tell(page, { kind: "deleted", message: hot.id });
    await page.getByText("Opened again after").first().waitFor({ state: "detached" });
  });
});

test("the list takes news in place; machines leave no dot", async () => {
  await on({ answers: { list: f.list(f.judged) } }, async (page) => {
    const invoice = page.getByRole("link").filter({ hasText: "Invoice 2026-108" });
    await invoice.waitFor();
    const none = { opens: 0, open_hits: 0, clicks: 0, click_hits: 0 };
    const isNew = () => invoice.evaluate((line) => line.classList.contains("is-new"));
    await tell(page, { kind: "activity", message: f.judged[8].id, hit: "open", at: f.NOW, activity: { ...none, state: "machines", machine_hits: 1 } });
    await invoice.getByText("looked at once, by a filter or a mail system").waitFor();
    assert.equal(await isNew(), false);
    await tell(page, { kind: "activity", message: f.judged[8].id, hit: "open", at: f.NOW, activity: { ...none, state: "opened", opens: 1, open_hits: 1, last_open_at: f.NOW } });
    await invoice.getByText("Opened at least once, today 15:52").waitFor();
    assert.equal(await isNew(), true);
  });
});

test("a server that does not judge: what was shown before, and a word about it", async () => {
  const old = f.mails[4];
  await on({ file: `popup.html#mail/${old.id}`, answers: { detail: f.detailOf(old, f.hits) } }, async (page) => {
    await page.getByText("This server does not tell people from machines.").waitFor();
    await page.getByRole("heading", { name: "Loaded through Gmail" }).waitFor();
    await page.getByText("Opened: loaded 4 times").waitFor();
    assert.equal(await page.getByRole("button", { name: "That was me" }).count(), 0);
    assert.equal(await page.locator("table tr").first().textContent(), "LinkClicks");
  });
  // One hit that the server has not come to yet is no old server.
  const [, open] = f.judgedHits;
  const { verdict: _, ...unjudged } = { ...open, id: 50, at: f.NOW };
  await on(page(f.judgedDetail(mail, [unjudged, open])), async (page) => {
    await line(page, 50).getByRole("heading", { name: "Not judged yet" }).waitFor();
    assert.equal(await page.getByText("This server does not tell").count(), 0);
  });
});

test("what a server says is text, and a reason nobody knows is said to be one", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const hits = [
    { ...f.judgedHits[1], id: 61, verdict: f.verdict("image_proxy", "high", "proxy_open", { name: evil }), agent: evil, address: evil },
    { ...f.judgedHits[1], id: 60, verdict: f.verdict("human", "low", "of_tomorrow") },
    { ...f.judgedHits[1], id: 59, verdict: { ...f.verdict("unknown", "low", ""), reason: "app_name" } },
    { ...f.judgedHits[3], id: 58, link: `javascript:${evil}` },
  ];
  const more = { trust: f.trust({ domain: evil }) };
  const alike = { network: evil, agent: evil, domain: evil, hits: 2 };
  await on(page(f.judgedDetail(mail, hits, more), { correct: { ok: { answer: "corrected", corrected: { hit: hits[0], alike } } } }), async (page) => {
    await page.getByRole("heading", { name: `Opened in ${evil}` }).waitFor();
    for (const id of [60, 59]) await line(page, id).getByText("For a reason that this version of the extension does not know.").waitFor();
    await line(page, 61).getByRole("button", { name: "That was me" }).click();
    await line(page, 61).getByText("2 more are like it").waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((a) => a.href).filter((href) => !href.startsWith("https://mail.google.com/"))), []);
  });
});
