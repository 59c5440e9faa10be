// What an end-to-end test starts with:
//
//   import { world } from "./lib/harness.mjs";
//   test("…", async (t) => {
//     const { backend, sim, browser } = await world(t);
//     await browser.connect({ server: backend.url, code: await backend.pair() });
//     …
//   });
//
// Everything is real: the built extension in a Chromium of its own profile, the backend on an empty data folder, the
// simulated Gmail behind Gmail's names. All of it ends with the test; when the test failed, pictures of the open pages and
// what the programs wrote stand in tests/out.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Backend } from "./backend.mjs";
import { Browser } from "./browser.mjs";
import { OUT } from "./paths.mjs";
import { GmailSim } from "./sim.mjs";

export { Backend, Browser, GmailSim };
export { Compose, Gmail, renamed } from "./gmail.mjs";
export * from "./paths.mjs";
export { Mint, Writer } from "./mails.mjs";
export { Notices } from "./notices.mjs";
export { Program, freePort, run } from "./process.mjs";
export { until } from "./wait.mjs";
export { messages, pattern, say, text } from "./words.mjs";

/**
 * Starts backend, simulator and browser for one test (or, given `before`'s context, for a whole file).
 * Each part takes its own options; `false` leaves it out. `connected` pairs by the popup with the given options.
 */
export async function world(t, { backend = {}, sim = {}, browser = {}, connected = false } = {}) {
  const made = {};
  t.after(() => end(made, t));
  if (backend) made.backend = await Backend.start(backend);
  if (sim) made.sim = await GmailSim.start(sim);
  if (browser) made.browser = await Browser.start({ sim: made.sim, ...browser });
  if (connected) {
    const options = connected === true ? {} : connected;
    const popup = await made.browser.connect({ server: made.backend.url, code: await made.backend.pair(options.account), ...options });
    await popup.close();
  }
  return made;
}

/** Keeps what helps to understand a failure, then ends everything. */
async function end({ backend, sim, browser }, t) {
  try {
    if (t.passed === false || t.error) await keep({ backend, sim, browser }, t.name);
  } finally {
    await browser?.dispose();
    await sim?.dispose();
    await backend?.dispose();
  }
}

async function keep({ backend, sim, browser }, name) {
  const folder = join(OUT, name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80));
  await mkdir(folder, { recursive: true });
  for (const [n, page] of (browser?.context.pages() ?? []).entries()) {
    await page.screenshot({ path: join(folder, `page-${n}.png`) }).catch(() => {});
    await writeFile(join(folder, `page-${n}.html`), `<!-- ${page.url()} -->\n${await page.content().catch(String)}`);
  }
  if (browser) await writeFile(join(folder, "console.json"), JSON.stringify({ errors: browser.errors, console: browser.console }, null, 1));
  if (backend) await writeFile(join(folder, "backend.log"), backend.log);
  if (sim) await writeFile(join(folder, "requests.json"), JSON.stringify(await sim.requests().catch(String), null, 1));
}
