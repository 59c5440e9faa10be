// Where Waxwing cannot run: a page that forbids WebAssembly, a tab that outlived an update. Mails leave untouched, and it says so.
import { test } from "node:test";

import { text, until, world } from "../lib/harness.mjs";
import { assertMarkedOnce, assertUntouched } from "./marks.mjs";

const ANA = "ana@quinta.example";

for (const way of ["mouse", "keys"]) {
  test(`a page that forbids WebAssembly: the mail sent by ${way} leaves untouched and is shown as not tracked`, async (t) => {
    const { sim, browser } = await world(t, { connected: true, sim: { settings: { csp: "no-wasm" } } });
    const gmail = await browser.gmail();
    const it = await gmail.compose();
    await it.fill({ to: ANA, subject: "Strict", body: "Untouched." });
    await it.send(way);
    await sim.arrived(ANA);
    await assertUntouched(sim);
    const popup = await browser.popup();
    await popup.getByRole("listitem").filter({ hasText: "Strict" }).getByText(text("en", "why_wasm_forbidden")).waitFor();
  });
}

test("Gmail's announced trusted types: everything works", async (t) => {
  const { sim, browser } = await world(t, { connected: true, sim: { settings: { csp: "gmail+trusted-types" } } });
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Typed", body: "All well." });
  await it.send();
  await sim.arrived(ANA);
  await assertMarkedOnce(sim, { own: "All well" });
});

test("the extension is reloaded under an open tab: the old script stops, says so, and mails leave untouched", async (t) => {
  const { sim, browser } = await world(t, { connected: true });
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Old tab", body: "Still here." });
  await it.root.getByRole("button", { name: /^Tracking/ }).waitFor();
  // It ends with its answer, which may never come: what follows is waited for below.
  (await browser.worker()).evaluate(() => chrome.runtime.reload()).catch(() => {});
  await until(async () => (await it.root.getByRole("button", { name: /^Tracking/ }).count()) === 0, { what: "the controls' end", timeout: 30_000 });
  await gmail.page.getByText(text("en", "page_orphaned")).first().waitFor();
  await it.send();
  await sim.arrived(ANA);
  await assertUntouched(sim);
});
