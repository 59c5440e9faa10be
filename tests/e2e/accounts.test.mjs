// Several Gmail accounts in one browser: each mail belongs to the address that sent it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Gmail, until, world } from "../lib/harness.mjs";

test("mails of /u/0, /u/1 and a delegated mailbox each name their own sender", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  const device = await backend.device();
  const open = async (path) => {
    const page = await browser.context.newPage();
    await page.goto(`https://mail.google.com${path}`);
    return Gmail.of(page);
  };
  const delegated = (await sim.accounts()).find(({ delegate }) => delegate);
  const places = [
    ["/mail/u/0/", "mara@fjord.example"],
    ["/mail/u/1/", "ana@quinta.example"],
    [`/mail/b/${delegated.delegate}/u/0/`, delegated.address],
  ];
  for (const [path, address] of places) {
    const gmail = await open(path);
    const it = await gmail.compose();
    await it.fill({ to: "ben@acme.example", subject: `From ${address}`, body: "Hello." });
    await it.send();
    await sim.arrived("ben@acme.example", ({ subject }) => subject === `From ${address}`);
  }
  const messages = await until(async () => {
    const { body } = await device.call("GET", "/messages");
    return body.messages.length === places.length && body.messages;
  }, { what: "the registrations" });
  for (const [, address] of places) {
    assert.equal(messages.find(({ content }) => content.subject === `From ${address}`)?.sender, address);
  }
});
