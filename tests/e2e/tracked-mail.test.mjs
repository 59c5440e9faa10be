// The way of a tracked mail, from the click on Send to the popup.
import assert from "node:assert/strict";
import { test } from "node:test";

import { text, until, world } from "../lib/harness.mjs";
import { assertMarkedOnce } from "./marks.mjs";

const ANA = "ana@quinta.example";

test("a mail is sent, opened and clicked, and the popup shows it with times", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, backend: { trusting: true, clock: true } });
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({
    to: ANA,
    subject: "Offer for the March workshop",
    body: ["Dear Ana, here it is: ", { text: "the plan", href: "https://fjord.example/plan?a=1&b=2#top" }],
  });
  await compose.send("mouse");

  const mail = await sim.arrived(ANA);
  const { links } = await assertMarkedOnce(sim, { own: "here it is", links: 1 });
  assert.ok(links[0].startsWith(`${backend.url}/c/`), links[0]);

  const popup = await browser.popup();
  const row = popup.getByRole("listitem").filter({ hasText: "Offer for the March workshop" });
  await row.waitFor();
  assert.deepEqual(await backend.hits(), [], "nobody has opened it yet");

  await sim.open(ANA, mail);
  const [open] = await until(async () => (await backend.hits()).length === 1 && (await backend.hits()), { what: "the open" });
  assert.equal(open.kind, "open");
  assert.match(open.agent, /GoogleImageProxy/);
  await row.filter({ hasText: /Opened/ }).waitFor();

  // Nobody follows a link within five seconds of sending: such a click could be anything.
  await backend.advance(5_500);
  const { status, location } = await sim.click(ANA, mail, 0);
  assert.equal(status, 302);
  assert.equal(location, "https://fjord.example/plan?a=1&b=2#top");
  await row.filter({ hasText: /checking a click/ }).waitFor();
  const hits = await backend.hits();
  assert.deepEqual(hits.map(({ kind }) => kind), ["open", "click"]);
  assert.ok(hits.every(({ message }) => message === open.message), "both are of the same message");

  await row.getByRole("link").or(row.getByRole("button")).first().click();
  await popup.getByRole("heading", { name: "Offer for the March workshop" }).waitFor();
  // For half a minute others of a filter's burst could still follow; then it is a person's, on the open page too.
  await popup.getByRole("heading", { name: text("en", "told_checking") }).waitFor();
  await backend.advance(30_000);
  await popup.getByRole("heading", { name: text("en", "told_click") }).waitFor();
  const times = await popup.locator("time").count();
  assert.ok(times >= 3, `sent, opened and clicked each have a time, found ${times}`);
  await popup.getByRole("button", { name: text("en", "back") }).click();
  await row.filter({ hasText: /Clicked/ }).waitFor();
  // The composer asks for the pixel that it now holds: the blocking rule answers.
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
});
