// The pages that the backend serves by itself, the account's and the recipient's: without script, on a phone and on a desk, light and
// dark, in both languages. Pictures land in tests/out/pictures; with UPDATE_PICTURES=1 those
// that the documents show also in docs/pictures.
import assert from "node:assert/strict";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";

import { chromium as playwright } from "playwright-core";

import { Backend, GmailSim, OUT, ROOT, Writer, chromium } from "../lib/harness.mjs";
import { asGoogle, connectGmail } from "../lib/later.mjs";

const PICTURES = join(OUT, "pictures");
const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";
/** What docs/CONSENT.md and docs/ACCOUNTS.md show. */
const SHOWN = /^(recipient|account)-(phone|desk)-/;
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1_280, height: 860 } };

async function start(t) {
  const sim = await GmailSim.start();
  t.after(() => sim.dispose());
  const backend = await Backend.start({ env: asGoogle(sim), trusting: true });
  t.after(() => backend.dispose());
  const device = await backend.device("mara", "Chrome on Linux");
  await connectGmail(device, MARA);
  const mail = await new Writer({ sim }, device).send({ to: ANA, subject: "Offer", links: ["https://fjord.example/plan"] });
  await sim.open(ANA, await sim.arrived(ANA, (arrived) => arrived.subject === "Offer"));
  const browser = await playwright.launch({
    executablePath: chromium(),
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
  t.after(() => browser.close());
  return { backend, browser, mail };
}

/** Opens pages in a browser of this size and scheme, in which no script runs, and fails on whatever they complain of. */
async function contextOf(browser, size, colorScheme, locale) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme, locale, javaScriptEnabled: false });
  const troubles = [];
  context.on("console", (line) => ["error", "warning"].includes(line.type()) && troubles.push(line.text()));
  return { context, troubles };
}

/** A picture of the whole page; what is wider than the screen fails. */
async function picture(page, name) {
  await mkdir(PICTURES, { recursive: true });
  const wide = await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
  assert.equal(wide, 0, `${name} is wider than its screen`);
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  if (process.env.UPDATE_PICTURES && SHOWN.test(name)) await cp(path, join(ROOT, `docs/pictures/${name}.png`));
}

test("the recipient's page and the account's, on a phone and on a desk, light and dark", async (t) => {
  const { backend, browser, mail } = await start(t);
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      const { context, troubles } = await contextOf(browser, size, scheme, "en-GB");
      const page = await context.newPage();
      assert.equal((await page.goto(mail.page)).status(), 200);
      assert.match(await page.locator("body").innerText(), /mara@fjord\.example/);
      await picture(page, `recipient-${size}-${scheme}`);

      await page.goto(`${backend.url}/account`);
      await page.locator('input[name="code"]').fill(await backend.pair());
      await picture(page, `sign-in-${size}-${scheme}`);
      await page.locator('form[action$="/code"] button').click();
      await page.getByText("Chrome on Linux").first().waitFor();
      assert.match(await page.locator("body").innerText(), /mara@fjord\.example/);
      await picture(page, `account-${size}-${scheme}`);
      assert.deepEqual(troubles, []);
      await context.close();
    }
  }
});

test("both pages speak German to who reads German", async (t) => {
  const { backend, browser, mail } = await start(t);
  const { context, troubles } = await contextOf(browser, "phone", "light", "de-DE");
  const page = await context.newPage();
  await page.goto(mail.page);
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await picture(page, "recipient-german");
  await page.goto(`${backend.url}/account`);
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.locator('input[name="code"]').fill(await backend.pair());
  await page.locator('form[action$="/code"] button').click();
  await page.getByText("Chrome on Linux").first().waitFor();
  await picture(page, "account-german");
  assert.deepEqual(troubles, []);
});
