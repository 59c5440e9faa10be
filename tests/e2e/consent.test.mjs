// A recipient refuses, on the page behind the link in the mail: the sender is told, nothing of the mail is recorded any more, its
// links still lead, and who refused in all mails is sent none that is tracked.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Backend, text, until, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail, schedule, standing } from "../lib/later.mjs";
import { assertUntouched, links, pixels, wire } from "./marks.mjs";

const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";
const BEN = "ben@acme.example";
const TARGET = "https://fjord.example/plan?a=1&b=2";
const LINE = /<div style="[^"]*">([^<]*)<a href="([^"]*\/r\/[a-z0-9]{6,16}\/[\w-]{32}\/[\w-]{16}#line)"[^>]*>([^<]*)<\/a>([^<]*)<\/div>/g;

const lines = (html) => [...html.matchAll(LINE)].map(([whole, before, href, words, after]) => ({ whole, before, href, words, after }));
const control = (it) => it.root.getByRole("button", { name: /^(Tracking|Not tracked|Untracked)/ });

/** Everything, paired, with the line on; the backend's clock can be moved, and the sender's mailbox is connected. */
async function start(t) {
  const made = await world(t, { backend: false });
  made.backend = await Backend.start({ env: asGoogle(made.sim), trusting: true, clock: true });
  t.after(() => made.backend.dispose());
  made.device = await made.backend.device();
  made.mailbox = await connectGmail(made.device, MARA);
  const popup = await made.browser.connect({ server: made.backend.url, code: await made.backend.pair(), line: true });
  await popup.close();
  await until(async () => (await made.browser.storage()).consent?.line, { what: "the line in the browser's copy" });
  return made;
}

/** Writes a mail with a link and sends it; gives it as it came. */
async function send({ browser, sim }, to, subject) {
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to, subject, body: ["Dear Ana, here it is: ", { text: "the plan", href: TARGET }] });
  await control(it).waitFor();
  await it.send();
  const mail = await sim.arrived([to].flat()[0], (mail) => mail.subject === subject);
  await gmail.page.close();
  return mail;
}

/** The recipient's page, in a browser that runs no script. */
async function page(browser, url) {
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  await session.send("Emulation.setScriptExecutionDisabled", { value: true });
  await page.goto(url);
  return page;
}

/** Chooses what may be recorded of a mail: "both", "clicks", "opens", "none". */
async function choose(browser, url, keep, { erase = false } = {}) {
  const it = await page(browser, url);
  await it.locator(`input[name="keep"][value="${keep}"]`).check();
  if (erase) await it.locator('input[name="erase"]').check();
  await it.locator('button[value="refuse"]').click();
  await it.waitForLoadState();
  return it;
}

const row = (popup, subject) => popup.getByRole("listitem").filter({ hasText: subject });

test("a recipient refuses: the popup says so, the next open leaves no trace, the link still leads", async (t) => {
  const made = await start(t);
  const { backend, sim, browser } = made;
  const mail = await send(made, ANA, "Offer for March");

  // The line stands once, behind the writer's words, before the pixel; what Gmail sent is what the recipient got.
  const [line, ...others] = lines(mail.html);
  assert.deepEqual(others, []);
  assert.equal(`${line.before}{link:${line.words}}${line.after}`, text("en", "line_default"));
  assert.ok(mail.html.indexOf(line.whole) > mail.html.indexOf("the plan"));
  assert.ok(mail.html.indexOf("/o/") > mail.html.indexOf(line.whole));
  const { drafts } = await wire(sim);
  assert.ok(drafts.every(({ body }) => !body.includes("#line")), "no draft carries the line");
  const registered = await until(async () => (await made.device.call("GET", "/messages")).body.messages[0], { what: "the mail at the backend" });
  assert.deepEqual(registered.tracking.tracks, { opens: true, clicks: true });

  await sim.open(ANA, mail);
  await until(async () => (await backend.hits()).length === 1, { what: "the first open" });
  const popup = await browser.popup();
  await row(popup, "Offer for March").filter({ hasText: /Opened/ }).waitFor();

  // Looking changes nothing; choosing does.
  const looked = await page(browser, line.href);
  await looked.getByText(MARA).first().waitFor();
  assert.doesNotMatch(await looked.content(), /Offer for March|ana@quinta/);
  await looked.close();
  await sim.open(ANA, mail, { agent: "again" });
  await choose(browser, line.href, "none", { erase: true });

  await row(popup, "Offer for March").filter({ hasText: /Refused by a recipient/ }).waitFor();
  await row(popup, "Offer for March").getByRole("link").first().click();
  await popup.getByRole("heading", { name: text("en", "hit_refused") }).waitFor();
  await popup.getByText(text("en", "sum_declined")).waitFor();

  // The mail as it lies there leaves no trace, and its link leads on.
  const before = (await backend.hits()).length;
  await sim.open(ANA, mail);
  await sim.visit(ANA, mail, "outlook");
  await backend.advance(6_000);
  const { status, location } = await sim.click(ANA, mail, 0);
  assert.deepEqual([status, location], [302, TARGET]);
  assert.equal((await backend.hits()).length, before);
  const { body } = await made.device.call("GET", `/messages/${registered.id}`);
  assert.deepEqual([body.hits, body.activity.opens, body.activity.clicks], [[], 0, 0]);
  assert.deepEqual(body.tracking.refused, { opens: true, clicks: true });
  assert.ok(body.tracking.refused_at > body.sent_at);
});

test("who refuses in all mails is sent none that is tracked, and the compose says why", async (t) => {
  const made = await start(t);
  const { backend, sim, browser } = made;
  const mail = await send(made, ANA, "Offer for March");
  const [{ href }] = lines(mail.html);
  await until(async () => (await made.device.call("GET", "/messages")).body.messages.length === 1, { what: "the mail at the backend" });

  const asking = await page(browser, href);
  await asking.locator('input[name="address"]').fill(ANA);
  await asking.locator('button[value="letter"]').click();
  await asking.close();
  const letter = await sim.arrived(ANA, (mail) => /\/r\/m\//.test(mail.html ?? mail.plain ?? ""));
  const [code] = (letter.html ?? letter.plain).match(/http:\/\/[^\s"<]*\/r\/m\/[\w-]+/);
  const confirming = await page(browser, code);
  await confirming.locator('button[value="refuse both"]').click();
  await confirming.close();
  await until(async () => (await browser.storage()).consent?.refused?.includes(ANA), { what: "the refusal in the browser's copy" });

  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Another offer", body: ["And here: ", { text: "the plan", href: TARGET }] });
  await it.root.getByRole("button", { name: text("en", "compose_label_refused") }).waitFor();
  await it.send();
  const next = await sim.arrived(ANA, (mail) => mail.subject === "Another offer");
  assert.deepEqual([pixels(next.html), links(next.html), lines(next.html)], [[], [], []]);
  assert.match(next.html, /href="https:\/\/fjord\.example\/plan\?a=1&amp;b=2"/);
  await gmail.page.close();
  assert.equal((await backend.hits()).length, 0);
});

test("one kind alone: who refused opens gets wrapped links and no pixel", async (t) => {
  const made = await start(t);
  const { sim, browser, device } = made;
  const refuse = (address, kinds) => device.call("PUT", "/consent/people", { people: [{ address, ...kinds }] });
  assert.equal((await refuse(ANA, { opens: "refused" })).status, 200);
  assert.equal((await refuse(BEN, { clicks: "refused" })).status, 200);
  await until(async () => (await browser.storage()).consent?.refused_clicks?.includes(BEN), { what: "the browser's copy" });

  const toAna = await send(made, ANA, "Links alone");
  assert.deepEqual([pixels(toAna.html).length, links(toAna.html).length, lines(toAna.html).length], [0, 1, 0]);
  const toBen = await send(made, BEN, "Opens alone");
  assert.deepEqual([pixels(toBen.html).length, links(toBen.html).length, lines(toBen.html).length], [1, 0, 0]);
  const tracks = await until(async () => {
    const { messages } = (await device.call("GET", "/messages")).body;
    return messages.length === 2 && Object.fromEntries(messages.map((it) => [it.content.subject, it.tracking.tracks]));
  }, { what: "both at the backend" });
  assert.deepEqual(tracks, { "Links alone": { opens: false, clicks: true }, "Opens alone": { opens: true, clicks: false } });

  // Without a link there is nothing to track, and nothing is added.
  await sim.reset();
  const gmail = await browser.gmail();
  const it = await gmail.compose();
  await it.fill({ to: ANA, subject: "Words alone", body: "No link." });
  await control(it).waitFor();
  await it.send();
  await sim.arrived(ANA, (mail) => mail.subject === "Words alone");
  await assertUntouched(sim);
});

test("the line is out of quotes, and in the answer once", async (t) => {
  const made = await start(t);
  const { sim, browser } = made;
  const mail = await send(made, ANA, "Offer for March");
  assert.equal(lines(mail.html).length, 1);
  const gmail = await browser.gmail();
  await gmail.folder("sent");
  await gmail.open("Offer for March");
  const it = await gmail.answer("forward");
  await it.addRecipient("to", BEN);
  await control(it).waitFor();
  await it.send();
  const forwarded = await sim.arrived(BEN);
  const found = lines(forwarded.html);
  assert.equal(found.length, 1, forwarded.html);
  assert.notEqual(found[0].href, lines(mail.html)[0].href);
  assert.ok(forwarded.html.indexOf("#line") < forwarded.html.search(/class="[^"]*gmail_quote/));
});

test("a scheduled mail gets the line when it leaves, and none when it was switched off by then", async (t) => {
  const { backend, sim, device, mailbox } = await start(t);
  const draft = (subject) => sim.draft({ address: MARA, to: BEN, subject, html: `<p>Here: <a href="${TARGET}">the plan</a></p>` });
  const first = await schedule(device, mailbox, await draft("With it"), backend.now() + 60_000);
  await backend.advance(61_000);
  await standing(device, first.id, ["sent"]);
  const mail = await sim.arrived(BEN, (mail) => mail.subject === "With it");
  assert.deepEqual([pixels(mail.html).length, links(mail.html).length, lines(mail.html).length], [1, 1, 1]);

  const second = await schedule(device, mailbox, await draft("Without it"), backend.now() + 60_000);
  const { body } = await device.call("GET", "/consent/policy");
  assert.equal((await device.call("PUT", "/consent/policy", { ...body, line: false })).status, 204);
  await backend.advance(61_000);
  await standing(device, second.id, ["sent"]);
  const other = await sim.arrived(BEN, (mail) => mail.subject === "Without it");
  assert.deepEqual([pixels(other.html).length, links(other.html).length, lines(other.html).length], [1, 1, 0]);
});

test("a recipient who is erased is in no copy of the browser's either", async (t) => {
  const made = await start(t);
  const { backend, browser, device } = made;
  await send(made, ANA, "To her alone");
  await send(made, [ANA, BEN], "To both");
  const copies = async () => JSON.stringify(await browser.storage("local")) + JSON.stringify(await browser.storage("session"));
  await until(async () => (await device.call("GET", "/messages")).body.messages.length === 2, { what: "both at the backend" });
  const popup = await browser.popup();
  await row(popup, "To her alone").waitFor();
  await row(popup, "To both").waitFor();
  await until(async () => (await copies()).includes(ANA), { what: "her address in the browser's copies" });

  // Where no backend runs it is done at once. The browser learns of it when it comes back.
  await backend.stop();
  await backend.command("erase", "--recipient", ANA, "--now");
  await backend.launch();
  await row(popup, "To her alone").waitFor({ state: "detached", timeout: 60_000 });
  await until(async () => !(await copies()).includes(ANA), { what: "the browser's copies without her", timeout: 60_000 });
  assert.ok((await copies()).includes(BEN), "the mail to both is there");
});
