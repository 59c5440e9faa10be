// The page around: lists, the image proxy, accounts, languages, policies, pictures for people.

import assert from "node:assert/strict";
import { ANA, MARA, control, deliver, fresh, inbox, pictures, sends, sent, shot, tab, test, until } from "./tab.mjs";

test("rows are used again, and a search leaves the old list hidden", async () => {
  const it = await fresh({}, { mails: "demo" });
  await it.at("[role=main] tr.zA").first().waitFor();
  await it.page.evaluate(() => {
    globalThis.first = document.querySelector("[gh=tl] tr");
  });
  await it.page.evaluate(() => {
    location.hash = "#sent";
  });
  await it.at("[role=main] tr.zA").filter({ hasText: "Programme" }).waitFor();
  assert.equal(await it.page.evaluate(() => globalThis.first.isConnected), true);
  await it.page.locator("input[name=q]").fill("lease");
  await it.page.keyboard.press("Enter");
  await until(
    async () => (await it.at("[gh=tl]").count()) === 2 && (await it.at("[role=main] tr.zA").count()) === 2,
    "the result",
  );
  assert.equal(await it.at("[gh=tl]:visible").count(), 1);
  assert.ok((await it.at("tr.zA span.bog > span[data-thread-id][data-legacy-thread-id]").count()) > 2);
});

test("the reader's view goes through the image proxy, and runs nothing", async () => {
  const it = await fresh();
  pictures.requests.length = 0;
  await deliver(
    `<p onclick="x()" style="background:url(${pictures.url}/bg.gif)">Look</p><script>document.title='bad'</script><img src="${pictures.url}/o.gif" onerror="x()">` +
      '<a href="javascript:alert(1)">j</a><a href="https://a.example/?q=1">w</a><iframe src="https://a.example/"></iframe><svg><script>1</script></svg>',
  );
  await it.open("Question");
  const image = it.at(".ii.gt > .a3s.aiL img.CToWUd[data-bit=iit]");
  await until(async () => image.evaluate((img) => img.complete && img.naturalWidth === 1), "the picture");
  assert.match(
    await image.getAttribute("src"),
    /^https:\/\/ci[3-6]\.googleusercontent\.com\/meips\/ADKq_N[^=]+=s0-d-e1-ft#http/,
  );
  assert.deepEqual(
    pictures.requests.map((one) => [
      one.path,
      /GoogleImageProxy/.test(one.headers["user-agent"]),
      one.headers.referer,
      one.headers.cookie,
    ]),
    [["/o.gif", true, undefined, undefined]],
  );
  const html = await it.at(".a3s").innerHTML();
  assert.doesNotMatch(html, /script|onclick|onerror|javascript:|iframe|svg|bg\.gif/);
  assert.match(html, /data-saferedirecturl="https:\/\/www\.google\.com\/url\?q=https%3A/);
});

test("the account, several of them, and a delegated mailbox", async () => {
  const it = await fresh();
  const mark = (one) => one.page.locator('a[aria-label^="Google Account"]').getAttribute("aria-label");
  assert.match(await mark(it), /\(mara@fjord\.example\)/);
  assert.deepEqual(await it.page.evaluate(() => [globalThis.GLOBALS[10], globalThis.GLOBALS[4].split(".")[1]]), [MARA, "en"]);
  const second = await tab("/mail/u/1/");
  assert.match(await mark(second), /\(ana@quinta\.example\)/);
  await second.compose({ to: MARA });
  await second.send.click();
  await sent(second);
  const team = await tab("/mail/b/AEoRXRTeam0/u/0/");
  await team.compose({ to: MARA });
  await team.send.click();
  await sent(team);
  const urls = (await control("/requests")).map((one) => [one.account, one.url.replace(/\?.*/, "")]);
  assert.deepEqual(urls.at(-1), ["team@fjord.example", "/b/AEoRXRTeam0/sync/u/0/i/s"]);
  assert.ok(urls.some(([account, url]) => account === ANA && url === "/sync/u/1/i/s"));
  assert.deepEqual(new Set((await sends()).map((one) => one.from.address)), new Set([ANA, "team@fjord.example"]));
});

for (const [lang, label, dir] of [
  ["en", "Send \u202a(Ctrl-Enter)\u202c", "ltr"],
  ["de", "Senden \u202a(Strg-Eingabe)\u202c", "ltr"],
  ["ar", "إرسال \u202a(Ctrl-Enter)\u202c", "rtl"],
]) {
  test(`in ${lang}, with shuffled classes`, async () => {
    const it = await fresh({ lang, shuffle: 11 }, { mails: "demo" });
    assert.equal(await it.page.evaluate(() => document.documentElement.dir), dir);
    await it.compose();
    assert.equal(await it.send.getAttribute("aria-label"), label);
    assert.equal(await it.page.locator(".aoO, .M9, .zA").count(), 0);
    const background = await it.send.evaluate((button) => getComputedStyle(button).backgroundColor);
    assert.notEqual(background, "rgba(0, 0, 0, 0)");
    await shot(it, `compose-${lang}`);
    await it.send.click();
    await sent(it);
    await control("/flush", {});
    assert.equal(
      (await inbox(ANA)).some((one) => one.subject === "Hello"),
      true,
    );
  });
}

for (const csp of ["gmail", "gmail+trusted-types", "no-wasm", "none"]) {
  test(`under the policy ${csp}`, async () => {
    const it = await fresh({ csp });
    const wasm = await it.page.evaluate(() => {
      try {
        return Boolean(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(wasm, csp === "no-wasm" ? "CompileError" : true);
    const types = await it.page.evaluate(() => {
      try {
        document.createElement("p").innerHTML = "<b>x</b>";
        return false;
      } catch {
        return true;
      }
    });
    assert.equal(types, csp === "gmail+trusted-types");
    await deliver("<p>Why?</p>");
    await it.open("Question");
    await it.at(".ams.bkH").click();
    await it.page.keyboard.type("Because.");
    await it.page.keyboard.press("Control+Enter");
    await sent(it);
    assert.equal((await sends()).length, 1);
    it.errors.splice(
      0,
      it.errors.length,
      ...it.errors.filter((one) => !/TrustedHTML|WebAssembly|Content Security Policy/.test(one)),
    );
  });
}

test("pictures for people", async () => {
  if (!process.env.SHOTS) return;
  for (const theme of ["light", "dark"]) {
    const it = await fresh({ theme }, { mails: "demo" });
    await it.at("[role=main] tr.zA").first().waitFor();
    await shot(it, `inbox-${theme}`);
    await it.compose({ subject: "Invoice 2026-117", text: "Hello Ana," });
    await shot(it, `compose-${theme}`);
    await it.at(".Hm .Ha").click();
    await it.open("Minutes");
    await it.at(".ams.bkH").click();
    await it.page.keyboard.type("The room is booked.");
    await shot(it, `thread-${theme}`);
    await it.page.keyboard.press("Control+Enter");
    await sent(it);
    await shot(it, `sent-${theme}`);
  }
});
