// Sending later from Gmail: the clock beside Send, the panel, the toast, the list; and a mail that goes out at its time with the
// browser closed.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { Backend, Browser, until, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail, standing } from "../lib/later.mjs";
import { frame, keyAway, noFrame, pressAway, understood } from "../lib/panel.mjs";

const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";

/** Everything, with Mara's mailbox connected unless said otherwise. */
async function later(t, { mailbox = true, sim: simOptions = {}, browser = {} } = {}) {
  const made = await world(t, { backend: false, browser: false, sim: simOptions });
  made.backend = await Backend.start({ env: asGoogle(made.sim), clock: true });
  t.after(() => made.backend.dispose());
  made.device = await made.backend.device();
  if (mailbox) made.mailbox = await connectGmail(made.device, MARA);
  const start = async (options = {}) => {
    const opened = await Browser.start({ sim: made.sim, ...browser, ...options });
    t.after(() => opened.dispose());
    return opened;
  };
  made.start = start;
  made.browser = await start();
  const popup = await made.browser.connect({ server: made.backend.url, code: await made.backend.pair() });
  await popup.close();
  return made;
}

/** The clock of a compose: in its toolbar, behind our shadow root. */
const clock = (compose) => compose.root.locator(".ww-host").getByRole("button", { name: /^Send later/ });

const toast = (page) => page.locator(".ww-host-toast .ww-toast");

test("by keyboard alone: the panel opens, what is typed stays in it, Escape gives the focus back", async (t) => {
  const { browser } = await later(t);
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "Samples", body: "They left this morning." });
  await clock(compose).focus();
  await gmail.page.keyboard.press("Enter");
  const panel = await frame(gmail.page);
  await panel.getByRole("textbox", { name: "When" }).waitFor();
  assert.equal(await clock(compose).getAttribute("aria-expanded"), "true");
  // Typed at once, without a click: the frame has the focus. Gmail's page hears of none of it.
  await gmail.page.evaluate(() => {
    window.heard = [];
    for (const type of ["keydown", "keypress", "keyup", "input"]) addEventListener(type, (event) => window.heard.push(event.key), true);
  });
  await until(() => panel.evaluate(() => document.activeElement?.id === "when"), { what: "the focus in the field" });
  await gmail.page.keyboard.type("tomorrow 9am");
  await panel.getByRole("button", { name: /^Send \w+ 0?9:00/ }).waitFor();
  assert.deepEqual(await gmail.page.evaluate(() => window.heard), []);
  assert.equal(await gmail.page.evaluate(() => document.querySelector(".ww-host-panel").shadowRoot), null, "closed");
  // Inside of the window, whole.
  const box = await (await panel.frameElement()).boundingBox();
  const { width, height } = gmail.page.viewportSize();
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
  assert.equal(box.width, 360);
  await keyAway(gmail.page, "Escape");
  assert.ok(await clock(compose).evaluate((button) => button.getRootNode().activeElement === button), "the clock has the focus");
  assert.equal(await clock(compose).getAttribute("aria-expanded"), "false");
  assert.ok(await compose.root.isVisible());
  // By Space too, and it goes with its compose.
  await gmail.page.keyboard.press("Space");
  await frame(gmail.page);
  await compose.close();
  await noFrame(gmail.page);
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
});

test("scheduled by keyboard, the browser closed: the mail is there at its time, once, tracked, and the sender sees so", async (t) => {
  const { backend, sim, browser, device, start } = await later(t);
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "Offer for March", body: ["Dear Ana, ", { text: "the plan", href: "https://fjord.example/plan" }] });
  await compose.saved(sim, MARA, "the plan");
  await clock(compose).focus();
  await gmail.page.keyboard.press("Enter");
  const panel = await frame(gmail.page);
  await until(() => panel.evaluate(() => document.activeElement?.id === "when"), { what: "the focus in the field" });
  await gmail.page.keyboard.type("in 90 seconds");
  await understood(panel);
  await keyAway(gmail.page, "Enter");
  // As after Gmail's own: the compose closes, a toast stands at the lower left, the draft stays.
  await compose.gone();
  await toast(gmail.page).getByText(/^Scheduled for /).waitFor();
  const [waiting] = (await device.call("GET", "/scheduled?list=waiting")).body.scheduled;
  assert.equal(waiting.content.subject, "Offer for March");
  await gmail.folder("drafts");
  await gmail.row("Offer for March").locator(".ww-host-chip").waitFor();
  assert.match(await gmail.row("Offer for March").locator(".ww-chip").innerText(), /Goes out/);
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
  const profile = browser.profile;
  await browser.context.close();

  assert.deepEqual(await sim.sentLog(MARA), [], "not before its time");
  await backend.advance(90_000);
  await standing(device, waiting.id, ["sent"]);
  const mail = await sim.arrived(ANA, (it) => it.subject === "Offer for March");
  const arrived = (await sim.mailbox(ANA)).filter((it) => it.subject === "Offer for March" && it.labels.includes("^i"));
  assert.equal(arrived.length, 1, "once");
  const drafts = (await sim.mailbox(MARA)).filter((it) => it.labels.includes("^r"));
  assert.deepEqual(drafts, [], "the draft was used up");
  assert.match(JSON.stringify(mail), new RegExp(`${backend.url.replaceAll("/", "\\\\?/")}|/o/`));

  const back = await start({ profile });
  const popup = await back.popup();
  await popup.getByRole("listitem").filter({ hasText: "Offer for March" }).waitFor();
  const hit = async () => (await backend.hits()).length;
  assert.equal(await hit(), 0);
  await sim.open(ANA, mail);
  await until(async () => (await hit()) === 1, { what: "the open" });
});

test("Undo, and a scheduled draft that is opened again: its clock says when, another time, not at all", async (t) => {
  const { sim, browser, device } = await later(t);
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "Minutes", body: "Here they are." });
  await compose.saved(sim, MARA, "Here they are");
  await clock(compose).click();
  let panel = await frame(gmail.page);
  await panel.getByRole("option", { name: /Tomorrow morning/ }).click();
  await pressAway(await understood(panel));
  await toast(gmail.page).getByRole("button", { name: "Undo" }).click();
  await toast(gmail.page).getByText(/Not scheduled any more/).waitFor();
  assert.deepEqual((await device.call("GET", "/scheduled?list=waiting")).body.scheduled, []);
  await gmail.folder("drafts");
  assert.equal(await gmail.row("Minutes").locator(".ww-host-chip").count(), 0);

  const again = await gmail.draft("Minutes");
  await clock(again).waitFor();
  assert.equal(await clock(again).getAttribute("aria-pressed"), "false");
  await clock(again).click();
  panel = await frame(gmail.page);
  await panel.getByRole("textbox", { name: "When" }).fill("in 3 days at 9am");
  await pressAway(await understood(panel));
  await again.gone();
  const [waiting] = (await device.call("GET", "/scheduled?list=waiting")).body.scheduled;
  await gmail.row("Minutes").locator(".ww-host-chip").waitFor();
  const third = await gmail.draft("Minutes");
  await until(async () => (await clock(third).getAttribute("aria-pressed")) === "true", { what: "the clock to say so" });
  assert.match(await clock(third).getAttribute("aria-label"), /Goes out/);
  await clock(third).click();
  panel = await frame(gmail.page);
  await pressAway(panel.getByRole("button", { name: "Do not send" }));
  assert.ok(await third.root.isVisible(), "the compose stays");
  assert.equal((await device.call("GET", `/scheduled/${waiting.id}`)).body.state, "cancelled");
  await until(async () => (await clock(third).getAttribute("aria-pressed")) === "false", { what: "the clock to say so" });
});

test("without a mailbox: Gmail's own Schedule send takes over", async (t) => {
  const { browser } = await later(t, { mailbox: false });
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "By Gmail", body: "Later." });
  await clock(compose).click();
  const panel = await frame(gmail.page);
  await panel.getByText(/No mailbox is connected yet/).waitFor();
  await pressAway(panel.getByRole("button", { name: "Use Gmail’s own" }));
  await gmail.find('[role="dialog"] [role="menuitem"].Az').first().waitFor();
});

test("nobody else can put the panel into a frame: not another page, not Gmail's own", async (t) => {
  const { browser } = await later(t);
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "Mine", body: "x" });
  await clock(compose).click();
  const panel = await frame(gmail.page);
  await panel.getByRole("textbox", { name: "When" }).waitFor();
  const address = panel.url();
  // The same address, key and all, in another tab of Gmail: nothing, if it is loaded at all.
  const other = await browser.context.newPage();
  await other.goto(gmail.page.url().split("#")[0]);
  const put = (page) =>
    page.evaluate(
      (src) =>
        new Promise((loaded) => {
          const frame = document.createElement("iframe");
          frame.addEventListener("load", loaded);
          frame.src = src;
          document.body.append(frame);
        }),
      address,
    );
  /** What stands in frames of ours that the clock did not open, once they have given up asking. */
  const shown = async (page) => {
    const ours = page.frames().filter((it) => it.url().includes("panel.html"));
    return Promise.all(
      ours.map(async (it) => {
        await it.locator("html[data-unknown]").waitFor();
        return (await it.locator("body").innerText()).trim();
      }),
    );
  };
  await put(other);
  assert.ok((await shown(other)).every((text) => text === ""));
  // Another site: the browser itself refuses.
  const site = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><body>x"));
  await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
  t.after(() => site.close());
  const foreign = await browser.context.newPage();
  await foreign.goto(`http://127.0.0.1:${site.address().port}/`);
  await put(foreign);
  assert.ok((await shown(foreign)).every((text) => text === ""));
  await foreign.close();
  // After its end the key is nothing in its own tab either.
  await other.close();
  await gmail.page.bringToFront();
  await panel.getByRole("textbox", { name: "When" }).focus();
  await keyAway(gmail.page, "Escape");
  await put(gmail.page);
  assert.ok((await shown(gmail.page)).every((text) => text === ""));
});

test("an answer inside of its conversation, and one in full screen", async (t) => {
  const { sim, browser, device } = await later(t);
  await sim.deliver({ to: MARA, from: { address: ANA, name: "Ana Ruiz" }, subject: "Question", html: "<p>When?</p>" });
  const gmail = await browser.gmail();
  await gmail.folder("inbox");
  await gmail.open("Question");
  const answer = await gmail.answer();
  await answer.fill({ body: "On Friday." });
  await answer.saved(sim, MARA, "On Friday");
  await clock(answer).click();
  let panel = await frame(gmail.page);
  await panel.getByLabel("Not if Ana writes first").check();
  await panel.getByRole("textbox", { name: "When" }).fill("tomorrow 9am");
  await pressAway(await understood(panel));
  await answer.gone();
  await toast(gmail.page).getByText(/^Scheduled for /).waitFor();
  const [waiting] = (await device.call("GET", "/scheduled?list=waiting")).body.scheduled;
  assert.equal(waiting.schedule.unless_answered, true);

  const full = await gmail.compose();
  await full.fill({ to: ANA, subject: "In full", body: "Large." });
  await full.saved(sim, MARA, "Large");
  await full.fullScreen();
  await clock(full).click();
  panel = await frame(gmail.page);
  await panel.getByRole("textbox", { name: "When" }).fill("tomorrow 10am");
  await pressAway(await understood(panel));
  await full.gone();
  assert.equal((await device.call("GET", "/scheduled?list=waiting")).body.scheduled.length, 2);
});
