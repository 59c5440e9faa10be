// What is told, when, and how often: by kind, by mail, by hour, many at once, and over everything that breaks in between.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Notices, Writer, until, world } from "../lib/harness.mjs";

const ANA = "ana@quinta.example";
const LINKS = ["https://fjord.example/plan", "https://fjord.example/map"];

/** Opens settle after 10 s, clicks after 30 s. What was not told by then is not. */
const OPEN_SETTLED = 10_000;
const SETTLED = 30_000;
const QUIET = { first_open: true, each_open: false, click: true, answer: true, unknown: false, quiet: null };

/** Backend, simulator and browser, with a writer of mails, the notifications, and questions to the worker. */
async function start(t) {
  const made = await world(t, { connected: true, backend: { trusting: true, clock: true } });
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
  let marks = 0;
  /** All that the worker was to tell so far it has told: of a mail that is read last it has told now. Gives the words. */
  const told = async (read = (mail) => writer.open(mail)) => {
    const subject = `Mark ${(marks += 1)}`;
    await read(await send(subject));
    await made.backend.advance(SETTLED);
    await until(async () => telling(await notices.words(), subject) > 0, { what: "the mark" });
    return (await notices.words()).filter((it) => !it.includes("Mark "));
  };
  return { ...made, writer, notices, ask, notify, send, told };
}

/** How many notifications speak of a subject. */
const telling = (words, subject) => words.filter((it) => it.includes(subject)).length;

test("the first open and clicks are told once; later opens, unknown hits and muted mails only as chosen", async (t) => {
  const { backend, browser, writer, notices, ask, notify, send, told } = await start(t);
  const [read, muted, odd, seen] = [await send("Read twice"), await send("Muted"), await send("Nobody knows"), await send("Machines")];
  await ask({ type: "mute", id: muted.id, muted: true });
  await writer.open(read);
  await writer.open(muted);
  await writer.click(muted);
  await writer.open(odd, { from: "203.0.113.99" });
  await writer.prefetch(seen);
  await writer.visit(seen, "scanner");
  await backend.advance(SETTLED);
  await notices.come(1);
  // The second open is another person's program, a click the third thing: only the click is told.
  await writer.visit(read, "outlook");
  await writer.click(read);
  await backend.advance(SETTLED);
  await notices.come(2);
  let words = await told();
  assert.deepEqual(["Read twice", "Muted", "Nobody knows", "Machines"].map((it) => telling(words, it)), [2, 0, 0, 0], JSON.stringify(words));
  const badge = await (await browser.worker()).evaluate(() => chrome.action.getBadgeText({}));
  assert.equal(badge, "3", "the badge counts what was told, the mark too");

  await notify({ each_open: true, unknown: true });
  await ask({ type: "mute", id: muted.id, muted: false });
  await writer.visit(read, "yahoo");
  await writer.visit(odd, "browser", { from: "203.0.113.98", pictures: true, links: [], headers: { "accept-language": null } });
  await writer.visit(muted, "outlook");
  await backend.advance(SETTLED);
  await until(async () => {
    words = await notices.words();
    return telling(words, "Read twice") === 3 && telling(words, "Nobody knows") === 1 && telling(words, "Muted") === 1;
  }, { what: "what is told now" }).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(words)}`);
  });
  await notify({ first_open: false, click: false, unknown: true });
  const silent = await send("Told nothing");
  await writer.open(silent);
  await backend.advance(SETTLED);
  // What is told still comes after it, and tells that the worker has passed it over.
  words = await told((mail) => writer.open(mail, { from: "203.0.113.99" }));
  assert.equal(words.length, 5, `nothing more: ${JSON.stringify(words)}`);
});

test("a click on it opens the conversation, in the Gmail that is open, and takes it away", async (t) => {
  const { backend, browser, writer, notices, send } = await start(t);
  const gmail = await browser.gmail();
  const mail = await send("Open me");
  await writer.open(mail);
  await backend.advance(OPEN_SETTLED);
  const [{ id, title, message, iconUrl }] = await notices.come(1);
  assert.ok(title && iconUrl, "it has a title and an icon");
  assert.ok(`${title} ${message}`.includes("Open me"));
  // It was heard where the worker asks for it; the browser shows it a moment later.
  await until(async () => (await notices.standing()).includes(id), { what: "it on the screen" });
  const before = browser.context.pages().length;
  await notices.click(id);
  await until(() => gmail.page.url().includes(mail.thread), { what: "the conversation" });
  await gmail.find("h2.hP").filter({ hasText: "Open me" }).waitFor();
  assert.equal(browser.context.pages().length, before, "no other tab");
  await until(async () => !(await notices.standing()).includes(id), { what: "its end" });
});

test("text of a mail reaches a notification as text", async (t) => {
  const { backend, writer, notices, send } = await start(t);
  const subject = "</b><img src=x onerror=alert(1)> \u202egnp.exe";
  await writer.open(await send(subject));
  await backend.advance(OPEN_SETTLED);
  const [{ title, message }] = await notices.come(1);
  assert.ok(`${title} ${message}`.includes("<img src=x onerror=alert(1)>"), "as it is");
  assert.ok(!`${title}${message}`.includes("\u202e"), "nothing that turns the reading direction");
});

test("many at once are one digest; in quiet hours nothing is shown, and one digest follows", async (t) => {
  const { backend, browser, writer, notices, notify, send, told } = await start(t);
  const mails = [];
  for (let n = 1; n <= 5; n++) mails.push(await send(`Digest ${n}`));
  await Promise.all(mails.map((mail) => writer.open(mail)));
  await backend.advance(OPEN_SETTLED);
  await notices.come(1);
  const digest = await told();
  assert.equal(digest.length, 1, JSON.stringify(digest));
  assert.match(digest[0], /5/);

  const minute = await (await browser.worker()).evaluate(() => new Date().getHours() * 60 + new Date().getMinutes());
  await notify({ quiet: { from: (minute + 1435) % 1440, to: (minute + 600) % 1440 } });
  const [first, second] = [await send("Quiet 1"), await send("Quiet 2")];
  await writer.open(first);
  await writer.visit(second, "outlook");
  await backend.advance(OPEN_SETTLED);
  const held = await until(async () => {
    const { held_news: news = [] } = await browser.storage();
    return news.length === 2 && news;
  }, { what: "what is held" });
  assert.deepEqual(held.map(({ message }) => message).sort(), [first.id, second.id].sort());
  const shown = (await notices.all()).length;
  assert.equal(shown, 2, "nothing is shown, beside the digest and the mark");
  await notify({ quiet: null });
  await notices.come(shown + 1);
  const after = (await told()).slice(1);
  assert.equal(after.length, 1, JSON.stringify(after));
  assert.match(after[0], /2/);
  assert.deepEqual((await browser.storage()).held_news ?? [], []);
});

test("a backend that is restarted or killed, and a worker that ends: everything is told, nothing twice", async (t) => {
  const { backend, browser, writer, notices, send, told } = await start(t);
  const [stopped, killed, asleep] = [await send("Stopped"), await send("Killed"), await send("Asleep")];
  await writer.open(stopped);
  const came = async (subject) => {
    const began = performance.now();
    // A stream that broke is opened again by the alarm, once its pause is over.
    const look = async () => {
      await browser.tick();
      return telling(await notices.words(), subject) === 1;
    };
    await until(look, { what: `the news of ${subject}`, timeout: 60_000, every: 500 });
    t.diagnostic(`${subject}: ${Math.round(performance.now() - began)} ms`);
  };
  // Stopped before the open has settled, and away while it would.
  await backend.stop();
  await backend.advance(OPEN_SETTLED);
  await backend.launch();
  await came("Stopped");
  await writer.open(killed);
  await backend.kill();
  await backend.launch();
  await backend.advance(OPEN_SETTLED);
  await came("Killed");

  // The worker ends, and what comes meanwhile waits for the next one.
  // A text, as the stream's ids are.
  const seen = async () => Number((await browser.storage()).last_event);
  const before = await seen();
  await notices.throughWorkersEnd();
  await writer.open(asleep);
  await browser.stopWorkers();
  await backend.advance(OPEN_SETTLED);
  await notices.listen();
  await came("Asleep");
  // Told by an alarm's look, it may be ahead of the stream, which that alarm opens: once it is open there is no alarm any more.
  const caughtUp = async () => {
    if ((await seen()) > before) return true;
    await browser.tick();
    return false;
  };
  await until(caughtUp, { what: "the stream to be there too", timeout: 60_000, every: 500 });
  // Once more everything anew: what was told stays told.
  await backend.restart();
  await notices.throughWorkersEnd();
  const words = await told();
  assert.deepEqual(["Stopped", "Killed", "Asleep"].map((it) => telling(words, it)), [1, 1, 1], JSON.stringify(words));
  assert.equal(words.length, 3, JSON.stringify(words));
});
