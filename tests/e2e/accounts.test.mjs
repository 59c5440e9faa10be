// Several Gmail accounts in one browser: each mail belongs to the address that sent it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { until, world } from "../lib/harness.mjs";

test("mails of /u/0, /u/1 and a delegated mailbox each name their own sender", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true });
  const device = await backend.device();
  const delegated = (await sim.accounts()).find(({ delegate }) => delegate);
  const places = [
    ["u/0", "mara@fjord.example"],
    ["u/1", "ana@quinta.example"],
    [`b/${delegated.delegate}/u/0`, delegated.address],
  ];
  for (const [path, address] of places) {
    const gmail = await browser.gmail({ path });
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
