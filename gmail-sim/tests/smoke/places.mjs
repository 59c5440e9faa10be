// Where composes stand: docked, in full screen, in a window of their own.

import assert from "node:assert/strict";
import { MARA, Tab, context, control, fresh, sends, sent, shot, summaries, test, until } from "./tab.mjs";

test("several docked composes, minimising, saving and closing, discarding", async () => {
  const it = await fresh();
  await it.compose({ subject: "First" });
  await it.compose({ subject: "Second" });
  assert.equal(await it.at(".dw .nH > .nH > .no .AD > [role=dialog] form").count(), 2);
  await it.at(".Hm .Hl").first().click();
  assert.equal(await it.at(".aaZ").first().isVisible(), false);
  await it.at(".Hm .Ha").first().click();
  await until(async () => (await summaries()).some((one) => one.subject === "Second"), "the save");
  assert.equal(await it.at(".M9").count(), 1);
  await until(
    async () => (await summaries()).some((one) => one.kind === "draft" && one.text === "One line" && one.subject === "First"),
    "the save",
  );
  await it.at(".gU .oh").click();
  await it.at(".b8.bAp").waitFor();
  await until(
    async () => (await control(`/mailbox/${MARA}`)).messages.filter((one) => one.kind === "draft").length === 1,
    "one draft",
  );
  await it.page.goto("https://mail.google.com/mail/u/0/#drafts");
  const row = it.at("[role=main] tr.zA");
  await row.waitFor();
  assert.match(
    await it.page.locator("[role=main] [data-standalone-draft-id]").first().getAttribute("data-standalone-draft-id"),
    /^#msg-a:r/,
  );
  await row.click();
  await it.at(".M9").waitFor();
  assert.equal(await it.page.inputValue("input[name=subjectbox]"), "Second");
});

test("saves of two composes share a call where that is switched on", async () => {
  const it = await fresh({ batched: true, autosaveMs: 250 });
  await it.compose({ subject: "First" });
  await it.compose({ subject: "Second" });
  await until(async () => (await control("/requests")).length > 0, "a first save");
  await it.page.evaluate(() => {
    for (const body of document.querySelectorAll("[g_editable=true]")) {
      body.append("more");
      body.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  });
  const shared = await until(
    async () => (await control("/requests")).find((one) => one.summary.filter((op) => op.text?.endsWith("more")).length === 2),
    "a shared call",
  );
  assert.deepEqual(new Set(shared.summary.map((op) => op.subject)), new Set(["First", "Second"]));
});

test("full screen and back", async () => {
  const it = await fresh();
  await it.compose();
  await it.at(".Hm .Hq").click();
  await it.at("body > .aSs > .aSt [role=dialog] .M9").waitFor();
  await shot(it, "full");
  await it.send.click();
  await sent(it);
  assert.equal(await it.at("body > .aSs").isVisible(), false);
});

test("discarding in a window of its own", async () => {
  const it = await fresh();
  await it.compose();
  const [page] = await Promise.all([context.waitForEvent("page"), it.at(".Hm .Hq").click({ modifiers: ["Shift"] })]);
  const alone = new Tab(page, 0);
  await alone.at("body.xE.xp [role=main] .M9").waitFor();
  await Promise.all([page.waitForEvent("close"), alone.at(".gU .oh").click()]);
  await it.at(".b8.bAp").waitFor();
  assert.equal((await control(`/mailbox/${MARA}`)).messages.filter((one) => one.kind === "draft").length, 0);
});

test("a window of its own", async () => {
  const it = await fresh();
  await it.compose();
  const draft = await it.page.inputValue("input[name=draft]");
  const [page] = await Promise.all([context.waitForEvent("page"), it.at(".Hm .Hq").click({ modifiers: ["Shift"] })]);
  await page.waitForURL("**/popout**");
  const alone = new Tab(page, 0);
  await alone.at("body.xE.xp [role=main] .M9").waitFor();
  assert.equal(await page.inputValue("input[name=draft]"), draft);
  assert.equal(await it.at(".M9").count(), 0);
  await Promise.all([page.waitForEvent("close"), alone.send.click()]);
  await sent(it);
  assert.equal((await sends())[0].draft, draft.slice(1));
});

test("a conversation by the older id of a link made elsewhere", async () => {
  const it = await fresh();
  const mail = { to: MARA, from: { address: "ben@acme.example", name: "Ben" }, subject: "By its older id", html: "<p>Hello</p>" };
  const { legacyThread } = await control("/deliver", mail);
  await it.page.evaluate((id) => (location.hash = `#all/${id}`), legacyThread);
  await it.at("h2.hP").filter({ hasText: "By its older id" }).waitFor();
  await it.page.evaluate(() => (location.hash = "#all/18c1f0a2b3d4e5f6"));
  await it.at("[role=main] tr.zA").first().waitFor();
});
