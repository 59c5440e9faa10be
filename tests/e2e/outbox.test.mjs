// What was sent is in the outbox until the backend has it: whatever dies in between.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, text, until, world } from "../lib/harness.mjs";
import { pixels } from "./marks.mjs";

const ANA = "ana@quinta.example";

async function send(gmail, subject) {
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject, body: `About ${subject}.` });
  await it.send("keys");
}

/** The messages that wait; one may have several entries until they are folded into one. */
const waiting = async (browser) => {
  const keys = Object.keys(await browser.storage()).filter((key) => key.startsWith("outbox:"));
  return [...new Set(keys.map((key) => key.split(":").at(-1)))];
};

test("the backend is down: mails go out tracked, wait in order, survive the browser's end, and arrive afterwards", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  const device = await backend.device();
  await backend.stop();
  const gmail = await browser.gmail();
  for (const subject of ["First", "Second", "Third"]) {
    await send(gmail, subject);
    await sim.arrived(ANA, (mail) => mail.subject === subject);
  }
  await until(async () => (await waiting(browser)).length === 3, { what: "three entries" });
  for (const mail of await sim.mailbox(ANA)) assert.equal(pixels(mail.html).length, 1, "it left tracked all the same");

  const popup = await browser.popup();
  await popup.getByRole("listitem").filter({ hasText: "Third" }).waitFor();
  await popup.close();

  // The whole browser ends and starts again on the same profile.
  browser.ownsProfile = false;
  await browser.dispose();
  const second = await Browser.start({ sim, profile: browser.profile });
  t.after(() => second.dispose());
  second.ownsProfile = true;
  assert.equal((await waiting(second)).length, 3);

  await backend.launch();
  const again = await second.popup();
  await until(async () => {
    await again.evaluate(() => chrome.runtime.sendMessage({ type: "flush" }));
    return (await waiting(second)).length === 0;
  }, { what: "an empty outbox", timeout: 40_000 });
  const { body } = await device.call("GET", "/messages");
  assert.deepEqual(body.messages.map(({ content }) => content.subject), ["Third", "Second", "First"]);
});

test("the worker is killed between send and acknowledgement: registered once, by the next worker", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  const device = await backend.device();
  const gmail = await browser.gmail();
  await backend.stop();
  await send(gmail, "Killed");
  await until(async () => (await waiting(browser)).length === 1, { what: "the entry" });
  await browser.stopWorkers();
  await backend.launch();
  const popup = await browser.popup();
  await until(async () => {
    await popup.evaluate(() => chrome.runtime.sendMessage({ type: "flush" }));
    const { body } = await device.call("GET", "/messages");
    return body.messages.length === 1;
  }, { what: "the registration", timeout: 40_000 });
  await until(async () => (await waiting(browser)).length === 0, { what: "an empty outbox" });
  void sim;
});

test("the tab is closed right after Send: registered all the same", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, sim: { settings: { undoSeconds: 0 } } });
  const device = await backend.device();
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "And gone", body: "Bye." });
  await it.send("keys");
  await gmail.page.close();
  const mail = await sim.arrived(ANA);
  assert.equal(pixels(mail.html).length, 1);
  await until(async () => (await device.call("GET", "/messages")).body.messages.some(({ content }) => content.subject === "And gone"), { what: "the registration" });
});

test("two windows send at once: two mails, two ids, both registered", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  const device = await backend.device();
  const windows = [];
  for (const subject of ["Left", "Right"]) {
    const gmail = await browser.gmail();
    const it = await gmail.compose();
    await it.fill({ to: ANA, subject, body: subject });
    windows.push(it);
  }
  await Promise.all(windows.map((it) => it.send("mouse")));
  const arrived = await until(async () => {
    await sim.flush();
    const mails = await sim.mailbox(ANA);
    return mails.length === 2 && mails;
  }, { what: "both mails" });
  assert.equal(new Set(arrived.map(({ html }) => pixels(html)[0])).size, 2);
  await until(async () => (await device.call("GET", "/messages")).body.messages.length === 2, { what: "both registrations" });
});

test("a revoked device: mails still leave, nothing is lost, and pairing again brings them in", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  const device = await backend.device();
  const { body } = await device.call("GET", "/devices");
  const other = body.devices ?? body;
  const mine = other.find(({ current }) => !current);
  assert.equal((await device.call("DELETE", `/devices/${mine.id}`)).status, 204);
  const popup = await browser.popup();
  await popup.evaluate(() => chrome.runtime.sendMessage({ type: "list", query: "", state: null, before: null }));
  await until(async () => (await browser.storage()).link?.state === "revoked", { what: "the news of it" });
  const gmail = await browser.gmail();
  await send(gmail, "In between");
  await sim.arrived(ANA);
  await popup.close();
  const again = await browser.popup();
  await again.getByRole("button", { name: text("en", "pair_again") }).or(again.getByRole("link", { name: text("en", "pair_again") })).first().click();
  assert.equal(await again.getByLabel("Server address").inputValue(), backend.url, "the address is known");
  await again.getByLabel("Pairing code").fill(await backend.pair());
  await again.getByRole("button", { name: "Connect", exact: true }).click();
  await until(async () => (await browser.storage()).link?.state === "up", { what: "the connection" });
  await send(gmail, "Afterwards");
  await until(async () => {
    const subjects = (await device.call("GET", "/messages")).body.messages.map(({ content }) => content.subject);
    return subjects.join() === "Afterwards,In between" && subjects;
  }, { what: "both mails" });
});
