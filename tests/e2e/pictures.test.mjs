// The pictures of the README: Gmail with the switch in its compose, ticks in its list, the line under an own mail, the popup's
// list, one mail's page and the totals, light and dark, all of it running for real. They land in tests/out/pictures; with
// UPDATE_PICTURES=1 also in docs/pictures.
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { OUT, ROOT, Writer, pattern, text, until, world } from "../lib/harness.mjs";
import { LISTS, histories, month } from "../lib/histories.mjs";

const PICTURES = join(OUT, "pictures");
const OFFER = "Offer for the March workshop";
/** What the list says when everything has settled. */
const SETTLED = [
  [OFFER, "mail_clicked"],
  ["Lease renewal, Hafenstraße 12: second draft", "mail_opened"],
  ["Security questionnaire, answers attached", "mail_machines"],
  ["Photos for the brochure", "mail_unclear"],
  ["Minutes and next steps", "mail_apple"],
  ["Invoice 2026-108", "mail_sealed"],
  ["Dates for the workshop", "mail_opened"],
];

for (const scheme of ["light", "dark"]) {
  test(`Gmail with control, ticks and line, the popup's list, one mail and the totals, ${scheme}`, async (t) => {
    const { backend, sim, browser } = await world(t, {
      connected: true,
      backend: { trusting: true, lists: LISTS },
      sim: { settings: { theme: scheme }, mails: "demo" },
      browser: { colorScheme: scheme },
    });
    await mkdir(PICTURES, { recursive: true });
    const picture = (page, name, more = {}) => page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`), ...more });
    const device = await backend.device("mara", "Another browser");
    const writer = new Writer({ sim }, device);
    await histories(writer);

    const popup = await browser.popup();
    await popup.setViewportSize({ width: 384, height: 720 });
    for (const [subject, key] of SETTLED) {
      const row = popup.getByRole("listitem").filter({ hasText: subject }).filter({ hasText: pattern("en", key) });
      await row.waitFor({ timeout: 50_000 });
    }
    await picture(popup, "popup");

    const offer = popup.getByRole("listitem").filter({ hasText: OFFER });
    await offer.getByRole("link").or(offer.getByRole("button")).first().click();
    await popup.getByRole("heading", { name: text("en", "told_click") }).waitFor();
    await popup.setViewportSize({ width: 384, height: 1_120 });
    await picture(popup, "mail");

    const gmail = await browser.gmail();
    await gmail.page.bringToFront();
    await gmail.folder("sent");
    const tick = gmail.row(OFFER).locator(".ww-host-tick").getByRole("img");
    await tick.waitFor();
    await until(async () => (await gmail.page.locator('[role="main"] .ww-host-tick').count()) >= SETTLED.length, { what: "all ticks" });
    // Ours follow Gmail's own theme, wherever they stand.
    await gmail.page.locator(`[role="main"] .ww-host-tick[data-theme="${scheme}"]`).first().waitFor();
    await tick.hover();
    await gmail.page.locator(`.ww-host-tip[data-theme="${scheme}"]`).getByRole("tooltip").waitFor();
    await picture(gmail.page, "ticks", { clip: { x: 0, y: 0, width: 1_280, height: 520 } });

    await gmail.open(OFFER);
    const line = gmail.page.locator(".ww-host-line");
    await line.getByRole("button").first().click();
    await line.getByText(text("en", "told_click")).filter({ visible: true }).first().waitFor();
    await gmail.page.mouse.move(5, 5);
    await picture(gmail.page, "line");

    // The month behind the totals; its clicks settle while the next picture is taken.
    const clicked = await month(writer);
    await gmail.folder("inbox");
    const compose = await gmail.compose();
    await compose.fill({
      to: "kenji@sora.example",
      subject: "Samples have left the warehouse",
      body: ["Dear Kenji, the samples left this morning. ", { text: "Track the parcel", href: "https://fjord.example/parcel/8812" }],
    });
    const control = compose.root.getByRole("button", { name: text("en", "compose_label_tracked") });
    await control.hover();
    await compose.root.getByRole("tooltip").or(compose.page.getByRole("tooltip")).first().waitFor();
    await picture(gmail.page, "gmail");
    await compose.discard();

    await until(async () => (await device.call("GET", "/stats?days=30&zone=UTC")).body.clicked > clicked, { what: "settled clicks", timeout: 60_000, every: 500 });
    await popup.bringToFront();
    await popup.goto(`${browser.origin}/popup.html`);
    await popup.getByRole("link", { name: text("en", "tab_stats") }).first().click();
    await popup.getByText("northwind.example", { exact: true }).filter({ visible: true }).first().waitFor();
    await popup.setViewportSize({ width: 384, height: 1_120 });
    await picture(popup, "stats");
    if (process.env.UPDATE_PICTURES) await cp(PICTURES, join(ROOT, "docs/pictures"), { recursive: true });
  });
}
