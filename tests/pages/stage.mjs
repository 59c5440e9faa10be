// Serves the built pages on loopback and opens them in Chromium with a fake `chrome`.
import { createServer } from "node:http";
import { mkdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { NOW, consent, list, mails, notTracked, people, stats, status, devices } from "./fixtures.mjs";
import { settings } from "./waits.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const built = process.env.WAXWING_EXTENSION ?? join(root, "dist/extension");
export const out = join(root, "tests/out/pages");

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png" };
// The same policy as in the manifest, so that an inline style or script shows up here.
const manifest = JSON.parse(await readFile(join(root, "manifest.json"), "utf8"));
const CSP = manifest.content_security_policy.extension_pages;

const serve = async () => {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname).replace(/^\/+/, "");
    const file = join(built, path);
    if (!file.startsWith(built) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": CSP });
    response.end(await readFile(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
};

export class Stage {
  static async open() {
    await mkdir(out, { recursive: true });
    const stage = new Stage();
    Object.assign(stage, await serve());
    stage.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
    });
    stage.fake = await readFile(join(root, "tests/pages/chrome.js"), "utf8");
    stage.words = {};
    for (const language of ["en", "de"]) {
      stage.words[language] = JSON.parse(await readFile(join(root, `extension/_locales/${language}/messages.json`), "utf8"));
    }
    stage.missing = new Set();
    return stage;
  }

  async close() {
    await this.browser.close();
    this.server.close();
  }

  // A page in a state of its own. `answers` go over the usual ones; a function in them runs in this process.
  async page({ file = "popup.html", language = "en-GB", answers = {}, width = 384, height = 600, theme = "light", seen = NOW - 3 * 3_600_000, textScale = 1, ...more } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      locale: language,
      timezoneId: "Europe/Oslo",
      reducedMotion: "reduce",
      ...more,
    });
    const page = await context.newPage();
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(`error: ${error.message}`));
    page.on("console", (line) => {
      if (["error", "warning"].includes(line.type())) page.problems.push(`${line.type()}: ${line.text()}`);
    });
    await page.clock.install({ time: NOW });
    const usual = { status: status(), list: list(mails, { not_tracked: notTracked }), stats: stats(), devices, consent: consent(), people: people(), "later:reminder_settings": settings() };
    const all = { ...usual, ...answers };
    const here = Object.entries(all).filter(([, answer]) => typeof answer === "function");
    await page.exposeFunction("__wwAsk", (type, question) => all[type](question));
    const setup = {
      messages: this.words[language.split("-")[0]] ?? this.words.en,
      language,
      version: manifest.version ?? "0.1.0",
      answers: Object.fromEntries(Object.entries(all).filter(([, answer]) => typeof answer !== "function")),
      here: here.map(([type]) => type),
      seen: String(seen),
      textScale,
    };
    await page.addInitScript(`
      window.__wwSetup = ${JSON.stringify(setup)};
      for (const type of window.__wwSetup.here) window.__wwSetup.answers[type] = (question) => window.__wwAsk(type, question);
      if (!localStorage.getItem("seen_at")) localStorage.setItem("seen_at", window.__wwSetup.seen);
      ${this.fake}
    `);
    await page.goto(`${this.origin}/${file}`);
    if (textScale !== 1) {
      // What a person's own text size does: every rem grows.
      await page.evaluate((scale) => (document.documentElement.style.fontSize = `${16 * scale}px`), textScale);
    }
    return page;
  }

  // Everything that was said while the page was used; closes it.
  async done(page) {
    for (const key of await page.evaluate(() => [...window.__ww.missing])) this.missing.add(key);
    const problems = page.problems;
    await page.context().close();
    return problems;
  }
}
