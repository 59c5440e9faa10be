// The pictures of the README: Gmail with the switch in its compose, ticks in its list, the line under an own mail, the popup's
// list, one mail's page and the totals; the panel for sending later, the popup's scheduled mails and the options' mailboxes; a
// conversation that is back since nobody answered, and what waits; the first choice and a mail that its recipient refused; light and dark, all of it running for real. They land in tests/out/pictures; with UPDATE_PICTURES=1 also in docs/pictures.
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { Backend, OUT, ROOT, Writer, pattern, text, until, world } from "../lib/harness.mjs";
import { LISTS, answers, histories, month } from "../lib/histories.mjs";
import { asGoogle, connectGmail, schedule, standing } from "../lib/later.mjs";
import { frame } from "../lib/panel.mjs";

const PICTURES = join(OUT, "pictures");
const ANA = "ana@quinta.example";
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
      backend: { trusting: true, lists: LISTS, clock: true },
      sim: { settings: { theme: scheme }, mails: "demo" },
      browser: { colorScheme: scheme },
    });
    await mkdir(PICTURES, { recursive: true });
    const picture = (page, name, more = {}) => page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`), ...more });
    const device = await backend.device("mara", "Another browser");
    const writer = new Writer({ sim }, device);
    await histories(writer);
    // Clicks settle after 30 s.
    await backend.advance(30_000);

    const popup = await browser.popup();
    await popup.setViewportSize({ width: 384, height: 720 });
    for (const [subject, key] of SETTLED) {
      const row = popup.getByRole("listitem").filter({ hasText: subject }).filter({ hasText: pattern("en", key) });
      await row.waitFor();
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

    // The month behind the totals.
    const clicked = await month(writer);
    await backend.advance(30_000);
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

    await until(async () => (await device.call("GET", "/stats?days=30&zone=UTC")).body.clicked > clicked, { what: "settled clicks", every: 500 });
    await popup.bringToFront();
    await popup.goto(`${browser.origin}/popup.html`);
    await popup.getByRole("link", { name: text("en", "tab_stats") }).first().click();
    await popup.getByText("northwind.example", { exact: true }).filter({ visible: true }).first().waitFor();
    await popup.setViewportSize({ width: 384, height: 1_120 });
    await picture(popup, "stats");
    if (process.env.UPDATE_PICTURES) await cp(PICTURES, join(ROOT, "docs/pictures"), { recursive: true });
  });
}

const MARA = "mara@fjord.example";
const HOUR = 3_600_000;

/** A day so many days ahead at so many hours, as clocks show it. */
const wall = (days, hours) => `${new Date(Date.now() + days * 24 * HOUR).toISOString().slice(0, 10)}T${String(hours).padStart(2, "0")}:00:00`;

/** Mails that wait, as a person has them: to whom, what, and when. */
const WAITING = [
  { to: { address: "kenji@sora.example", name: "Kenji Mori" }, subject: "Samples have left the warehouse", when: { kind: "at", wall: wall(2, 17), zone: "Asia/Tokyo" } },
  { to: { address: "tomas@quinta.example", name: "Tomás Oliveira" }, subject: "Following up: minutes and next steps", when: { kind: "at", wall: wall(5, 8), zone: "UTC" }, unlessAnswered: true },
  {
    to: { address: "team@fjord.example", name: "" }, subject: "What is everyone on this week?", holidays: ["NO"],
    when: { kind: "repeat", rule: "FREQ=WEEKLY;BYDAY=MO", start: wall(6, 8), zone: "UTC", skip: [], until_answered: false },
  },
];

for (const scheme of ["light", "dark"]) {
  test(`send later: the panel, what is scheduled, and mailboxes, ${scheme}`, async (t) => {
    const made = await world(t, { backend: false, sim: { settings: { theme: scheme }, mails: "demo" }, browser: { colorScheme: scheme } });
    const { sim, browser } = made;
    made.backend = await Backend.start({ env: asGoogle(sim) });
    const device = await made.backend.device();
    await (await browser.connect({ server: made.backend.url, code: await made.backend.pair() })).close();
    await mkdir(PICTURES, { recursive: true });
    const picture = (page, name, more = {}) => page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`), ...more });
    const mailbox = await connectGmail(device, MARA);
    await device.call("PUT", "/contacts/zones", { address: "kenji@sora.example", zone: "Asia/Tokyo" });

    // One went at its time. One was refused as too large, of one the answer was lost while nobody could look.
    const draft = ({ to, subject, html }) => sim.draft({ address: MARA, to: [to], subject, html: html ?? "Hello" });
    const gone = async (mail, state) => {
      const { id } = await schedule(device, mailbox, await draft(mail), 0, { when: { kind: "instant", at: Date.now() + 600, zone: "UTC" } });
      await standing(device, id, [state], { every: 20 });
      return id;
    };
    const html = "Dear Claire, <a href=\"https://fjord.example/trains\">the trains</a>.";
    await gone({ to: { address: "claire@atelier.example", name: "Claire Dubois" }, subject: "Train times for Saturday", html }, "sent");
    await sim.apiFaults({ method: "drafts.send", error: 413, times: 1 });
    await gone({ to: { address: "b.okafor@acme.example", name: "Ben Okafor" }, subject: "Photos of the site" }, "failed");
    await sim.apiFaults({ method: "drafts.send", dropAfterEffect: true, times: 1 });
    const lost = await gone({ to: { address: "ana@quinta.example", name: "Ana Ruiz" }, subject: "Contract, signed" }, "unclear");
    await device.call("DELETE", `/mailboxes/${mailbox.id}`);
    await standing(device, lost, ["held"]);
    await connectGmail(device, MARA);
    for (const { when, unlessAnswered, holidays, ...mail } of WAITING) {
      await schedule(device, mailbox, await draft(mail), 0, { when, unlessAnswered, holidays });
    }

    const popup = await browser.popup();
    await popup.setViewportSize({ width: 384, height: 1_150 });
    await popup.getByRole("link", { name: text("en", "tab_scheduled") }).click();
    const sent = popup.getByRole("listitem").filter({ hasText: "Train times for Saturday" });
    await sent.getByText(text("en", "sched_details")).click();
    await sent.locator(".ww-rec li").first().waitFor();
    await popup.getByRole("link", { name: text("en", "sched_look") }).first().waitFor();
    await popup.mouse.move(5, 5);
    await popup.evaluate(() => document.activeElement?.blur());
    await picture(popup, "scheduled");
    await popup.close();

    const options = await browser.options();
    await options.setViewportSize({ width: 960, height: 900 });
    const box = options.locator(`[data-id="${mailbox.id}"]`);
    await box.getByText(text("en", "ledger")).click();
    await box.getByText(text("en", "access_send")).first().waitFor();
    await options.mouse.move(5, 5);
    await options.evaluate(() => document.activeElement?.blur());
    await options.evaluate(() => document.querySelector("#mailboxes").scrollIntoView());
    await picture(options, "mailboxes");
    await options.close();

    const gmail = await browser.gmail();
    const compose = await gmail.compose();
    await compose.fill({
      to: "kenji@sora.example",
      subject: "Samples have left the warehouse",
      body: ["Dear Kenji, the samples left this morning. ", { text: "Track the parcel", href: "https://fjord.example/parcel/8812" }],
    });
    // The controls take over Gmail's theme when the pointer comes to them.
    await compose.root.getByRole("button", { name: text("en", "compose_label_tracked") }).hover();
    await compose.root.locator(`.ww-host[data-theme="${scheme}"]`).waitFor();
    await compose.root.locator(".ww-host").getByRole("button", { name: /^Send later/ }).click();
    const panel = await frame(gmail.page);
    const field = panel.getByRole("textbox", { name: text("en", "panel_when") });
    await field.fill("tomorrow 9am");
    await panel.getByText("in Tokyo").first().waitFor();
    await gmail.page.mouse.move(5, 5);
    await picture(gmail.page, "later");
    if (!process.env.UPDATE_PICTURES) return;
    for (const name of ["later", "scheduled", "mailboxes"]) {
      await cp(join(PICTURES, `${name}-${scheme}.png`), join(ROOT, `docs/pictures/${name}-${scheme}.png`));
    }
  });
}

for (const scheme of ["light", "dark"]) {
  test(`reminders: a conversation that is back, and what waits, ${scheme}`, async (t) => {
    const made = await world(t, { backend: false, sim: { settings: { theme: scheme }, mails: "demo" }, browser: { colorScheme: scheme } });
    const { sim, browser } = made;
    made.backend = await Backend.start({ env: asGoogle(sim), trusting: true, lists: LISTS });
    t.after(() => made.backend.dispose());
    const device = await made.backend.device();
    await (await browser.connect({ server: made.backend.url, code: await made.backend.pair() })).close();
    await mkdir(PICTURES, { recursive: true });
    const picture = (page, name, more = {}) => page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`), ...more });
    await connectGmail(device, MARA);
    const writer = new Writer({ sim }, device);
    await answers(writer, await histories(writer), MARA);

    const gmail = await browser.gmail();
    await gmail.open("Invoice 2026-108");
    const strip = gmail.page.locator(`.ww-host-back [data-theme="${scheme}"], .ww-host-back[data-theme="${scheme}"]`);
    await strip.first().waitFor();
    await gmail.page.locator(".ww-host-back").getByText(/^You asked for today /).waitFor();
    await gmail.page.mouse.move(5, 5);
    await picture(gmail.page, "back", { clip: { x: 0, y: 0, width: 1_280, height: 600 } });

    const popup = await browser.popup();
    await popup.setViewportSize({ width: 384, height: 980 });
    await popup.getByRole("link", { name: /^Waiting/ }).click();
    await popup.getByRole("heading", { name: text("en", "waiting_back") }).waitFor();
    for (const subject of ["Invoice 2026-108", "Lease renewal", "Dates for the workshop", "Photos for the brochure"]) {
      await popup.getByRole("listitem").filter({ hasText: subject }).first().waitFor();
    }
    await popup.mouse.move(5, 5);
    await popup.evaluate(() => document.activeElement?.blur());
    await picture(popup, "waiting");
    if (!process.env.UPDATE_PICTURES) return;
    for (const name of ["back", "waiting"]) {
      await cp(join(PICTURES, `${name}-${scheme}.png`), join(ROOT, `docs/pictures/${name}-${scheme}.png`));
    }
  });
}

for (const scheme of ["light", "dark"]) {
  test(`consent: the first choice, a mail that was refused, and the next one to them, ${scheme}`, async (t) => {
    const { backend, sim, browser } = await world(t, {
      backend: { trusting: true, clock: true },
      sim: { settings: { theme: scheme } },
      browser: { colorScheme: scheme },
    });
    await mkdir(PICTURES, { recursive: true });
    const picture = (page, name, more = {}) => page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`), ...more });
    const popup = await browser.connect({ server: backend.url, code: await backend.pair(), policy: null });
    await popup.setViewportSize({ width: 384, height: 720 });
    // The screen before it offers the same choice.
    await popup.getByRole("heading", { name: text("en", "first_title") }).waitFor();
    await popup.getByRole("radio", { name: text("en", "policy_every") }).check();
    await popup.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
    await picture(popup, "choice");
    await popup.getByRole("button", { name: text("en", "first_confirm") }).click();
    await until(async () => (await browser.storage()).consent?.line, { what: "the line in the browser's copy" });

    const gmail = await browser.gmail();
    const first = await gmail.compose();
    await first.fill({ to: ANA, subject: OFFER, body: ["Dear Ana, here it is: ", { text: "the plan", href: "https://fjord.example/plan" }] });
    await first.root.getByRole("button", { name: text("en", "compose_label_tracked") }).waitFor();
    await first.send();
    const mail = await sim.arrived(ANA, (it) => it.subject === OFFER);
    const page = await browser.context.newPage();
    await page.goto(/href="([^"]*#line)"/.exec(mail.html)[1]);
    await page.locator('input[name="keep"][value="none"]').check();
    await page.locator('button[value="refuse"]').click();
    await page.waitForLoadState();
    await page.close();

    const row = popup.getByRole("listitem").filter({ hasText: OFFER }).filter({ hasText: /Refused by a recipient/ });
    await row.getByRole("link").first().click();
    await popup.getByRole("heading", { name: text("en", "hit_refused") }).waitFor();
    await popup.getByText(text("en", "sum_declined")).waitFor();
    await picture(popup, "refused");
    if (process.env.UPDATE_PICTURES) await cp(PICTURES, join(ROOT, "docs/pictures"), { recursive: true });
  });
}
