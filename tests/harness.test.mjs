// The harness itself: what every end-to-end test stands on.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pattern, renamed, text, until, world } from "./lib/harness.mjs";

test("backend, simulator and browser start, the extension is ours, and it connects by the popup", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  assert.ok((await browser.worker()).url().startsWith(browser.origin), "the id is the one that the manifest's key pins");
  const { connection, policy } = await browser.storage();
  assert.equal(connection.server, backend.url);
  assert.equal(policy, "every");
  assert.equal((await sim.accounts())[0].address, "mara@fjord.example");
  await browser.gmail();
  browser.expectNoErrors();
});

test("a backend that is killed comes back with what it had", async (t) => {
  const { backend } = await world(t, { sim: false, browser: false });
  const [first, second] = await backend.mint(2);
  await fetch(first);
  await backend.kill();
  await backend.launch();
  await fetch(second);
  assert.equal((await backend.hits()).length, 2);
  assert.deepEqual(await backend.stop(), { code: 0, signal: null });
});

test("a mail goes through the simulated Gmail, in another language and with other class names", async (t) => {
  const { sim, browser } = await world(t, { backend: false, sim: { settings: { lang: "de", shuffle: 3 } } });
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: "ana@quinta.example", subject: "Hallo", body: ["Siehe ", { text: "hier", href: "https://fjord.example/" }] });
  await compose.send("keys");
  await gmail.sent();
  const mail = await sim.arrived("ana@quinta.example");
  assert.match(mail.html, /Siehe.*<a href="https:\/\/fjord\.example\/">hier<\/a>/);
});

test("waiting ends with the state, and tells what did not come", async () => {
  let asked = 0;
  assert.equal(await until(() => ++asked === 3 && "there"), "there");
  await assert.rejects(until(() => false, { what: "the moon", timeout: 10, every: 1 }), /the moon did not come/);
});

test("words and class names are found as extension and simulator make them", () => {
  assert.equal(text("en", "connect_button"), "Connect");
  assert.throws(() => text("en", "no_such_key"));
  assert.match("Opened at least once, seen 4 times, last today 11:20", pattern("en", "mail_opened"));
  assert.doesNotMatch("Opened", pattern("en", "mail_opened"));
  assert.equal(renamed("aoO", 0), "aoO");
  assert.match(renamed("aoO", 3), /^z[a-z]{6}$/);
  assert.equal(renamed("gmail_quote", 3), "gmail_quote");
});
