// A mail that does not go, or comes back: Undo, discarding, an address that Gmail refuses, Gmail's own questions, scheduling
// by Gmail. Marks leave the body at once, so that the next save is clean; sending again marks anew.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { Backend, Browser, GmailSim, until } from "../lib/harness.mjs";
import { assertUntouched, links, pixels, wire } from "./marks.mjs";

const ANA = "ana@quinta.example";
const BODY = ["Dear Ana, see ", { text: "the plan", href: "https://fjord.example/plan" }];

let backend;
let sim;
let browser;
let api;
before(async () => {
  backend = await Backend.start();
  sim = await GmailSim.start();
  browser = await Browser.start({ sim });
  await (await browser.connect({ server: backend.url, code: await backend.pair() })).close();
  api = await backend.device();
});
after(async () => {
  await browser?.dispose();
  await sim?.dispose();
  await backend?.dispose();
});
beforeEach(() => sim.reset({ undoSeconds: 30 }));

const registered = async () => (await api.call("GET", "/messages?limit=100")).body.messages;
const bySubject = async (subject) => (await registered()).filter(({ content }) => content.subject === subject);

async function compose(subject, to = ANA) {
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to, subject, body: BODY });
  return { gmail, it };
}

const marks = async (it) => {
  const html = await it.body.evaluate((body) => body.innerHTML);
  return [...pixels(html), ...links(html)];
};
const clean = (it) => until(async () => (await marks(it)).length === 0, { what: "a clean body" });

test("Undo: forgotten here and at the server; the next save is clean; sent again it has a new pixel", async () => {
  const { gmail, it } = await compose("Taken back");
  await it.send("mouse");
  const [first] = await until(async () => (await bySubject("Taken back")).length && bySubject("Taken back"), { what: "the registration" });
  await it.gone();
  const again = await gmail.undo();
  await clean(again);
  await until(async () => (await bySubject("Taken back")).length === 0, { what: "forgetting" });
  await again.write("Once more: ");
  await again.saved(sim, "mara@fjord.example", "Once more");
  const { drafts } = await wire(sim);
  for (const { body } of drafts) assert.deepEqual([...pixels(body), ...links(body)], [], "no save carries marks");

  await again.send("keys");
  await sim.arrived(ANA);
  const [second] = await until(async () => (await bySubject("Taken back")).length && bySubject("Taken back"), { what: "the second registration" });
  assert.notEqual(second.id, first.id);
  const { sends } = await wire(sim);
  assert.equal(sends.length, 2);
  assert.notEqual(pixels(sends[0].body)[0], pixels(sends[1].body)[0]);
  assert.equal(pixels(sends[1].body).length, 1);
});

test("an address that Gmail refuses: nothing is sent, the body is clean before the next save", async () => {
  const { it } = await compose("Refused", "not an address");
  await it.send("mouse");
  await it.page.getByRole("alertdialog").waitFor();
  await clean(it);
  await it.page.getByRole("alertdialog").getByRole("button").first().click();
  await it.write("And ");
  await it.saved(sim, "mara@fjord.example", "And ");
  await assertUntouched(sim);
  assert.equal((await bySubject("Refused")).length, 0);
});

test("Gmail asks about the empty subject and the answer is no: the body is clean; yes: it is tracked", async () => {
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, body: BODY });
  let answer = "dismiss";
  let asked = 0;
  it.page.on("dialog", (dialog) => {
    asked += 1;
    return dialog[answer]();
  });
  await it.send("mouse");
  await until(() => asked === 1, { what: "the question" });
  await clean(it);
  await it.write("More. ");
  await it.saved(sim, "mara@fjord.example", "More. ");
  await assertUntouched(sim);
  answer = "accept";
  await it.send("mouse");
  const mail = await sim.arrived(ANA);
  assert.equal(pixels(mail.html).length, 1);
});

test("discarded: nothing was sent and nothing is registered", async () => {
  const { it } = await compose("Thrown away");
  await it.saved(sim, "mara@fjord.example", "Dear Ana");
  await it.discard();
  await it.gone();
  const { sends } = await assertUntouched(sim);
  assert.equal(sends.length, 0);
  assert.equal((await bySubject("Thrown away")).length, 0);
});

test("scheduled by Gmail itself: one pixel, registered as scheduled", async () => {
  const { it } = await compose("Next week");
  await it.schedule();
  const [message] = await until(async () => (await bySubject("Next week")).length && bySubject("Next week"), { what: "the registration" });
  assert.equal(message.scheduled, true);
  const { scheduled, drafts } = await wire(sim);
  assert.equal(scheduled.length, 1);
  assert.equal(pixels(scheduled[0].body).length, 1);
  for (const { body } of drafts) assert.deepEqual(pixels(body), []);
});

test("the send request fails once and Gmail tries again by itself: the same mail, registered once", async () => {
  await sim.faults({ send: "error", times: 1 });
  const { it } = await compose("Second try");
  await it.send("mouse");
  const mail = await sim.arrived(ANA);
  assert.equal(pixels(mail.html).length, 1);
  const { sends } = await wire(sim);
  assert.deepEqual(new Set(sends.map(({ body }) => pixels(body)[0])), new Set(pixels(mail.html)), "every try carries the same pixel");
  await until(async () => (await bySubject("Second try")).length === 1, { what: "one registration" });
});

test("Gmail gives up sending and opens the mail again: clean there, forgotten, and marked anew when sent again", async () => {
  await sim.faults({ send: "error", times: 3 });
  const { gmail, it } = await compose("Given up");
  await it.send("mouse");
  await until(async () => (await wire(sim)).sends.length === 3, { what: "three tries" });
  await it.gone();
  const again = await until(async () => (await gmail.composes().count()) > 0 && gmail.newest(), { what: "the compose again" });
  await clean(again);
  await until(async () => (await bySubject("Given up")).length === 0, { what: "forgetting" });
  await again.send("mouse");
  const mail = await sim.arrived(ANA);
  assert.equal(pixels(mail.html).length, 1);
  const [first] = (await wire(sim)).sends;
  assert.notEqual(pixels(mail.html)[0], pixels(first.body)[0]);
  await until(async () => (await bySubject("Given up")).length === 1, { what: "one registration" });
});
