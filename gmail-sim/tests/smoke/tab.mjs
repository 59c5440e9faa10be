// A tab with the simulated Gmail in it, and what tests ask the simulator about.

import { start, until } from "./rig.mjs";

export { until };
export const rig = await start();
export const { control, pictures } = rig;
export const MARA = "mara@fjord.example";
export const ANA = "ana@quinta.example";
export const tests = [];
export const test = (name, run) => tests.push([name, run]);

// What a test provokes on purpose: addresses that lead nowhere, and what a policy keeps a mail from doing.
const PROVOKED = /ERR_NAME_NOT_RESOLVED|inline event handler/;

/** The renaming of src/shuffle.rs. */
export function renamed(name, seed) {
  if (!seed || /^(editable$|gmail_|gs-)/.test(name)) return name;
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  let out = "z";
  for (let i = 0; i < 6; i++) {
    out += String.fromCharCode(97 + (hash % 26));
    hash = Math.floor(hash / 26);
  }
  return out;
}

export class Tab {
  constructor(page, seed) {
    this.page = page;
    this.seed = seed;
    this.errors = [];
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on(
      "console",
      (line) =>
        line.type() === "error" &&
        !/127\.0\.0\.1/.test(line.location().url) &&
        !PROVOKED.test(line.text()) &&
        this.errors.push(line.text()),
    );
  }

  css(selector) {
    return selector.replace(/\.([A-Za-z][\w-]*)/g, (_, name) => `.${renamed(name, this.seed)}`);
  }

  at(selector) {
    return this.page.locator(this.css(selector));
  }

  get send() {
    return this.at(".IZ .Up div > div[role=button]:not(.Uo):not([aria-haspopup=true])");
  }

  async compose({ to = ANA, subject = "Hello", text = "One line" } = {}) {
    const before = await this.at(".M9").count();
    await this.page.click("[gh=cm]");
    await until(async () => (await this.at(".M9").count()) === before + 1, "a compose");
    if (to) await this.page.keyboard.type(`${to},`);
    if (subject) await this.page.locator("input[name=subjectbox]").first().fill(subject);
    await this.page.locator("[g_editable=true]").first().click();
    await this.page.keyboard.type(text);
  }

  async open(subject) {
    await this.at("[role=main] tr.zA").filter({ hasText: subject }).click();
    await this.at(".hP").filter({ hasText: subject }).waitFor();
  }
}

export const context = await rig.browser.newContext({ viewport: { width: 1280, height: 800 } });
export const tabs = [];

export async function tab(path = "/mail/u/0/", settings = {}) {
  const made = new Tab(await context.newPage(), settings.shuffle ?? 0);
  tabs.push(made);
  await made.page.goto(`https://mail.google.com${path}`);
  await made.at("[role=main]").waitFor();
  return made;
}

export async function fresh(settings = {}, more = {}) {
  await control("/reset", { settings: { undoSeconds: 30, confirmEmpty: false, ...settings }, ...more });
  return tab("/mail/u/0/", settings);
}

export const summaries = async () => (await control("/requests")).flatMap((it) => it.summary);
export const sends = async () => (await summaries()).filter((it) => it.kind === "send");
export const inbox = async (address) =>
  (await control(`/mailbox/${address}`)).messages.filter((it) => it.labels.includes("^i"));
export const sent = (it) => it.page.locator("#link_undo").waitFor();
export const shot = async (it, name) => process.env.SHOTS && it.page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
export const deliver = (html, more = {}) =>
  control("/deliver", { to: MARA, from: { address: ANA, name: "Ana Ruiz" }, subject: "Question", html, ...more });
