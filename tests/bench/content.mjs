// What the extension costs a Gmail tab: the size of what is loaded, and the main-thread time until the core is ready.
//
// The content script is one function that ends when the core is ready, so the time is taken right around it: in a copy of
// the bundle whose content.js notes the clock before and after. The product itself leaves no marks in Gmail's page.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { Browser, EXTENSION, GmailSim } from "../lib/harness.mjs";
import { median } from "./stats.mjs";

/** Bytes, gzip and raw, of everything that Chrome puts into a Gmail tab. */
export async function size() {
  const files = await Promise.all(["content.js", "observer.js"].map((name) => readFile(join(EXTENSION, name))));
  const sum = (measure) => files.map(measure).reduce((a, b) => a + b, 0);
  return { gzip: sum((file) => gzipSync(file, { level: 9 }).length), raw: sum((file) => file.length) };
}

/** Milliseconds of main thread over `loads` loads of Gmail's page, and how many scripts of the page had been there before. */
export async function ready(loads = 20) {
  const extension = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  const sim = await GmailSim.start({ mails: "demo" });
  let browser;
  try {
    await cp(EXTENSION, extension, { recursive: true });
    const script = await readFile(join(extension, "content.js"), "utf8");
    const before = "const __scripts = document.scripts.length, __before = performance.now();";
    const after = "document.addEventListener('DOMContentLoaded', () => { document.documentElement.dataset.bench = JSON.stringify({ ms: __after - __before, scripts: __scripts }); });";
    await writeFile(join(extension, "content.js"), `${before}\n${script}\nconst __after = performance.now();\n${after}\n`);
    browser = await Browser.start({ sim, extension });
    const times = [];
    let earlier = 0;
    for (let load = 0; load <= loads; load += 1) {
      const { page } = await browser.gmail();
      await page.locator("html[data-bench]").waitFor({ state: "attached" });
      const { ms, scripts } = JSON.parse(await page.locator("html").getAttribute("data-bench"));
      // The first load of a fresh profile compiles the module for the first time: told apart.
      if (load > 0) times.push(ms);
      else times.cold = ms;
      earlier = Math.max(earlier, scripts);
      await page.close();
    }
    return { median: median(times), worst: Math.max(...times), cold: times.cold, scriptsBefore: earlier, loads };
  } finally {
    await browser?.dispose();
    await sim.dispose();
    await rm(extension, { recursive: true, force: true });
  }
}
