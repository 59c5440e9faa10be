// What is tracked is what the user chose: nothing until a choice is made, asking, switching off, plain text, a mail to oneself.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { Backend, Browser, GmailSim, text, until } from "../lib/harness.mjs";
import { assertMarkedOnce, assertUntouched } from "./marks.mjs";

const ANA = "ana@quinta.example";

let backend;
let sim;
let browser;
before(async () => {
  backend = await Backend.start();
  sim = await GmailSim.start();
  browser = await Browser.start({ sim });
});
after(async () => {
  await browser?.dispose();
  await sim?.dispose();
  await backend?.dispose();
});
beforeEach(() => sim.reset());

const control = (it) => it.root.getByRole("button", { name: /^Tracking/ });

async function compose({ settings } = {}) {
  if (settings) await sim.set(settings);
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Minutes", body: "Minutes and next steps." });
  await control(it).waitFor();
  return it;
}

const label = (key) => text("en", key);

describe("before any server is connected", () => {
  test("nothing is tracked, and the control says why", async () => {
    const it = await compose();
    await it.page.getByRole("button", { name: label("compose_label_not_connected") }).waitFor();
    await it.send();
    await sim.arrived(ANA);
    await assertUntouched(sim);
  });
});

describe("connected", () => {
  before(async () => {
    const popup = await browser.connect({ server: backend.url, code: await backend.pair(), policy: null });
    await popup.close();
  });

  test("until a choice is made nothing is tracked", async () => {
    const it = await compose();
    await it.page.getByRole("button", { name: label("compose_label_not_chosen") }).waitFor();
    await it.send();
    await sim.arrived(ANA);
    await assertUntouched(sim);
  });

  test("the first choice is made in the popup; asked for each mail, only what is switched on is tracked", async () => {
    const popup = await browser.popup();
    await popup.getByRole("radio", { name: "Ask for each mail" }).check();
    await popup.getByRole("button", { name: label("first_confirm") }).click();
    await until(async () => (await browser.storage()).policy === "ask", { what: "the choice" });
    await popup.close();

    const first = await compose();
    await first.send();
    await sim.arrived(ANA);
    await assertUntouched(sim);

    await sim.reset();
    const second = await compose();
    const button = control(second);
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    await button.click();
    await second.page.getByRole("button", { name: label("compose_label_tracked") }).waitFor();
    await second.send();
    await sim.arrived(ANA);
    await assertMarkedOnce(sim, { own: "Minutes and next steps" });
  });

  test("every mail: the switch in one compose is that compose's alone", async () => {
    const popup = await browser.popup();
    // By the worker, as the pages do: what is only put into the storage gives way to what the backend knows.
    await popup.evaluate(() => chrome.runtime.sendMessage({ type: "set_policy", policy: "every" }));
    await until(async () => (await browser.storage()).policy_unsent === false, { what: "the choice at the backend" });
    await popup.close();
    const gmail = await browser.gmail();
    const off = await gmail.compose();
    await off.fill({ to: ANA, subject: "Off", body: "Not this one." });
    const on = await gmail.compose();
    await on.fill({ to: ANA, subject: "On", body: "This one." });
    const switchOf = (it) => it.root.getByRole("button", { name: /^Tracking/ });
    await switchOf(off).click();
    assert.equal(await switchOf(off).getAttribute("aria-pressed"), "false");
    assert.equal(await switchOf(on).getAttribute("aria-pressed"), "true");
    await off.send();
    const mail = await sim.arrived(ANA, ({ subject }) => subject === "Off");
    assert.doesNotMatch(mail.html, /\/o\//);
    await on.send();
    const other = await sim.arrived(ANA, ({ subject }) => subject === "On");
    assert.match(other.html, /\/o\//);
  });

  test("plain text goes out untouched and is shown as not tracked", async () => {
    const it = await compose({ settings: { plainText: true } });
    await it.page.getByRole("button", { name: label("compose_label_plain") }).waitFor();
    await it.send();
    await sim.arrived(ANA);
    await assertUntouched(sim);
    const popup = await browser.popup();
    await popup.getByText(label("why_plain_text")).first().waitFor();
    await popup.close();
  });
});
