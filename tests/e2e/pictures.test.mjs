// The pictures of the README: Gmail with the switch in its compose, and the popup, light and dark, all of it running for
// real. They land in tests/out/pictures; with UPDATE_PICTURES=1 also in docs/pictures.
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { OUT, ROOT, text, until, world } from "../lib/harness.mjs";

const HOUR = 3_600_000;
const PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

/** Who got what, how long ago, and how often it was loaded since. */
const MAILS = [
  { to: [["ana@quinta.example", "Ana Ruiz"]], subject: "Offer for the March workshop", hours: 1, opens: 1 },
  { to: [["jonas@hafen.example", "Jonas Weber"], ["priya@north.example", "Priya Nair"]], subject: "Lease renewal, Hafenstraße 12: second draft", hours: 4, opens: 2 },
  { to: [["procurement@northwind.example"]], subject: "Security questionnaire, answers attached", hours: 6, opens: 0 },
  { to: [["tomas@quinta.example", "Tomás Oliveira"]], subject: "Minutes and next steps", hours: 52, opens: 3 },
  { to: [["b.okafor@acme.example", "Ben Okafor"]], subject: "Invoice 2026-108", hours: 77, opens: 0 },
];

for (const scheme of ["light", "dark"]) {
  test(`Gmail with the control, and the popup, ${scheme}`, async (t) => {
    const { backend, browser } = await world(t, {
      connected: true,
      sim: { settings: { theme: scheme }, mails: "demo" },
      browser: { colorScheme: scheme },
    });
    const device = await backend.device();
    const now = Date.now();
    for (const { to, subject, hours, opens } of MAILS) {
      const [pixel] = await backend.mint(1);
      const token = Buffer.from(pixel.slice(-36, -4), "base64url").subarray(1, 17).toString("hex");
      const id = token.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      await device.call("PUT", `/messages/${id}`, {
        epoch: 0,
        sent_at: now - hours * HOUR,
        sender: "mara@fjord.example",
        content: { subject, recipients: to.map(([address, name]) => ({ kind: "to", address, name })), links: [] },
      });
      for (let n = 0; n < opens; n += 1) await fetch(pixel, { headers: { "user-agent": `${PROXY} ${n}` } });
    }

    const gmail = await browser.gmail();
    const compose = await gmail.compose();
    await compose.fill({
      to: "kenji@sora.example",
      subject: "Samples have left the warehouse",
      body: ["Dear Kenji, the samples left this morning. ", { text: "Track the parcel", href: "https://fjord.example/parcel/8812" }],
    });
    const control = compose.root.getByRole("button", { name: text("en", "compose_label_tracked") });
    await control.hover();
    await compose.root.getByRole("tooltip").or(compose.page.getByRole("tooltip")).first().waitFor();

    const popup = await browser.popup();
    await popup.getByRole("listitem").filter({ hasText: "Minutes and next steps" }).filter({ hasText: /3 times/ }).waitFor();
    await until(async () => (await popup.getByRole("listitem").count()) >= MAILS.length, { what: "the list" });
    const pictures = join(OUT, "pictures");
    await mkdir(pictures, { recursive: true });
    await popup.setViewportSize({ width: 384, height: 720 });
    await popup.screenshot({ path: join(pictures, `popup-${scheme}.png`) });
    await gmail.page.bringToFront();
    await control.hover();
    await gmail.page.screenshot({ path: join(pictures, `gmail-${scheme}.png`) });
    if (process.env.UPDATE_PICTURES) await cp(pictures, join(ROOT, "docs/pictures"), { recursive: true });
  });
}
