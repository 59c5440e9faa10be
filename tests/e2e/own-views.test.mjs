// The sender's own browser never loads the sender's pixels, neither in Sent nor in a quote; a recipient's does.
import assert from "node:assert/strict";
import { test } from "node:test";

import { until, world } from "../lib/harness.mjs";
import { pixels, wire } from "./marks.mjs";

const ANA = "ana@quinta.example";
const MARA = "mara@fjord.example";

test("reading one's own sent mail, a mail to oneself and a quoted answer never counts; an answer carries no old pixel", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, sim: { settings: { undoSeconds: 0, quote: "unfolded" } } });
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Boat shed roof", body: ["See ", { text: "the plan", href: "https://fjord.example/plan" }] });
  await it.send();
  const mail = await sim.arrived(ANA);
  const [pixel] = pixels(mail.html);

  // Mara looks at what she sent: Gmail shows it through the image proxy, fragment and all.
  await gmail.folder("sent");
  await gmail.open("Boat shed roof");
  await until(async () => (await gmail.page.locator('img[src*="googleusercontent"]').count()) > 0, { what: "the proxied picture" });
  await gmail.page.waitForLoadState("networkidle");

  // Ana answers from her own Gmail, quoting it; Mara reads and answers that.
  await sim.deliver({
    to: MARA,
    from: { address: ANA, name: "Ana Ruiz" },
    subject: "Re: Boat shed roof",
    html: `<div>Thanks!</div><br><div class="gmail_quote"><div class="gmail_attr">On Monday, Mara wrote:<br></div><blockquote class="gmail_quote">${mail.html}</blockquote></div>`,
  });
  await gmail.folder("inbox");
  await gmail.open("Re: Boat shed roof");
  await gmail.page.waitForLoadState("networkidle");
  const answer = await gmail.answer("reply");
  await answer.fill({ body: "You are welcome." });
  await gmail.page.waitForLoadState("networkidle");
  assert.deepEqual(await backend.hits(), [], "nothing that Mara saw counts");
  assert.deepEqual(await sim.fetches(), [], "not even the proxy was asked");
  await answer.send("keys");
  await until(async () => (await wire(sim)).sends.length === 2, { what: "the answer" });
  const { sends } = await wire(sim);
  const html = sends[1].body + (sends[1].quoted ?? "");
  const own = pixels(html);
  assert.equal(own.length, 1, `only its own pixel: ${html}`);
  assert.notEqual(own[0], pixel);
  assert.ok(!html.includes(new URL(pixel).pathname), "the older pixel is gone from the quote");
  assert.ok(html.includes('href="https://fjord.example/plan"'), "the quoted link goes straight again");

  // A recipient's view still counts.
  await sim.open(ANA, mail);
  await until(async () => (await backend.hits()).length === 1, { what: "Ana's open" });
});
