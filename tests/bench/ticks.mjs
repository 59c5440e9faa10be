// What ticks and observers cost a Gmail tab: the main-thread time to show ticks on a list of 100 rows once the data is there,
// and the time of all that watches the page while the page changes 10,000 nodes, beside the page's own time.
//
// Measured in a copy of the bundle: the lines before its content script time what runs in its world (the page has a world of
// its own, which they do not see) and answer its question for ticks, so that no backend is in between. The page's own time
// comes from a second copy, whose content script is empty.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Browser, EXTENSION, GmailSim, until } from "../lib/harness.mjs";
import { median } from "./stats.mjs";

export const ROWS = 100;
export const NODES = 10_000;
const MARA = "mara@fjord.example";

/** Runs in front of the content script. */
const BEFORE = `
const bench = { watching: 0, before: 0, first: 0, last: 0, waited: 0, hosts: 0 };
const tell = () => { document.documentElement.dataset.bench = JSON.stringify(bench); };
const timed = (act) => function (...args) {
  const start = performance.now();
  try { return act.apply(this, args); } finally { bench.watching += performance.now() - start; tell(); }
};
for (const name of ["setTimeout", "requestAnimationFrame"]) {
  const plain = globalThis[name].bind(globalThis);
  globalThis[name] = (act, ...rest) => plain(typeof act === "function" ? timed(act) : act, ...rest);
}
const Watcher = MutationObserver;
globalThis.MutationObserver = class extends Watcher { constructor(act) { super(timed(act)); } };
const { before } = Element.prototype;
Element.prototype.before = function (...nodes) {
  before.apply(this, nodes);
  if (nodes[0]?.className === "ww-host-tick") {
    bench.last = performance.now();
    // Telling takes time too: not before the last of them stands.
    if ((bench.hosts += 1) >= ${ROWS}) tell();
  }
};
const keys = chrome.storage.local.getKeys.bind(chrome.storage.local);
chrome.storage.local.getKeys = () => { const start = performance.now(); return keys().finally(() => { bench.waited += performance.now() - start; }); };
const ask = chrome.runtime.sendMessage.bind(chrome.runtime);
const told = (answer) => {
  if (!bench.first) Object.assign(bench, { first: performance.now(), before: bench.watching });
  return answer;
};
chrome.runtime.sendMessage = (message) => message.type !== "ticks" ? ask(message) : Promise.resolve({ ok: { answer: "messages", messages: message.threads.map((thread, n) => ({
  id: "00000000-0000-4000-8000-" + String(n).padStart(12, "0"), sent_at: 1.7e12, sender: "${MARA}", gmail: { legacy_thread: thread },
  content: { subject: "A mail", recipients: [{ kind: "to", address: "ana@quinta.example" }] },
  activity: { state: ["opened", "clicked", "machines", "apple", "unopened"][n % 5], opens: n % 5 < 2 ? 3 : 0, open_hits: 4, clicks: n % 5 === 1 ? 1 : 0, click_hits: 1, last_open_at: 1.7e12, last_click_at: 1.7e12, last_click_target: "https://fjord.example/plan" },
})) } }).then(told);
`;

/** Changes nodes as a busy page does: rows made, filled, changed and removed, in pieces over many frames. */
const BUSY = async (nodes) => {
  const place = document.body.appendChild(document.createElement("div"));
  let left = nodes;
  let own = 0;
  while (left > 0) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    for (let n = 0; n < 100 && left > 0; n += 1, left -= 1) {
      const node = document.createElement("div");
      node.className = "busy";
      node.textContent = `row ${left}`;
      place.append(node);
      if (place.childElementCount > 200) place.firstElementChild.remove();
    }
    // The page lays itself out: that is its own time too.
    place.getBoundingClientRect();
    own += performance.now() - start;
  }
  place.remove();
  return own;
};

async function copyOf(change) {
  const folder = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  await cp(EXTENSION, folder, { recursive: true });
  const script = join(folder, "content.js");
  await writeFile(script, change(await readFile(script, "utf8")));
  return folder;
}

async function withPage(extension, act) {
  const sim = await GmailSim.start({});
  let browser;
  try {
    for (let n = 0; n < ROWS; n += 1) {
      await sim.deliver({ to: MARA, from: { address: "ana@quinta.example", name: "Ana Ruiz" }, subject: `Mail ${n}`, html: "Hello" });
    }
    browser = await Browser.start({ sim, extension });
    const worker = await browser.worker();
    await worker.evaluate(() =>
      chrome.storage.local.set({
        connection: { account: "abcdefgh", minting: { tracking_url: "https://track.example", epoch: 0, mint_key: "A".repeat(43) } },
      }),
    );
    return await act(browser);
  } finally {
    await browser?.dispose();
    await sim.dispose();
  }
}

/**
 * `{rows, show, worst, before, page, watching, share}`: milliseconds, medians of `rounds`. `before` is all that ran of ours between the
 * start and the data: looking at the page while it is made, asking, and making what ticks are copied from. `share` is watching / page.
 */
export async function ticks(rounds = 5) {
  const [ours, none] = [await copyOf((script) => BEFORE + script), await copyOf(() => "")];
  try {
    const shows = [];
    const befores = [];
    const watchings = [];
    await withPage(ours, async (browser) => {
      for (let round = 0; round < rounds; round += 1) {
        const { page } = await browser.gmail();
        const read = async () => JSON.parse((await page.locator("html").getAttribute("data-bench")) ?? "{}");
        await until(async () => (await read()).hosts >= ROWS, { what: "the ticks" });
        const { before, first, last, waited, hosts, watching } = await read();
        if (hosts !== ROWS) throw new Error(`${hosts} ticks on ${ROWS} rows`);
        shows.push(last - first - waited);
        befores.push(before);
        await page.evaluate(BUSY, NODES);
        await page.waitForTimeout(300);
        watchings.push((await read()).watching - watching);
        await page.close();
      }
    });
    const pages = await withPage(none, async (browser) => {
      const times = [];
      for (let round = 0; round < rounds; round += 1) {
        const { page } = await browser.gmail();
        await page.locator('[role="main"] [role="row"]').nth(ROWS - 1).waitFor();
        times.push(await page.evaluate(BUSY, NODES));
        await page.close();
      }
      return times;
    });
    const [watching, page] = [median(watchings), median(pages)];
    return { rows: ROWS, show: median(shows), before: median(befores), worst: Math.max(...shows), page, watching, share: watching / page };
  } finally {
    await Promise.all([ours, none].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

if (import.meta.filename === process.argv[1]) console.log(JSON.stringify(await ticks()));
