// A real Chromium with the built extension, and Gmail's names mapped to the simulator.
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium as playwright } from "playwright-core";

import { Gmail } from "./gmail.mjs";
import { EXTENSION, OUT, ROOT, chromium } from "./paths.mjs";
import { until, within } from "./wait.mjs";
import { say } from "./words.mjs";

/** What keeps a test browser quiet and off the network. */
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
];

export class Browser {
  /** Console errors, uncaught errors and failed workers: `{where, text}`, oldest first. */
  errors = [];
  /** All console lines of pages and the worker. */
  console = [];

  /**
   * Starts Chromium. `sim`: where Gmail's names lead. `lang`: language of the browser's own interface, which is the
   * extension's. `profile`: a folder to start with again; made up and removed unless given.
   */
  static async start({ sim, lang = "en", headless = true, profile, extension = EXTENSION, colorScheme, args = [] } = {}) {
    const browser = new Browser();
    browser.lang = lang;
    browser.ownsProfile = profile === undefined;
    browser.profile = profile ?? (await mkdtemp(join(tmpdir(), "waxwing-chromium-")));
    browser.id = (await readFile(join(ROOT, "extension/ID.txt"), "utf8")).trim();
    const hosts = sim
      ? ["mail.google.com", "gmail.googleapis.com", "*.googleusercontent.com"].map((name) => `MAP ${name} 127.0.0.1:${sim.pagePort}`)
      : [];
    browser.context = await playwright.launchPersistentContext(browser.profile, {
      executablePath: chromium(),
      headless,
      locale: lang,
      colorScheme,
      viewport: headless ? { width: 1280, height: 860 } : null,
      ignoreHTTPSErrors: true,
      chromiumSandbox: process.getuid?.() !== 0,
      ignoreDefaultArgs: ["--disable-extensions"],
      env: { ...process.env, LANGUAGE: lang },
      args: [
        `--load-extension=${extension}`,
        `--disable-extensions-except=${extension}`,
        `--lang=${lang}`,
        `--host-resolver-rules=${[...hosts, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost"].join(", ")}`,
        ...QUIET,
        ...args,
      ],
    });
    browser.listen();
    return browser;
  }

  listen() {
    const { context } = this;
    context.on("console", (line) => {
      const entry = { where: line.location().url, type: line.type(), text: line.text() };
      this.console.push(entry);
      if (entry.type === "error") this.errors.push(entry);
    });
    context.on("weberror", (event) => {
      this.errors.push({ where: event.page()?.url() ?? "", type: "uncaught", text: String(event.error()?.stack ?? event.error()) });
    });
  }

  /** The service worker; waits until it is there. One that ends while it is asked something may never answer: that is an error. */
  async worker() {
    const mine = () => this.context.serviceWorkers().find((worker) => worker.url().startsWith(this.origin));
    const worker = mine() ?? (await until(mine, { what: "the service worker" }));
    return {
      url: () => worker.url(),
      evaluate: (what, argument) => within(worker.evaluate(what, argument), "the worker's answer", 30_000),
    };
  }

  get origin() {
    return `chrome-extension://${this.id}`;
  }

  /** Everything in `chrome.storage.local`, or in another area. */
  async storage(area = "local") {
    return (await this.worker()).evaluate((area) => chrome.storage[area].get(), area);
  }

  /** Ends all service workers, as Chromium does when they idle. */
  async stopWorkers() {
    const page = await this.context.newPage();
    await page.goto(`${this.origin}/manifest.json`);
    const session = await this.context.newCDPSession(page);
    await within(session.send("ServiceWorker.enable"), "listening to workers");
    await within(session.send("ServiceWorker.stopAllWorkers"), "ending the workers");
    await page.close();
  }

  /** Wakes the worker, as any question from a page does. One that was ended starts by itself only with the next alarm. */
  async wakeWorker() {
    const page = await this.context.newPage();
    await page.goto(`${this.origin}/manifest.json`);
    await within(page.evaluate(() => chrome.runtime.sendMessage({ type: "status" })), "waking the worker");
    await page.close();
  }

  /** The alarm that comes every half minute while there is no stream, now. */
  async tick() {
    const worker = await this.worker();
    await worker.evaluate(async () => {
      const alarm = await chrome.alarms.get("tick");
      if (!alarm) throw new Error("no alarm is set");
      chrome.alarms.onAlarm.dispatch(alarm);
    });
  }

  /** The popup, opened as a tab of the popup's size. */
  async popup() {
    const page = await this.context.newPage();
    await page.setViewportSize({ width: 384, height: 600 });
    await page.goto(`${this.origin}/popup.html`);
    return page;
  }

  /** The options page. */
  async options() {
    const page = await this.context.newPage();
    await page.goto(`${this.origin}/options.html`);
    return page;
  }

  /**
   * Connects by the popup, as a person does. `policy`: the English words of the choice ("Track every mail", "Ask for each
   * mail", "Only recipients who agreed"), or null to leave it. `line`: tracked mails carry the line for their recipients.
   * Gives the popup back.
   */
  async connect({ server, code, policy = "Track every mail", line = false }) {
    const page = await this.popup();
    await page.getByLabel(say(this.lang, "Server address")).fill(server);
    await page.getByLabel(say(this.lang, "Pairing code")).fill(code);
    if (policy) await page.getByRole("radio", { name: say(this.lang, policy) }).check();
    const box = page.getByRole("checkbox", { name: say(this.lang, "Tell recipients in the mail") });
    if ((await box.count()) > 0) await box.setChecked(line);
    await page.getByRole("button", { name: say(this.lang, "Connect"), exact: true }).click();
    await until(async () => (await this.storage()).connection, { what: "the connection" });
    if (policy) await until(async () => (await this.storage()).policy, { what: "the choice" });
    return page;
  }

  /**
   * Opens Gmail in a new tab. `path` is the mailbox (`u/0`, `u/1`, `b/<delegate>/u/0`); `query` are switches of the
   * simulator for this tab, e.g. `{lang: "de"}`.
   */
  async gmail({ path = "u/0", query = {}, hash = "#inbox" } = {}) {
    const page = await this.context.newPage();
    const switches = new URLSearchParams(Object.entries(query).map(([name, value]) => [`sim.${name}`, String(value)]));
    const search = switches.size ? `?${switches}` : "";
    await page.goto(`https://mail.google.com/mail/${path}/${search}${hash}`);
    return Gmail.of(page);
  }

  /** A picture in tests/out. */
  async screenshot(page, name, options = {}) {
    await mkdir(OUT, { recursive: true });
    const path = join(OUT, `${name}.png`);
    await page.screenshot({ path, ...options });
    return path;
  }

  /** Fails when anything went wrong on a page or in the worker, apart from what is named and the simulator's missing favicon. */
  expectNoErrors(...except) {
    const left = this.errors.filter(({ where, text }) => !where.endsWith("/favicon.ico") && !except.some((pattern) => pattern.test(text)));
    if (left.length > 0) {
      throw new Error(`errors in the browser:\n${left.map(({ where, text }) => `  ${text} (${where})`).join("\n")}`);
    }
  }

  async dispose() {
    await within(this.context.close(), "closing the browser");
    if (this.ownsProfile) await rm(this.profile, { recursive: true, force: true });
  }
}
