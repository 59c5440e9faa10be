// Answers and their quotes, and Schedule send.

import assert from "node:assert/strict";
import { ANA, MARA, control, deliver, fresh, inbox, pictures, sends, sent, shot, summaries, test, until } from "./tab.mjs";

test("a reply with its quote folded, and the quote on the wire", async () => {
  const it = await fresh();
  const mail = await deliver(`<p>Why? <img src="${pictures.url}/o.gif"> <a href="https://a.example/">a</a></p>`);
  await it.open("Question");
  await it.at(".ams.bkH").click();
  await it.at(".ip.adB .M9 .HQ").waitFor();
  await it.page.keyboard.type("Because.");
  assert.equal(await it.page.locator("[g_editable=true] .gmail_quote").count(), 0);
  const uet = await it.page.inputValue("input[name=uet]");
  assert.match(uet, /gmail_quote/);
  await until(async () => (await summaries()).some((one) => one.kind === "draft" && one.text === "Because."), "the draft");
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  assert.equal(await it.page.locator("#link_vsm").count(), 0);
  const [send] = await sends();
  assert.equal(send.body, '<div dir="ltr">Because.</div>');
  assert.equal(send.quoted, uet);
  assert.match(uet, /src="https:\/\/ci\d\.googleusercontent\.com\/meips\/[^"]+#http:\/\/127/);
  assert.doesNotMatch(uet, /CToWUd|saferedirect/);
  assert.equal(send.thread, mail.thread);
  await control("/flush", {});
  const [answer] = await inbox(ANA);
  assert.match(answer.html, /^<div dir="ltr">Because\.<\/div><br><div class="gmail_quote/);
  await until(async () => (await it.at(".adn.ads[data-message-id][data-legacy-message-id]").count()) === 2, "both messages");
});

test("a reply that leaves before any save stands where a first save of a reply does", async () => {
  const it = await fresh({ autosaveMs: 60_000 });
  await deliver("<p>Why?</p>");
  await it.open("Question");
  await it.at(".ams.bkH").click();
  await it.page.keyboard.type("Because.");
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  const last = (await control("/requests")).at(-1).summary;
  assert.deepEqual(
    last.map((one) => [one.kind, one.position]),
    [
      ["send", "first-reply"],
      ["label", undefined],
    ],
  );
});

test("a reply with its quote unfolded", async () => {
  const it = await fresh();
  await deliver("<p>Why?</p>");
  await it.open("Question");
  await it.at(".ams.bkH").click();
  await it.page.keyboard.type("Because.");
  await it.at(".ajR").click();
  assert.equal(await it.page.inputValue("input[name=uet]"), "");
  await it.send.click();
  await sent(it);
  const [send] = await sends();
  assert.equal(send.quoted, null);
  assert.match(send.body, /^<div dir="ltr"><div dir="ltr" gmail_original="1">Because\.<\/div><br><div class="gmail_quote/);
});

test("undo of a reply reopens it in its place; all, forward", async () => {
  const it = await fresh({ sendAndArchive: true });
  await deliver("<p>Why?</p>", { cc: [{ address: "ben@acme.example", name: "Ben Okafor" }] });
  await it.open("Question");
  await it.at(".ams.bkI").click();
  assert.equal(await it.at(".M9 .oL.aDm span[email]").count(), 2);
  await it.page.keyboard.type("Well.");
  await it.send.click();
  await it.page.locator("#link_undo").click();
  await it.at(".ip.adB .M9").waitFor();
  assert.equal(await it.page.locator("[g_editable=true]").innerText(), "Well.");
  await it.at(".Up .Uo").click();
  await sent(it);
  assert.equal((await sends()).length, 2);
  await until(async () => (await inbox(MARA)).length === 0, "the archive");
  await it.page.reload();
  await it.at(".ams.bkG").last().click();
  await it.at(".ip.adB .Un .mI").waitFor({ state: "attached" });
  assert.equal(await it.page.inputValue("input[name=subjectbox]"), "Fwd: Question");
});

test("Schedule send, by preset and by a time of one's own", async () => {
  const it = await fresh();
  for (const own of [false, true]) {
    await it.compose({ subject: own ? "Own time" : "Preset" });
    await it.at(".hG[aria-haspopup=true]").click();
    await it.page.locator("[role=menuitem][selector=scheduledSend]").click();
    if (own) {
      await it.at("[role=dialog] [role=menuitem].Az.AM").click();
      await it.page.locator("[role=dialog] input").last().fill("4:15 PM");
      await it.at("[role=dialog] button.mUIrbf-LgbsSe").click();
    } else {
      await shot(it, "schedule");
      await it.at("[role=dialog] [role=menuitem].Az").first().click();
    }
    await sent(it);
  }
  const waiting = (await control(`/mailbox/${MARA}`)).messages.filter((one) => one.kind === "scheduled");
  assert.deepEqual(
    waiting.map((one) => new Date(one.scheduledAt).getHours()),
    [8, 16],
  );
  await control("/flush", {});
  assert.equal((await inbox(ANA)).length, 0);
  await control("/release", { address: MARA, message: waiting[0].id });
  assert.equal((await inbox(ANA)).length, 1);
});
