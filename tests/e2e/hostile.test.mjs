// What a mail may hold is text, whatever it looks like: in Gmail, on the wire, at the backend, in the popup.
import assert from "node:assert/strict";
import { test } from "node:test";

import { until, world } from "../lib/harness.mjs";
import { assertMarkedOnce } from "./marks.mjs";

const ANA = "ana@quinta.example";

const SUBJECTS = {
  "HTML": '<img src=x onerror="document.title=1"><script>alert(1)</script>&amp;</title>',
  "emoji and combining marks": "👩‍👩‍👧‍👦 Z̴̢̛a̸̧l̵g̶o̷ 🏳️‍🌈 ﷽",
  "right to left, with overrides": "\u202eexe.tpircs\u202c — عرض مارس",
  "ten kilobytes": `Long ${"ä€😀".repeat(1100)}`,
  "a formula": '=HYPERLINK("https://evil.example","x")',
};

test("subjects of every kind are tracked and shown as text", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, sim: { settings: { undoSeconds: 0 } } });
  const device = await backend.device();
  const gmail = await browser.gmail();
  for (const [kind, subject] of Object.entries(SUBJECTS)) {
    const it = await gmail.compose();
    await it.fill({ to: ANA, subject, body: [`About ${kind}: `, { text: "look", href: `https://fjord.example/?q=${encodeURIComponent([...subject].slice(0, 200).join(""))}&x='"<>` }] });
    await it.send("keys");
    await it.gone();
  }
  const messages = await until(async () => {
    const { body } = await device.call("GET", "/messages");
    return body.messages.length === Object.keys(SUBJECTS).length && body.messages;
  }, { what: "the registrations" });
  assert.deepEqual(new Set(messages.map(({ content }) => content.subject)), new Set(Object.values(SUBJECTS)), "every subject came through whole");

  const popup = await browser.popup();
  await until(async () => (await popup.getByRole("listitem").count()) === messages.length, { what: "the list" });
  assert.equal(await popup.locator("img, script:not([src])").count(), 0, "nothing became an element");
  for (const mail of await sim.mailbox(ANA)) {
    const { status, location } = await sim.click(ANA, mail, 0);
    assert.equal(status, 302);
    assert.ok(location.startsWith("https://fjord.example/?q="), location);
  }
  await popup.getByRole("listitem").filter({ hasText: "onerror" }).getByRole("link").first().click();
  await popup.getByRole("heading", { name: /onerror/ }).waitFor();
  assert.equal(await popup.locator("img, script:not([src])").count(), 0, "nor on the mail's page");
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
});

test("a link that is not one, and one that is ours to leave alone", async (t) => {
  const { sim, browser } = await world(t, { connected: true });
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  const left = ["mailto:ana@quinta.example", "tel:+4712345678", "javascript:alert(1)", "data:text/html,x", "#top", "https://news.example/unsubscribe?id=1"];
  const body = left.flatMap((href, n) => [{ text: `link ${n}`, href }, " "]);
  await it.fill({ to: ANA, subject: "Links", body: ["These stay: ", ...body, { text: "https://shown.example/as-it-is", href: "https://shown.example/as-it-is" }, " and ", { text: "this one", href: "https://fjord.example/" }] });
  await it.send();
  await sim.arrived(ANA);
  const { html } = await assertMarkedOnce(sim, { own: "These stay", links: 1 });
  for (const href of ["mailto:ana@quinta.example", "tel:+4712345678", "https://news.example/unsubscribe?id=1", "https://shown.example/as-it-is"]) {
    assert.ok(html.includes(`href="${href}"`), `${href} stays as it was`);
  }
});

test("events that the observer did not make stop nothing", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, sim: { settings: { undoSeconds: 0 } } });
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Noise", body: "All well." });
  await gmail.page.evaluate(() => {
    const odd = [undefined, null, 1n, document, { toString: 1, valueOf: 1 }, "", "{", JSON.stringify({ body: `"^pfg"${"[".repeat(1e6)}` })];
    for (const type of ["ww:request", "ww:response"]) {
      for (const detail of odd) document.dispatchEvent(new CustomEvent(type, { detail }));
    }
  });
  await it.send();
  await sim.arrived(ANA);
  await assertMarkedOnce(sim, { own: "All well" });
  const device = await backend.device();
  await until(async () => (await device.call("GET", "/messages")).body.messages.length === 1, { what: "the registration" });
  assert.equal(await gmail.page.locator("waxwing-note").count(), 0, "nothing was taken for a failure");
});
