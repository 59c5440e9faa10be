// What is told, when, and how often: by kind, by mail, by hour, many at once, and over everything that breaks in between.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Notices, Writer, until, world } from "../lib/harness.mjs";

const ANA = "ana@quinta.example";
const LINKS = ["https://fjord.example/plan", "https://fjord.example/map"];

/** Opens settle after 10 s, clicks after 30 s: nothing in the product shortens that. What was not told by then is not. */
const OPEN_SETTLED = 11_500;
const SETTLED = { timeout: 50_000, every: 250 };
const QUIET = { first_open: true, each_open: false, click: true, answer: true, unknown: false, quiet: null };

/** Backend, simulator and browser, with a writer of mails, the notifications, and questions to the worker. */
async function start(t) {
  const made = await world(t, { connected: true, backend: { trusting: true } });
  const writer = new Writer(made, await made.backend.device());
  const notices = await Notices.of(made.browser);
  // Not the popup: what is looked at there is told no more.
  const page = await made.browser.options();
  await page.getByRole("main").waitFor();
  const ask = async (message) => {
    const reply = await page.evaluate((it) => chrome.runtime.sendMessage(it), message);
    assert.ok(reply?.ok, `${JSON.stringify(message)}: ${JSON.stringify(reply)}`);
    return reply.ok;
  };
  const notify = (settings) => ask({ type: "set_notify", settings: { ...QUIET, ...settings } });
  const send = (subject, more = {}) => writer.send({ to: ANA, subject, links: LINKS, ...more });
  return { ...made, writer, notices, ask, notify, send };
}

/** How many notifications speak of a subject. */
const telling = (words, subject) => words.filter((it) => it.includes(subject)).length;

test("the first open and clicks are told once; later opens, unknown hits and muted mails only as chosen", async (t) => {
  const { browser, writer, notices, ask, notify, send } = await start(t);
  const [read, muted, odd, seen] = [await send("Read twice"), await send("Muted"), await send("Nobody knows"), await send("Machines")];
  await ask({ type: "mute", id: muted.id, muted: true });
  await writer.open(read);
  await writer.open(muted);
  await writer.click(muted);
  await writer.open(odd, { from: "203.0.113.99" });
  await writer.prefetch(seen);
  await writer.visit(seen, "scanner");
  await notices.come(1, SETTLED);
  // The second open is another person's program, a click the third thing: only the click is told.
  await writer.visit(read, "outlook");
  await writer.click(read);
  await notices.come(2, SETTLED);
  await pause(1_500);
  let words = await notices.words();
  assert.deepEqual(["Read twice", "Muted", "Nobody knows", "Machines"].map((it) => telling(words, it)), [2, 0, 0, 0], JSON.stringify(words));
  const badge = await (await browser.worker()).evaluate(() => chrome.action.getBadgeText({}));
  assert.equal(badge, "2", "the badge counts what was told");

  await notify({ each_open: true, unknown: true });
  await ask({ type: "mute", id: muted.id, muted: false });
  await writer.visit(read, "yahoo");
  await writer.visit(odd, "browser", { from: "203.0.113.98", pictures: true, links: [], headers: { "accept-language": null } });
  await writer.visit(muted, "outlook");
  await until(async () => {
    words = await notices.words();
    return telling(words, "Read twice") === 3 && telling(words, "Nobody knows") === 1 && telling(words, "Muted") === 1;
  }, { what: "what is told now", ...SETTLED }).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(words)}`);
  });
  await notify({ first_open: false, click: false });
  const silent = await send("Told nothing");
  await writer.open(silent);
  await pause(OPEN_SETTLED + 1_000);
  assert.equal((await notices.all()).length, 5, "nothing more");
});

test("a click on it opens the conversation, in the Gmail that is open, and takes it away", async (t) => {
  const { browser, writer, notices, send } = await start(t);
  const gmail = await browser.gmail();
  const mail = await send("Open me");
  await writer.open(mail);
  const [{ id, title, message, iconUrl }] = await notices.come(1, SETTLED);
  assert.ok(title && iconUrl, "it has a title and an icon");
  assert.ok(`${title} ${message}`.includes("Open me"));
  assert.ok((await notices.standing()).includes(id));
  const before = browser.context.pages().length;
  await notices.click(id);
  await until(() => gmail.page.url().includes(mail.thread), { what: "the conversation" });
  await gmail.find("h2.hP").filter({ hasText: "Open me" }).waitFor();
  assert.equal(browser.context.pages().length, before, "no other tab");
  await until(async () => !(await notices.standing()).includes(id), { what: "its end" });
});

test("text of a mail reaches a notification as text", async (t) => {
  const { writer, notices, send } = await start(t);
  const subject = "</b><img src=x onerror=alert(1)> \u202egnp.exe";
  await writer.open(await send(subject));
  const [{ title, message }] = await notices.come(1, SETTLED);
  assert.ok(`${title} ${message}`.includes("<img src=x onerror=alert(1)>"), "as it is");
  assert.ok(!`${title}${message}`.includes("\u202e"), "nothing that turns the reading direction");
});

test("many at once are one digest; in quiet hours nothing is shown, and one digest follows", async (t) => {
  const { browser, writer, notices, notify, send } = await start(t);
  const mails = [];
  for (let n = 1; n <= 5; n++) mails.push(await send(`Digest ${n}`));
  await Promise.all(mails.map((mail) => writer.open(mail)));
  await notices.come(1, SETTLED);
  await pause(2_500);
  const told = await notices.words();
  assert.equal(told.length, 1, JSON.stringify(told));
  assert.match(told[0], /5/);

  const minute = await (await browser.worker()).evaluate(() => new Date().getHours() * 60 + new Date().getMinutes());
  await notify({ quiet: { from: (minute + 1435) % 1440, to: (minute + 600) % 1440 } });
  const [first, second] = [await send("Quiet 1"), await send("Quiet 2")];
  await writer.open(first);
  await writer.visit(second, "outlook");
  const held = await until(async () => {
    const { held_news: news = [] } = await browser.storage();
    return news.length === 2 && news;
  }, { what: "what is held", ...SETTLED });
  assert.deepEqual(held.map(({ message }) => message).sort(), [first.id, second.id].sort());
  assert.equal((await notices.all()).length, 1, "nothing is shown");
  await notify({ quiet: null });
  await notices.come(2, SETTLED);
  await pause(1_000);
  const after = (await notices.words()).slice(1);
  assert.equal(after.length, 1, JSON.stringify(after));
  assert.match(after[0], /2/);
  assert.deepEqual((await browser.storage()).held_news ?? [], []);
});

test("a backend that is restarted or killed, and a worker that ends: everything is told, nothing twice", async (t) => {
  const { backend, browser, writer, notices, send } = await start(t);
  const [stopped, killed, asleep] = [await send("Stopped"), await send("Killed"), await send("Asleep")];
  await writer.open(stopped);
  const came = async (subject) => {
    const began = performance.now();
    await until(async () => telling(await notices.words(), subject) === 1, { what: `the news of ${subject}`, timeout: 120_000, every: 250 });
    t.diagnostic(`${subject}: ${Math.round(performance.now() - began)} ms`);
  };
  // Stopped before the open has settled, and away while it would.
  await backend.stop();
  await pause(OPEN_SETTLED);
  await backend.launch();
  await came("Stopped");
  await writer.open(killed);
  await backend.kill();
  await backend.launch();
  await came("Killed");

  // The worker ends, and what comes meanwhile waits for the next one.
  const { last_event: before } = await browser.storage();
  await notices.throughWorkersEnd();
  await writer.open(asleep);
  await browser.stopWorkers();
  await pause(OPEN_SETTLED);
  await notices.listen();
  await came("Asleep");
  assert.ok((await browser.storage()).last_event > before);
  // Once more everything anew: what was told stays told.
  await backend.restart();
  await notices.throughWorkersEnd();
  await pause(4_000);
  const words = await notices.words();
  assert.deepEqual(["Stopped", "Killed", "Asleep"].map((it) => telling(words, it)), [1, 1, 1], JSON.stringify(words));
  assert.equal(words.length, 3, JSON.stringify(words));
});
