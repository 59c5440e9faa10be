// Every state that a page can be in, as it is photographed: one entry, one picture.
import * as f from "./fixtures.mjs";

const connecting = async (page, server = "https://post.fjord.example", code = "7KQ4 M2XT") => {
  await page.getByLabel("Server address").fill(server);
  await page.getByLabel("Pairing code").fill(code);
  await page.getByRole("button", { name: "Connect" }).click();
};
const unpaired = f.status({ connected: null, policy: null, link: null });
const refused = (name, over) => ({ answers: { status: unpaired, connect: f.fault(name, over) }, act: connecting });
const downSince = f.NOW - 102 * 60_000;
const offline = { link: { state: "down", since: downSince, fault: { fault: "unreachable" } }, waiting: 1 };
const many = Array.from({ length: 50 }, (_, i) => f.message({ ago: i * 9e6, subject: `Mail ${i}`, to: [f.person(`Person ${i}`, `p${i}@x.example`)] }));
const tall = { height: 1250 };
const detail = { file: `popup.html#mail/${f.mails[4].id}`, answers: { detail: f.detailOf(f.mails[4], f.hits) }, ...tall };
const judgedMail = f.judged[5];
const judgedList = { status: f.status(), list: f.list(f.judged, { not_tracked: f.notTracked }), again: f.messages(f.hotMails.slice(0, 1)) };
const verdicts = { file: `popup.html#mail/${judgedMail.id}`, answers: { detail: f.judgedDetail(judgedMail) }, height: 1600 };
const pressed = (name) => async (page) => {
  await page.getByRole("button", { name, exact: true }).first().click();
  await page.getByRole("group", { name: "Who was it?" }).first().waitFor();
};
const options = { file: "options.html", width: 960, height: 1900, answers: { status: f.status({ own_pixels_blocked: true, waiting: 2 }) } };

const base = {
  connect: { answers: { status: unpaired } },
  "connect-here": { answers: { status: unpaired }, act: (page) => page.getByLabel("Server address").fill("http://127.0.0.1:8080") },
  "connect-busy": { answers: { status: unpaired, connect: "never" }, act: connecting },
  "connect-bad-address": refused("bad_address"),
  "connect-unreachable": refused("unreachable"),
  "connect-not-waxwing": refused("not_waxwing"),
  "connect-timeout": refused("timeout"),
  "connect-code-unknown": refused("code_unknown"),
  "connect-code-expired": refused("code_expired"),
  "connect-code-used": refused("code_used"),
  "connect-rate-limited": refused("rate_limited", { retry_after: 840 }),
  "connect-unavailable": refused("unavailable"),
  first: { answers: { status: f.status({ policy: null }) } },
  "first-chosen": { answers: { status: f.status({ policy: null }) }, act: (page) => page.getByRole("radio", { name: "Ask for each mail" }).check() },
  list: { ...tall },
  "list-hard": { answers: { list: f.list(f.hardMails) }, height: 700 },
  "list-empty": { answers: { list: f.list([]) } },
  "list-loading": {
    answers: { list: "never" },
    act: async (page) => {
      await page.getByRole("searchbox").waitFor();
      await page.clock.runFor(400);
    },
  },
  "list-none-found": {
    answers: { list: f.list([]) },
    act: async (page) => {
      await page.getByRole("searchbox").fill("hafenstrasse");
      await page.clock.runFor(300);
      await page.getByRole("button", { name: "Clicked" }).click();
      await page.clock.runFor(300);
    },
  },
  "list-failed": { answers: { list: f.fault("timeout") } },
  "list-offline": {
    answers: { status: f.status(offline), list: f.list([f.waitingMail, ...f.mails.slice(0, 4)], { waiting: [f.waitingMail.id], from_cache_of: downSince }) },
  },
  "list-revoked": { answers: { status: f.status({ link: { state: "revoked", since: downSince } }), list: f.list(f.mails.slice(0, 3), { from_cache_of: downSince }) } },
  "list-troubled": {
    answers: {
      status: f.status({
        link: { state: "down", since: downSince, fault: { fault: "unavailable" } },
        tabs: [
          { path: "/mail/u/0", address: "mara@fjord.example", running: true, missing: ["compose_send", "something_new"], disagree: [] },
          { path: "/mail/u/1", address: null, running: false, missing: [], disagree: [] },
        ],
      }),
    },
    height: 760,
  },
  "list-news": {
    act: async (page) => {
      await page.evaluate((answer) => window.__ww.answer("list", answer), f.list([...many.slice(0, 2), ...f.mails]));
      await page.evaluate((id) => window.__ww.tell({ type: "news", event: { kind: "message", message: id } }), many[0].id);
    },
  },
  "list-many": { answers: { list: f.list(many, { next: "more" }) } },
  detail,
  "detail-hard": { file: `popup.html#mail/${f.hardMails[0].id}`, answers: { detail: f.detailOf(f.hardMails[0], f.hits, 12) }, ...tall },
  "detail-sealed": { file: `popup.html#mail/${f.mails[5].id}`, answers: { detail: f.detailOf(f.mails[5]) } },
  "detail-gone": { file: `popup.html#mail/${f.mails[5].id}`, answers: { detail: f.fault("not_found") } },
  "detail-deleted": { ...detail, height: 600, act: (page) => page.getByRole("button", { name: "Delete what is known" }).click() },
  "verdict-list": { answers: judgedList, height: 900 },
  "verdict-list-again": {
    answers: { ...judgedList, again: f.messages(f.hotMails) },
    act: (page) => page.getByText("And 2 more").click(),
  },
  "verdict-list-unopened": {
    answers: { ...judgedList, list: f.list([]) },
    act: async (page) => {
      await page.getByRole("button", { name: "Unopened 3 d" }).click();
      await page.getByText("No mail has been unopened for 3 days").waitFor();
    },
  },
  verdicts,
  "verdicts-choose": { ...verdicts, act: pressed("Wrong?") },
  "verdicts-alike": {
    ...verdicts,
    answers: {
      ...verdicts.answers,
      correct: { ok: { answer: "corrected", corrected: { hit: { ...f.judgedHits[1], correction: { claim: "me", at: f.NOW } }, alike: { network: "66.249.93.0/24", agent: "Chrome, Windows", domain: "acme.example", hits: 6 } } } },
    },
    act: async (page) => {
      const said = f.judgedHits.map((hit) => (hit.id === 29 ? { ...hit, correction: { claim: "me", at: f.NOW } } : hit));
      await page.evaluate((answer) => window.__ww.answer("detail", answer), f.judgedDetail(judgedMail, said));
      await page.getByRole("button", { name: "That was me" }).first().click();
      await page.getByRole("button", { name: "Yes, those too" }).waitFor();
    },
  },
  "verdicts-failed": {
    ...verdicts,
    answers: { ...verdicts.answers, correct: f.fault("timeout") },
    act: async (page) => {
      await page.getByRole("button", { name: "That was me" }).first().click();
      await page.getByRole("alert").waitFor();
    },
  },
  "verdicts-unfolded": {
    ...verdicts,
    height: 2200,
    act: async (page) => {
      await page.getByRole("button", { name: "Show all 6" }).click();
      await page.getByText("What this means").nth(1).click();
    },
  },
  "verdicts-muted": { ...verdicts, answers: { detail: f.judgedDetail({ ...f.judged[7] }, [], { trust: f.trust({ kind: "says_nothing", fast: 32, clicks_say_nothing: true, domain: "tanaka.example" }) }) }, height: 600 },
  stats: { file: "popup.html#stats", height: 700, act: (page) => page.locator("summary").first().click() },
  "refused-list": { answers: { status: f.status(), list: f.list(f.refusedMails), again: f.messages([]) } },
  refused: { file: `popup.html#mail/${f.refusedMails[0].id}`, answers: { detail: f.judgedDetail(f.refusedMails[0], []) }, height: 900 },
  "options-consent": { file: "options.html#consent", width: 960, height: 1500 },
  default: { file: "popup.html#default" },
  options,
  "options-none": { ...options, answers: { status: unpaired } },
  "options-revoked": {
    ...options,
    act: async (page) => {
      await page.getByRole("button", { name: "Revoke Chrome on Windows" }).click();
    },
  },
};

// Every variant of a few states always; the others when there is time (WAXWING_LONG).
const always = { connect: ["360", "large"], list: ["dark", "360", "large", "forced"], detail: ["dark", "360", "large", "forced"], "verdict-list": ["dark", "360", "large"], verdicts: ["dark", "360", "large", "forced"], "verdicts-choose": ["dark"], "verdicts-alike": ["dark"], refused: ["dark"], "refused-list": ["dark"], "options-consent": ["dark", "360", "large"], stats: ["dark", "large"], options: ["dark", "360", "large"] };
const also = ["connect", "first-chosen", "list", "list-offline", "list-troubled", "detail", "detail-deleted", "verdict-list", "verdicts", "verdicts-choose", "verdicts-alike", "refused", "refused-list", "stats", "default", "options", "options-consent"];
const variants = {
  dark: { theme: "dark" },
  360: { width: 360 },
  large: { textScale: 2 },
  forced: { forcedColors: "active" },
};

export const looks = { ...base };
for (const name of also) {
  for (const [variant, over] of Object.entries(variants)) {
    if (process.env.WAXWING_LONG || always[name]?.includes(variant)) looks[`${name}-${variant}`] = { ...base[name], ...over };
  }
}
for (const name of ["connect", "first", "list", "detail", "verdict-list", "verdicts", "stats", "options", "options-consent", "refused"]) {
  looks[`${name}-de`] = { ...base[name], language: "de-DE" };
}
