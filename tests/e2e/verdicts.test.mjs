// Opens and clicks that can be believed: who came is told apart, with reasons, and only what a person did is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Notices, Writer, pattern, text, until, world } from "../lib/harness.mjs";

const ANA = "ana@quinta.example";
/** Where Apple's relay and a data centre are, as the backend's lists know it. */
const LISTS = { "apple-proxy": ["104.28.0.0/16"], amazon: ["3.0.0.0/15"] };
const LINKS = ["https://fjord.example/plan", "https://fjord.example/prices?a=1&b=2", "https://fjord.example/map#top"];
const TRUSTING = { trusting: true, lists: LISTS, clock: true };

/** Opens settle after 10 s, clicks after 30 s. */
const OPEN_SETTLED = 10_000;
const SETTLED = 30_000;

/** Each visitor: what it does, what is said of each of its hits, and what of the mail. */
const KINDS = [
  ["Gmail", (w, mail) => w.open(mail), ["image_proxy high reason_gmail_open"], "opened"],
  ["Gmail from elsewhere", (w, mail) => w.open(mail, { from: "203.0.113.99" }), ["unknown low reason_gmail_pretended"], "unclear"],
  ["Gmail ahead", (w, mail) => w.prefetch(mail), ["prefetch high reason_gmail_prefetch"], "machines"],
  ["Apple's relay", (w, mail) => w.visit(mail, "apple-relay"), ["prefetch high reason_apple_privacy"], "apple"],
  ["Apple Mail", (w, mail) => w.visit(mail, "apple-mail"), ["human medium reason_webkit_open"], "opened"],
  ["Outlook", (w, mail) => w.visit(mail, "outlook"), ["human medium reason_program_open Outlook"], "opened"],
  ["Thunderbird", (w, mail) => w.visit(mail, "thunderbird"), ["human medium reason_program_open Thunderbird"], "opened"],
  ["Yahoo", (w, mail) => w.visit(mail, "yahoo"), ["image_proxy high reason_proxy_open Yahoo Mail"], "opened"],
  ["Fastmail", (w, mail) => w.visit(mail, "fastmail"), ["image_proxy high reason_proxy_open Fastmail"], "opened"],
  ["a web mail", (w, mail) => w.visit(mail, "browser", { pictures: true, links: [] }), ["human medium reason_browser_open"], "opened"],
  ["a filter", (w, mail) => w.visit(mail, "scanner"), Array(4).fill("scanner high reason_burst"), "machines"],
  ["Barracuda", (w, mail) => w.visit(mail, "barracuda", { links: [0] }), ["scanner high reason_scanner_network Barracuda"], "machines"],
  ["Barracuda from elsewhere", (w, mail) => w.visit(mail, "barracuda", { links: [0], from: "203.0.113.88" }), ["scanner high reason_names_itself Barracuda"], "machines"],
  ["a library", (w, mail) => w.visit(mail, "library", { links: [1] }), ["scanner high reason_names_itself"], "machines"],
  ["Microsoft's filter", (w, mail) => w.visit(mail, "microsoft-filter", { links: [0] }), Array(2).fill("scanner high reason_scanner_network Microsoft"), "machines"],
  ["a data centre", (w, mail) => w.visit(mail, "browser", { from: "3.0.7.7", pictures: true, links: [] }), ["unknown low reason_cloud_open Amazon"], "unclear"],
  ["a browser that loads ahead", (w, mail) => w.visit(mail, "browser", { headers: { "sec-purpose": "prefetch;prerender" } }), ["prefetch high reason_loaded_ahead"], "machines"],
  ["a link checked by Office", (w, mail) => w.visit(mail, "custom", { from: "203.0.113.70", agent: "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", links: [0] }), ["scanner medium reason_link_probe"], "machines"],
];

/** Waits until a title (`told_…`) or a reason stands in the timeline. */
async function stands(popup, key, ...names) {
  const words = text("en", key, ...names);
  const place = key.startsWith("told_") ? popup.getByRole("heading", { name: words }) : popup.getByText(words);
  await place.filter({ visible: true }).first().waitFor();
}

const said = ({ verdict }) => verdict && [verdict.label, verdict.confidence, verdict.reason, verdict.name].filter(Boolean).join(" ");

test("each visitor gets its own verdict, from what a server can see", async (t) => {
  const { backend, sim } = await world(t, { backend: TRUSTING, browser: false });
  const writer = new Writer({ sim }, await backend.device());
  const mails = [];
  for (const [who, come] of KINDS) {
    const mail = await writer.send({ to: ANA, subject: who, links: LINKS });
    await come(writer, mail);
    mails.push(mail);
  }
  for (const [n, [who, , verdicts, state]] of KINDS.entries()) {
    const detail = await until(
      async () => {
        const it = await writer.detail(mails[n]);
        return it.hits.length === verdicts.length && it.hits.every(said) && it.activity.state === state && it;
      },
      { what: `verdicts on ${who}` },
    ).catch(() => writer.detail(mails[n]));
    assert.deepEqual(detail.hits.map(said), verdicts, who);
    assert.equal(detail.activity.state, state, who);
    assert.ok(!detail.hits.some(({ kind, verdict }) => kind === "open" && verdict.label === "human" && verdict.confidence === "high"));
  }
});

test("a click of a person is provisional for 30 s; a filter that looks again, or comes late, changes what was said", async (t) => {
  const { backend, sim } = await world(t, { backend: TRUSTING, browser: false });
  const writer = new Writer({ sim }, await backend.device());
  const send = (subject) => writer.send({ to: ANA, subject, links: LINKS });
  const [person, burst, recheck, relay] = [await send("person"), await send("burst"), await send("recheck"), await send("relay")];
  await writer.click(person);
  await writer.visit(relay, "safari-relay");
  // The same address: its first click looks like a person's until the others have come.
  await writer.visit(burst, "scanner", { pictures: false, links: [0] });
  // A gateway looks at what was clicked, from elsewhere.
  await writer.click(recheck, 1);

  const checking = await until(async () => (await writer.activity(person)).checking === 1 && writer.detail(person), { what: "the check" });
  assert.equal(checking.activity.clicks, 0, "nothing is counted yet");
  assert.ok(["unopened", "machines"].includes(checking.activity.state), checking.activity.state);
  const { verdict, at } = checking.hits[0];
  assert.equal(verdict.checking_until, at + 30_000);
  await until(async () => (await writer.detail(burst)).hits[0]?.verdict?.label === "human", { what: "the first look at the burst" });
  await writer.visit(burst, "scanner", { pictures: false, links: [1, 2] });
  await writer.visit(recheck, "custom", {
    from: "192.0.2.44", links: [1], agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    headers: { accept: "text/html,*/*", "accept-language": "en" },
  });
  const relabelled = await until(
    async () => {
      const it = await writer.detail(burst);
      return it.activity.state === "machines" && it.activity.machine_hits === 3 && it;
    },
    { what: "the burst" },
  );
  assert.deepEqual(relabelled.hits.map(said), Array(3).fill("scanner high reason_burst"));
  assert.equal(relabelled.activity.checking, 0);

  await backend.advance(at + 29_000 - backend.now());
  // What is looked at anew for another's sake is provisional still.
  await writer.visit(person, "thunderbird");
  await until(async () => (await writer.detail(person)).hits.length === 2, { what: "an open in between" });
  assert.equal((await writer.activity(person)).checking, 1, "not before its time");
  await backend.advance(SETTLED);
  const clicked = (mail, what) => until(async () => (await writer.activity(mail)).state === "clicked", { what });
  await Promise.all([clicked(person, "the person's click"), clicked(relay, "the click through the relay"), clicked(recheck, "the click that was checked again")]);
  const settled = await writer.detail(person);
  assert.deepEqual([settled.activity.clicks, settled.activity.checking, settled.hits[1].verdict.checking_until], [1, 0, undefined]);
  assert.equal(said(settled.hits[1]), "human high reason_navigation".replace("high", settled.hits[1].verdict.confidence));
  assert.equal(said((await writer.detail(relay)).hits[0]), "human medium reason_relay_visit");
  const again = await writer.detail(recheck);
  assert.deepEqual(again.hits.map(({ verdict: { label } }) => label), ["scanner", "human"]);
  assert.equal(said(again.hits[0]), "scanner medium reason_recheck");
  assert.deepEqual([again.activity.clicks, again.activity.machine_hits], [1, 1]);
  assert.equal((await writer.activity(burst)).state, "machines", "and stays so");
});

test("the popup tells each visitor apart, with a reason, and only what a person did is notified", async (t) => {
  const { backend, sim, browser } = await world(t, { connected: true, backend: TRUSTING });
  const writer = new Writer({ sim }, await backend.device());
  const notices = await Notices.of(browser);
  // What comes, what the list says, what the mail's page says, and whether it is told.
  const table = [
    ["Gmail ahead", (mail) => writer.prefetch(mail), "mail_machines", ["told_prefetch", "reason_gmail_prefetch"]],
    ["Apple hides", (mail) => writer.visit(mail, "apple-relay"), "mail_apple", ["told_apple", "reason_apple_privacy"]],
    ["Filter follows", (mail) => writer.visit(mail, "scanner"), "mail_machines", ["told_filter", "reason_burst"]],
    ["Nobody knows", (mail) => writer.open(mail, { from: "203.0.113.99" }), "mail_unclear", ["told_unknown", "reason_gmail_pretended"]],
    ["Read in Gmail", (mail) => writer.open(mail), "mail_opened", ["told_gmail", "reason_gmail_open"], "told"],
    ["Read in Outlook", (mail) => writer.visit(mail, "outlook"), "mail_opened", ["told_program Outlook", "reason_program_open Outlook"], "told"],
    ["Clicked at home", (mail) => writer.click(mail), "mail_checking", ["told_checking"], "told"],
  ].map(([subject, come, state, words, told]) => ({ subject, come, state, words, told }));
  for (const it of table) it.mail = await writer.send({ to: ANA, subject: it.subject, links: LINKS });
  const popup = await browser.popup();
  const row = (subject) => popup.getByRole("listitem").filter({ hasText: subject });
  for (const { mail, subject, come, state } of table) {
    await come(mail);
    await row(subject).filter({ hasText: pattern("en", state) }).waitFor();
  }
  const clicked = table.at(-1);
  for (const { subject, words } of table) {
    await row(subject).getByRole("link").or(row(subject).getByRole("button")).first().click();
    await popup.getByRole("heading", { name: subject, level: 1 }).waitFor();
    for (const word of words) await stands(popup, ...word.split(" "));
    await popup.getByRole("button", { name: text("en", "back") }).click();
  }

  // The click turns into a person's by itself, on the open page too.
  await row(clicked.subject).getByRole("link").or(row(clicked.subject).getByRole("button")).first().click();
  await popup.getByRole("heading", { name: text("en", "told_checking") }).waitFor();
  await backend.advance(OPEN_SETTLED);
  await notices.come(2);
  await backend.advance(SETTLED - OPEN_SETTLED);
  await popup.getByRole("heading", { name: text("en", "told_click") }).waitFor();
  await stands(popup, "reason_navigation");
  // Only then back to the list: what is looked at there is told no more.
  await notices.come(3);
  // What was not told before this one is told will not be.
  await writer.open(await writer.send({ to: ANA, subject: "The last one" }));
  await backend.advance(OPEN_SETTLED);
  await notices.come(4);
  await popup.getByRole("button", { name: text("en", "back") }).click();
  await row(clicked.subject).filter({ hasText: pattern("en", "mail_clicked") }).waitFor();

  const words = await notices.words();
  for (const { subject, told } of table) {
    assert.equal(words.filter((it) => it.includes(subject)).length, told ? 1 : 0, `${subject}: ${JSON.stringify(words)}`);
  }
  assert.equal(words.length, 4, JSON.stringify(words));
  browser.expectNoErrors();
});

test("one mail, really written: loaded ahead, read in Gmail, clicked, re-read by its sender, quoted in an answer", async (t) => {
  const { backend, sim, browser } = await world(t, {
    connected: true,
    backend: TRUSTING,
    sim: { settings: { undoSeconds: 0, quote: "unfolded", prefetchAtDelivery: true } },
  });
  const notices = await Notices.of(browser);
  const device = await backend.device();
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "Boat shed roof", body: ["See ", { text: "the plan", href: LINKS[0] }, " and ", { text: "prices", href: LINKS[1] }] });
  await compose.send();
  const mail = await sim.arrived(ANA);
  const sentAt = Date.now();
  const [{ id }] = await until(async () => {
    const { messages } = (await device.call("GET", "/messages")).body;
    return messages.length === 1 && messages;
  }, { what: "the registration" });
  const detail = async () => (await device.call("GET", `/messages/${id}`)).body;
  const hits = async (n) => until(async () => {
    const it = await detail();
    return it.hits.length === n && it.hits.every(said) && it;
  }, { what: `${n} hits with verdicts` });
  assert.deepEqual((await hits(1)).hits.map(said), ["prefetch high reason_gmail_prefetch"], "at delivery");

  // Mara looks at what she sent, then at an answer that quotes it: her browser never asks.
  await gmail.folder("sent");
  await gmail.open("Boat shed roof");
  await until(async () => (await gmail.page.locator('img[src*="googleusercontent"]').count()) > 0, { what: "the proxied picture" });
  await sim.set({ prefetchAtDelivery: false });
  await sim.deliver({
    to: "mara@fjord.example", from: { address: ANA, name: "Ana Ruiz" }, subject: "Re: Boat shed roof",
    html: `<div>Thanks!</div><br><div class="gmail_quote"><blockquote class="gmail_quote">${mail.html}</blockquote></div>`,
  });
  await gmail.folder("inbox");
  await gmail.open("Re: Boat shed roof");
  await until(async () => (await gmail.page.locator('blockquote img[src*="googleusercontent"]').count()) > 0, { what: "the quoted picture" });
  await gmail.page.waitForLoadState("networkidle");
  assert.equal((await detail()).hits.length, 1, "nothing that Mara saw came to the server");

  // Ana reads it, not before ten seconds are over. By the real clock: Mara's browser tells by its own when she looked.
  await pause(Math.max(0, sentAt + 11_000 - Date.now()));
  await sim.open(ANA, mail);
  const [read] = (await hits(2)).hits;
  assert.equal(said(read), "image_proxy high reason_gmail_open");

  // Now, when her look is not beside Ana's any more, the rule is gone, by somebody's hand: Mara's look reaches Gmail's proxy, and is known as hers.
  const worker = await browser.worker();
  await worker.evaluate(async () => {
    const rules = await chrome.declarativeNetRequest.getDynamicRules();
    await chrome.declarativeNetRequest.updateDynamicRules({ removeRuleIds: rules.map((rule) => rule.id) });
  });
  const before = await detail();
  await pause(Math.max(0, read.at + 11_000 - Date.now()));
  await gmail.folder("sent");
  await gmail.open("Boat shed roof");
  const own = await until(async () => {
    const it = await detail();
    return it.activity.own_hits > 0 && it;
  }, { what: "Mara's own view" });
  assert.equal(said(own.hits[0]), "self high reason_own_view");
  assert.deepEqual([own.activity.opens, own.activity.open_hits], [before.activity.opens, before.activity.open_hits], "it is shown and not counted");

  // Ana follows a link. Told before the popup is opened: what is looked at there is told no more.
  await sim.click(ANA, mail, 0);
  await hits(own.hits.length + 1);
  await backend.advance(SETTLED);
  await until(async () => (await detail()).activity.state === "clicked", { what: "the click" });
  await notices.come(2);

  const popup = await browser.popup();
  const row = popup.getByRole("listitem").filter({ hasText: "Boat shed roof" });
  await row.getByRole("link").or(row.getByRole("button")).first().click();
  for (const key of ["told_prefetch", "told_gmail", "told_click", "told_own", "reason_own_view"]) await stands(popup, key);

  // Six seconds later an open is Ana's again, however long Mara's window stays open.
  await backend.advance(own.hits[0].at + 31_000 - backend.now());
  await sim.open(ANA, mail);
  const later = await hits(own.hits.length + 2);
  assert.equal(said(later.hits[0]), "image_proxy medium reason_gmail_open_own_views");
  assert.equal(later.activity.opens, before.activity.opens + 1);
  const words = await notices.words();
  assert.equal(words.length, 2, `the open and the click: ${JSON.stringify(words)}`);
});
