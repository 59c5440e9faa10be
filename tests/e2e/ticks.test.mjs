// In Gmail: ticks in lists, the line under an own message, and the user's own views.
import assert from "node:assert/strict";
import { test } from "node:test";

import { text, until, world } from "../lib/harness.mjs";

const ANA = "ana@quinta.example";
const MARA = "mara@fjord.example";

/** Sends a tracked mail and waits until it has arrived. */
async function send(gmail, sim, { to = ANA, subject, body = ["Dear Ana: ", { text: "the plan", href: "https://fjord.example/plan?a=1" }] }) {
  const compose = await gmail.compose();
  await compose.fill({ to, subject, body });
  await compose.send("keys");
  await compose.gone();
  return sim.arrived(ANA, (mail) => mail.subject === subject);
}

const tick = (gmail, subject) => gmail.row(subject).locator(".ww-host-tick").getByRole("img");
const frames = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The words of a key up to its first value, without marks. */
const start = (lang, key) => text(lang, key, "\u0000", "\u0000", "\u0000").split("\u0000")[0].replaceAll("*", "").trim();

test("a sent mail has a tick that follows what comes of it, with a tooltip for mouse and keys", async (t) => {
  const { sim, browser } = await world(t, { connected: true, backend: { trusting: true }, sim: { settings: { undoSeconds: 0 } } });
  const gmail = await browser.gmail();
  const mail = await send(gmail, sim, { subject: "Offer for March" });
  await sim.deliver({ to: MARA, from: { address: ANA, name: "Ana Ruiz" }, subject: "Something else", html: "Hello" });

  await gmail.folder("sent");
  const mine = tick(gmail, "Offer for March");
  await mine.waitFor();
  await until(async () => (await mine.getAttribute("aria-label")).startsWith(start("en", "mail_sealed_new")), { what: "the sealed tick" });

  await sim.open(ANA, mail);
  await until(async () => (await mine.getAttribute("aria-label")).startsWith("Opened at least once"), { what: "the opened tick" });

  await mine.hover();
  const tip = gmail.page.locator(".ww-host-tip").getByRole("tooltip");
  await tip.waitFor();
  assert.match(await tip.textContent(), /^Opened at least once/);
  await gmail.page.mouse.move(5, 5);
  await tip.waitFor({ state: "hidden" });

  await mine.focus();
  await tip.waitFor();
  assert.equal(await mine.getAttribute("tabindex"), "0", "ticks are one stop of the Tab key");
  await gmail.page.keyboard.press("Escape");
  await tip.waitFor({ state: "hidden" });
  assert.ok(await gmail.row("Offer for March").isVisible(), "Escape closed nothing else");

  await gmail.folder("inbox");
  await gmail.row("Something else").waitFor();
  await frames(gmail.page);
  assert.equal(await gmail.page.locator('[role="main"] .ww-host-tick').count(), 0, "nothing is shown for mails that are not ours");
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
});

test("a row that becomes another conversation's never shows the tick of the one before", async (t) => {
  const { sim, browser } = await world(t, { connected: true, backend: { trusting: true }, sim: { settings: { undoSeconds: 0 } } });
  const gmail = await browser.gmail();
  await send(gmail, sim, { subject: "First of two" });
  await gmail.folder("sent");
  await tick(gmail, "First of two").waitFor();
  const id = '[role="main"] [role="link"] [data-legacy-thread-id]';
  const own = await gmail.page.locator(id).getAttribute("data-legacy-thread-id");
  /** Gives the row another id, and tells how many ticks are left when the next frame is painted. */
  const rename = (name) =>
    gmail.page.evaluate(
      async ([id, name]) => {
        const subject = document.querySelector(id);
        if (name === null) subject.removeAttribute("data-legacy-thread-id");
        else subject.setAttribute("data-legacy-thread-id", name);
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return document.querySelectorAll('[role="main"] .ww-host-tick').length;
      },
      ['[role="main"] [role="link"] .bqe, [role="main"] [role="link"] [data-thread-id]', name],
    );
  for (const other of ["183234ce86ffa010", "r-4437691956637862", "", null]) {
    assert.equal(await rename(other), 0, `${other}: the tick is gone before anybody sees it`);
    await rename(own);
    await tick(gmail, "First of two").waitFor();
  }

  // A search has a list of its own; the old one stays in the document, hidden.
  await send(gmail, sim, { subject: "Second of two" });
  await gmail.page.evaluate(() => (location.hash = "#search/Second"));
  await tick(gmail, "Second of two").waitFor();
  await until(async () => (await gmail.page.locator('[role="main"] .ww-host-tick').count()) === 1, { what: "the one tick of what was found" });
  await gmail.folder("inbox");
  await gmail.folder("sent");
  await tick(gmail, "First of two").waitFor();
  await tick(gmail, "Second of two").waitFor();
});

for (const [lang, settings] of [
  ["de", { lateIds: true, shuffle: 7, lang: "de" }],
  ["en", { lateIds: true, lang: "ar", theme: "dark" }],
]) {
  test(`ids that come late, other classes, Gmail in ${settings.lang}: the tick and the line are there, in ${lang}`, async (t) => {
    const { sim, browser } = await world(t, { connected: true, backend: { trusting: true }, sim: { settings: { undoSeconds: 0, ...settings } }, browser: { lang } });
    const gmail = await browser.gmail();
    await send(gmail, sim, { subject: "Fähre um neun" });
    await gmail.folder("sent");
    const mine = tick(gmail, "Fähre um neun");
    await mine.waitFor();
    // Until the backend has it, it says that it is on its way there.
    await until(async () => (await mine.getAttribute("aria-label")).startsWith(start(lang, "mail_sealed_new")), { what: "the sealed tick" });
    if (settings.theme === "dark") {
      await gmail.page.locator('.ww-host-tick[data-theme="dark"]').waitFor({ state: "attached" });
    }
    await gmail.open("Fähre um neun");
    const line = gmail.page.locator(".ww-host-line");
    await line.waitFor();
    await until(async () => (await line.getByRole("button").first().textContent()).startsWith(start(lang, "mail_sealed_new")), { what: "the sealed line" });
    assert.equal(await line.locator("section").getAttribute("dir"), "ltr");
  });
}

test("the line under an own message unfolds into its timeline, takes a correction and mutes", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, backend: { trusting: true }, sim: { settings: { undoSeconds: 0 } } });
  const gmail = await browser.gmail();
  const subject = '<img src=x onerror="document.title=1"> \u202eboat';
  const mail = await send(gmail, sim, { subject, body: ["Look: ", { text: "here", href: "https://fjord.example/<b>\u202e?q=<script>" }] });
  await sim.open(ANA, mail);
  await until(async () => (await backend.hits()).length === 1, { what: "the open" });

  await gmail.folder("sent");
  await gmail.open("boat");
  const line = gmail.page.locator(".ww-host-line");
  const fold = line.getByRole("button").first();
  await until(async () => (await fold.textContent()).startsWith("Opened at least once"), { what: "the line" });
  assert.equal(await fold.getAttribute("aria-expanded"), "false");
  await fold.press("Enter");
  await line.getByRole("listitem").first().waitFor();
  assert.equal(await fold.getAttribute("aria-expanded"), "true");
  assert.equal(await line.getByRole("listitem").count(), 1);
  assert.ok(await line.getByRole("listitem").getByText(/confidence/).isVisible(), "label, confidence and reason stand together");

  await line.getByRole("button", { name: text("en", "was_me") }).click();
  await line.getByRole("button", { name: text("en", "undo"), exact: true }).waitFor();
  assert.match(await line.getByRole("listitem").textContent(), new RegExp(text("en", "told_own")));
  await until(async () => !(await fold.textContent()).startsWith("Opened"), { what: "the count without it" });
  await line.getByRole("button", { name: text("en", "undo"), exact: true }).click();
  await until(async () => (await fold.textContent()).startsWith("Opened at least once"), { what: "the count with it again" });

  await line.getByRole("button", { name: text("en", "cannot_show") }).click();
  await line.getByText(text("en", "cannot_show_says")).waitFor();
  await line.getByRole("button", { name: text("en", "mute"), exact: true }).click();
  await line.getByRole("button", { name: text("en", "unmute"), exact: true }).waitFor();
  assert.equal(await line.locator("img, script").count(), 0, "nothing foreign became an element");
  await fold.press("Enter");
  await line.getByRole("listitem").first().waitFor({ state: "hidden" });
});

test("an own message on screen is told once; a quote of it in another's mail gets no line", async (t) => {
  const { sim, browser } = await world(t, { connected: true, backend: { trusting: true }, sim: { settings: { undoSeconds: 0 } } });
  const worker = await browser.worker();
  await worker.evaluate(() => {
    globalThis.viewed = [];
    chrome.runtime.onMessage.addListener((message) => {
      if (message.type === "own_view") globalThis.viewed.push(message.id);
    });
  });
  const viewed = () => worker.evaluate(() => globalThis.viewed);
  const gmail = await browser.gmail();
  const mail = await send(gmail, sim, { subject: "Boat shed" });
  assert.deepEqual(await viewed(), [], "writing is no view");
  await gmail.folder("sent");
  await gmail.open("Boat shed");
  await gmail.page.locator(".ww-host-line").waitFor();
  await until(async () => (await viewed()).length === 1, { what: "the own view" });
  // The page changes; the message stays on screen.
  await gmail.page.evaluate(() => document.body.append(document.createElement("i")));
  await frames(gmail.page);

  await sim.deliver({
    to: MARA,
    from: { address: ANA, name: "Ana Ruiz" },
    subject: "Re: Boat shed, answered",
    html: `<div>Thanks!</div><div class="gmail_quote"><blockquote class="gmail_quote">${mail.html}</blockquote></div>`,
  });
  await gmail.folder("inbox");
  await gmail.open("Re: Boat shed, answered");
  await until(async () => (await viewed()).length === 2, { what: "the view of the quoted picture" });
  const [first, second] = await viewed();
  assert.equal(first, second, "it is the same mail's");
  assert.equal(await gmail.page.locator('[role="main"] .ww-host-line').count(), 0, "the quote is no own message");
});
