// Sending: each gesture, both recipient interfaces, taking back, what goes wrong.

import assert from "node:assert/strict";
import { ANA, control, fresh, inbox, sends, sent, summaries, test, until } from "./tab.mjs";

for (const [how, act] of [
  ["a click on Send", (it) => it.send.click()],
  ["Ctrl+Enter", (it) => it.page.keyboard.press("Control+Enter")],
  ["Meta+Enter", (it) => it.page.keyboard.press("Meta+Enter")],
  ["Enter on Send", (it) => it.send.press("Enter")],
  ["Space on Send", (it) => it.send.press("Space")],
]) {
  test(`${how} sends what the editor holds at that moment`, async () => {
    const it = await fresh();
    await it.compose();
    await until(async () => (await summaries()).some((one) => one.kind === "draft" && one.text === "One line"), "the draft");
    // As the extension does it: in the capture phase of the very event.
    await it.page.evaluate(() => {
      const mark = () => {
        const body = document.querySelector("[g_editable=true]");
        if (!body.querySelector("i")) body.append(Object.assign(document.createElement("i"), { textContent: "!" }));
      };
      addEventListener("click", mark, true);
      addEventListener(
        "keydown",
        (event) =>
          (event.ctrlKey || event.metaKey || event.target.role === "button") &&
          event.key !== "Control" &&
          event.key !== "Meta" &&
          mark(),
        true,
      );
    });
    await act(it);
    await sent(it);
    const all = await sends();
    assert.equal(all.length, 1);
    assert.equal(all[0].body, '<div dir="ltr">One line<i>!</i></div>');
    assert.equal(all[0].position, "update");
    assert.ok((await summaries()).filter((one) => one.kind === "draft").every((one) => !one.body.includes("<i>")));
    assert.equal((await inbox(ANA)).length, 0);
    await control("/flush", {});
    assert.equal((await inbox(ANA))[0].html, '<div dir="ltr">One line<i>!</i></div>');
  });
}

test("a mail that leaves before any save stands where a first save does", async () => {
  const it = await fresh({ autosaveMs: 60_000 });
  await it.page.click("[gh=cm]");
  await it.page.keyboard.type(`${ANA},`);
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  assert.deepEqual(
    (await summaries()).map((one) => [one.kind, one.position]),
    [["send", "first-new"]],
  );
});

test("typed but uncommitted text becomes a recipient at Send; a bad address stops it", async () => {
  const it = await fresh();
  await it.compose({ to: null });
  await it.at(".oL.aDm").click();
  await it.page.keyboard.type("nobody at all");
  await it.page.keyboard.press("Control+Enter");
  await it.page.locator("body > [role=alertdialog]").waitFor();
  assert.equal((await sends()).length, 0);
  await it.page.keyboard.press("Enter");
  await it.at(".oL.aDm").click();
  await it.at(".afW").click();
  await it.at("input.agP").first().click();
  await it.page.keyboard.type("Ana <ana@quinta.example>");
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  assert.deepEqual((await sends())[0].to, [{ address: ANA, name: "Ana" }]);
});

test("the classic recipient interface", async () => {
  const it = await fresh({ recipients: "classic" });
  await it.compose({ to: "Ana Ruiz <ana@quinta.example>, ben@acme.example" });
  assert.equal(await it.at(".vR > input[type=hidden][name=to]").count(), 2);
  assert.equal(await it.at(".oL.aDm.az9 span[email]").count(), 2);
  await it.send.click();
  await sent(it);
  assert.deepEqual(
    (await sends())[0].to.map((one) => one.address),
    [ANA, "ben@acme.example"],
  );
});

test("only genuine gestures send where that is asked for", async () => {
  const it = await fresh({ requireTrusted: true });
  await it.compose();
  await it.send.evaluate((button) => button.click());
  assert.equal((await sends()).length, 0);
  await it.send.click();
  await sent(it);
  assert.equal((await sends()).length, 1);
});

test("an empty mail is asked about", async () => {
  const it = await fresh({ confirmEmpty: true });
  const asked = [];
  it.page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    if (asked.length === 1) dialog.dismiss();
    else dialog.accept();
  });
  await it.compose({ subject: "", text: "" });
  await it.page.keyboard.press("Control+Enter");
  await until(() => asked.length === 1, "the question");
  assert.equal((await sends()).length, 0);
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  assert.deepEqual(asked, ["confirm", "confirm"]);
});

test("undo brings the mail back with all that was in it, as the same draft", async () => {
  const it = await fresh();
  await it.compose();
  const draft = await it.page.inputValue("input[name=draft]");
  await it.page.evaluate(() => {
    const body = document.querySelector("[g_editable=true]");
    body.append(Object.assign(document.createElement("img"), { src: "https://x.example/o/a/t.gif", width: 1 }));
  });
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  const link = it.page.locator("#link_undo");
  assert.match(await link.getAttribute("param"), /^#thread-a:r/);
  assert.equal(await it.page.locator("#link_vsm").count(), 1);
  await link.click();
  await it.at(".M9").waitFor();
  assert.equal(await it.page.inputValue("input[name=draft]"), draft);
  assert.equal(await it.page.locator("[g_editable=true] img").count(), 1);
  await control("/flush", {});
  assert.equal((await inbox(ANA)).length, 0);
  await it.page.locator("[g_editable=true]").click();
  await it.page.keyboard.type("More. ");
  const saved = await until(
    async () => (await summaries()).find((one) => one.kind === "draft" && one.body.includes("More.")),
    "a save",
  );
  assert.equal(`#${saved.draft}`, draft);
  await it.send.click();
  await sent(it);
  await control("/flush", {});
  assert.equal((await inbox(ANA)).length, 1);
});

test("undo after the window is too late", async () => {
  const it = await fresh();
  await it.compose();
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  await control("/flush", {});
  await it.page.locator("#link_undo").click();
  await it.page.locator("#link_undo").waitFor({ state: "detached" });
  assert.equal(await it.at(".M9").count(), 0);
});

test("a lost answer is asked for again and the mail leaves once", async () => {
  const it = await fresh();
  await it.compose();
  await control("/faults", { send: "drop-after-effect", times: 1 });
  await it.page.keyboard.press("Control+Enter");
  await sent(it);
  await control("/flush", {});
  assert.equal((await inbox(ANA)).length, 1);
  it.errors.length = 0;
});

test("a mail that cannot be sent comes back", async () => {
  const it = await fresh();
  await it.compose();
  await control("/faults", { send: "error" });
  await it.page.keyboard.press("Control+Enter");
  await it.at(".M9").waitFor({ state: "detached" });
  await it.at(".M9").waitFor();
  assert.equal(await it.page.locator("[g_editable=true]").innerText(), "One line");
  it.errors.length = 0;
});

for (const settings of [{ transport: "fetch" }, { batched: true }, { lateIds: true }, { titleBar: "img" }]) {
  test(`sending with ${JSON.stringify(settings)}`, async () => {
    const it = await fresh(settings);
    await it.compose();
    await it.page.keyboard.press("Control+Enter");
    await sent(it);
    const last = (await control("/requests")).at(-1).summary;
    if (settings.batched)
      assert.deepEqual(
        last.map((one) => one.kind),
        ["draft", "send"],
      );
    await control("/flush", {});
    assert.equal((await inbox(ANA))[0].html, '<div dir="ltr">One line</div>');
  });
}

test("plain text", async () => {
  const it = await fresh({ plainText: true });
  await it.page.click("[gh=cm]");
  await it.page.keyboard.type(`${ANA},`);
  await it.page.locator("input[name=subjectbox]").fill("Plain");
  await it.at("textarea.Ak").fill("a < b");
  await it.at("textarea.Ak").press("Control+Enter");
  await sent(it);
  assert.deepEqual([(await sends())[0].plain, (await sends())[0].body], [true, "a &lt; b"]);
});

test("another sender address", async () => {
  const it = await fresh();
  await it.compose();
  await it.at(".oL.aDm").click();
  await it.at(".az4").click();
  await it.page.locator('[role=menu] [role=menuitem][value="office@fjord.example"]').click();
  assert.equal(await it.page.inputValue("input[name=from]"), "office@fjord.example");
  await it.send.click();
  await sent(it);
  assert.equal((await sends())[0].from.address, "office@fjord.example");
});
