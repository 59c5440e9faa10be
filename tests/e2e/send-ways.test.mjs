// Every way to send, in every kind of compose, in two languages, with Gmail's class names as they are and with all of them
// changed: exactly one pixel, once, after the own text; drafts never carry one; the words stay; the mail leaves in the same
// event.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Backend, Browser, GmailSim, until } from "../lib/harness.mjs";
import { assertMarkedOnce, unmarked } from "./marks.mjs";

const ANA = "ana@quinta.example";
const MARA = "mara@fjord.example";
const LINK = "https://fjord.example/plan?a=1&b=2";

const WAYS = ["mouse", "keys", "enter", "space"];
const KINDS = ["new", "full-screen", "reply", "forward", "pop-out"];
const PAGES = [
  { lang: "en", shuffle: 0 },
  { lang: "de", shuffle: 0, recipients: "classic", quote: "unfolded" },
  { lang: "en", shuffle: 7, transport: "fetch", batched: true },
  { lang: "de", shuffle: 11, csp: "gmail+trusted-types", requireTrusted: true, titleBar: "img" },
];

let backend;
let sim;
let browser;
before(async () => {
  backend = await Backend.start();
  sim = await GmailSim.start();
  browser = await Browser.start({ sim });
  await (await browser.connect({ server: backend.url, code: await backend.pair() })).close();
});
after(async () => {
  await browser?.dispose();
  await sim?.dispose();
  await backend?.dispose();
});

// A tab that stays keeps its share of the machine; one must stay, or the browser ends.
afterEach(async () => {
  const [, ...rest] = browser.context.pages();
  for (const page of rest) await page.close();
});

/** Counts how often a send request leaves in the task of the event that asked for it. */
async function watchTask(page) {
  await page.evaluate(() => {
    window.sends = [];
    let during = false;
    const gesture = () => {
      during = true;
      // A task of its own: everything that the event's own listeners do comes before it.
      setTimeout(() => {
        during = false;
      });
    };
    for (const type of ["click", "keydown"]) window.addEventListener(type, gesture, { capture: true });
    const note = (body) => String(body).includes('"^pfg"') && window.sends.push(during);
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      note(body);
      return send.call(this, body);
    };
    const { fetch } = window;
    window.fetch = function (url, init) {
      note(init?.body);
      return fetch.call(this, url, init);
    };
  });
}

async function composeOf(kind) {
  const answers = kind === "reply" || kind === "forward";
  if (answers) {
    await sim.deliver({ to: MARA, from: { address: ANA, name: "Ana Ruiz" }, subject: "Samples", html: "<div>When will they come?</div>" });
  }
  const gmail = await browser.gmail();
  if (answers) {
    await gmail.open("Samples");
    return gmail.answer(kind);
  }
  const compose = await gmail.compose();
  if (kind === "full-screen") await compose.fullScreen();
  return kind === "pop-out" ? compose.popOut() : compose;
}

for (const settings of PAGES) {
  describe(`a page with ${JSON.stringify(settings)}`, () => {
    for (const [n, kind] of KINDS.entries()) {
      // Every way meets every kind of compose once over the pages; Gmail's own class names see them all.
      const ways = settings.shuffle === 0 && settings.lang === "en" ? WAYS : [WAYS[(n + settings.shuffle) % WAYS.length]];
      for (const way of ways) {
        test(`${kind} by ${way}`, async () => {
          await sim.reset(settings);
          const compose = await composeOf(kind);
          const { page } = compose;
          await watchTask(page);
          await compose.fill({
            to: kind === "reply" ? [] : ANA,
            subject: kind === "reply" || kind === "forward" ? undefined : "Samples",
            body: ["They left this morning — grüße, 漢字 & <b>: ", { text: "the plan", href: LINK }],
          });
          const before = await compose.body.evaluate((body) => body.innerHTML);
          // A pop-out closes itself in the very event that sends.
          await compose.send(way).catch((error) => assert.match(error.message, /has been closed/));
          await until(async () => (await sim.requests()).some(({ summary }) => summary.some(({ kind: it }) => it === "send")), { what: "the send" });
          const { send, html, pixel } = await assertMarkedOnce(sim, { own: "They left this morning", links: 1 });
          assert.ok(pixel.startsWith(`${backend.url}/o/`), pixel);
          // Gmail puts a <div dir="ltr"> around what it sends.
          assert.equal(unmarked(send.body).replace(/^<div dir="ltr">([^]*)<\/div>$/, "$1"), before, "the words are as they were");
          // A pop-out may be closing just now.
          const sends = await page.evaluate(() => window.sends).catch((error) => {
            assert.ok(kind === "pop-out" && /has been closed/.test(error.message), error.message);
            return [true];
          });
          assert.deepEqual(sends, [true], "it left in the event's own task");
          const mail = await sim.arrived(ANA, ({ subject }) => /Samples/.test(subject));
          // Gmail's own mark on the writer's part is for Gmail alone.
          assert.equal(mail.html, html.replace(' gmail_original="1"', ""), "what arrived is what was sent");
          await until(async () => {
            const { call } = await device();
            const { body } = await call("GET", "/messages?limit=1");
            return body.messages[0] && pixelOf(pixel, body.messages[0]);
          }, { what: "the registration" });
        });
      }
    }
  });
}

let api;
async function device() {
  api ??= await backend.device();
  return api;
}

/** Whether a pixel's token is that of a registered message. */
function pixelOf(pixel, { id }) {
  const token = Buffer.from(pixel.slice(-36, -4), "base64url");
  return token.subarray(1, 17).toString("hex") === id.replaceAll("-", "");
}
