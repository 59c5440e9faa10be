// A backend that is given up: its links still lead where they led, nothing else is left, and nothing is stored. And the file for a
// host that serves files, which sends nobody anywhere by itself.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { chromium as playwright } from "playwright-core";

import { Backend, Mint, Program, chromium, freePort, run, until, waxwingBin } from "../lib/harness.mjs";

const TARGET = "https://example.org/a?b=1&c=ä#d";

/** `waxwing links-only` on a data folder. */
async function linksOnly(t, dataDir, port) {
  const program = new Program(waxwingBin(), ["links-only", "--data-dir", dataDir, "--listen", `127.0.0.1:${port}`]);
  t.after(() => program.running && program.end("SIGKILL"));
  await until(
    async () => {
      if (!program.running) throw new Error(program.stderr);
      return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    },
    { what: "links only" },
  );
  return program;
}

const ask = (url, more = {}) => fetch(url, { redirect: "manual", ...more });

test("links lead where they led, with the database and without; nothing else is there", async (t) => {
  const backend = await Backend.start();
  t.after(() => backend.dispose());
  const device = await backend.device();
  const { pixel, links } = new Mint(device.paired).marks([TARGET]);
  assert.equal((await ask(links[0])).status, 302);
  assert.equal((await ask(pixel)).status, 200);
  const beside = new Program(waxwingBin(), ["links-only", "--data-dir", backend.dataDir, "--listen", "127.0.0.1:0"]);
  assert.equal((await beside.ended).code, 1, "not beside a backend");
  assert.match(beside.stderr, /another `waxwing serve` runs/);
  const token = device.paired.device_token;
  await backend.stop();
  const before = await backend.hits();
  assert.equal(before.length, 2);

  const alone = await mkdtemp(join(tmpdir(), "waxwing-links-"));
  t.after(() => rm(alone, { recursive: true, force: true }));
  await copyFile(join(backend.dataDir, "mint.root"), join(alone, "mint.root"));
  for (const dataDir of [backend.dataDir, alone]) {
    const program = await linksOnly(t, dataDir, backend.port);
    const followed = await ask(links[0]);
    assert.equal(followed.status, 302);
    assert.equal(followed.headers.get("location"), new URL(TARGET).href);
    assert.equal(followed.headers.get("referrer-policy"), "no-referrer");
    assert.equal((await ask(links[0], { method: "HEAD" })).status, 302);
    const picture = await ask(pixel);
    assert.equal(picture.status, 200);
    assert.equal(Buffer.from(await picture.arrayBuffer()).subarray(0, 6).toString("latin1"), "GIF89a");
    const forged = await ask(links[0].replace(/u=.*/, `u=${encodeURIComponent("https://evil.example/<b>")}`));
    assert.equal(forged.status, 404);
    assert.equal(forged.headers.get("location"), null);
    const said = await forged.text();
    assert.ok(said.includes("https://evil.example/&lt;b&gt;"), said);
    for (const [path, status] of [["/api/v1/messages", 410], ["/", 410], ["/account", 410], ["/c/x", 404], ["/o/x", 200]]) {
      const answer = await ask(`${backend.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get("set-cookie"), null);
    }
    assert.equal((await ask(links[0], { method: "POST" })).status, 405);
    assert.equal((await program.end("SIGTERM")).code, 0);
  }
  assert.deepEqual(await backend.hits(), before, "nothing was stored");

  // Without the key there is nothing that links could be checked by, and none is made.
  await rm(join(alone, "mint.root"));
  const { code, stderr } = await run(waxwingBin(), ["links-only", "--data-dir", alone, "--listen", "127.0.0.1:0"]);
  assert.equal(code, 1);
  assert.match(stderr, /mint\.root/);
});

test("the file shows where a link leads, as text, and sends nobody anywhere", async (t) => {
  const { code, stdout: file } = await run(waxwingBin(), ["links-only", "--page"]);
  assert.equal(code, 0);
  const port = await freePort();
  const server = createServer((_, answer) => answer.writeHead(404, { "content-type": "text/html" }).end(file));
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => server.close());
  const browser = await playwright.launch({ executablePath: chromium(), args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"] });
  t.after(() => browser.close());

  const open = async (path, locale = "en-GB") => {
    const context = await browser.newContext({ locale });
    const page = await context.newPage();
    const troubles = [];
    page.on("console", (line) => line.type() === "error" && !line.text().includes("404") && troubles.push(line.text()));
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("dialog", (dialog) => troubles.push(dialog.message()));
    await page.goto(`http://127.0.0.1:${port}${path}`);
    const shown = {
      title: await page.locator("h1").innerText(),
      target: await page.locator(".target").allInnerTexts(),
      ways: await page.locator("a").evaluateAll((links) => links.map((link) => link.href)),
      lang: await page.evaluate(() => document.documentElement.lang),
      markup: await page.locator("main script, main img, main b b").count(),
      url: page.url(),
    };
    await context.close();
    assert.deepEqual(troubles, []);
    assert.equal(shown.markup, 0, "text stays text");
    assert.ok(shown.url.startsWith(`http://127.0.0.1:${port}/`), "it stays where it is");
    return shown;
  };
  const link = (target) => `/c/abc/token/mac?u=${encodeURIComponent(target)}`;
  assert.deepEqual((await open(link(TARGET))).ways, [new URL(TARGET).href]);
  assert.deepEqual((await open(link("https://a.example/?x=1+2%2B3"))).target, ["https://a.example/?x=1+2%2B3"]);
  const german = await open(`/mounted${link("http://b.example/")}`, "de-DE");
  assert.deepEqual([german.lang, german.title, german.ways], ["de", "Ein Link aus einer E-Mail", ["http://b.example/"]]);
  for (const target of [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://bank.example@evil.example/",
    "<img src=x onerror=alert(1)>",
    "mailto:a@b.example",
    `x${"y".repeat(6_000)}`,
  ]) {
    const { ways, target: said } = await open(link(target));
    assert.deepEqual(ways, [], target.slice(0, 60));
    assert.equal(said.length, 1);
  }
  assert.deepEqual((await open(link("gnp.\u202eexe"))).target, ["gnp.[U+202E]exe"]);
  for (const path of ["/", "/c/abc/token/mac", "/c/abc/token/mac?u=%E0%A4", "/c/abc?u=https://c.example/", "/o/abc/token.gif"]) {
    const { ways, target } = await open(path);
    assert.deepEqual([ways, target], [[], []], path);
  }
});
