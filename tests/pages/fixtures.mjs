// What the worker would answer, for the tests of the pages. Times are counted back from NOW, which the tests set as the
// page's clock.

// A Monday afternoon in a time zone without surprises.
export const NOW = Date.UTC(2026, 10, 23, 14, 52);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let made = 0;
export const uuid = (n = ++made) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

export const person = (name, address, kind = "to") => ({ kind, address, ...(name ? { name } : {}) });

export const message = ({ ago = 0, subject = "", to = [], links = [], activity = {}, scheduled = false, muted = false, id = uuid(), sender = "mara@fjord.example" }) => ({
  id,
  sent_at: NOW - ago,
  scheduled,
  sender,
  gmail: { legacy_thread: "18c1f0a2b3d4e5f6", legacy_message: "18c1f0a2b3d4e5f7" },
  content: { subject, recipients: to, links: links.map((target) => ({ target, text: "" })) },
  activity: { opens: 0, open_hits: 0, clicks: 0, click_hits: 0, ...activity },
  ...(muted ? { muted } : {}),
});

const opened = (n, last) => ({ opens: n, open_hits: n + 1, first_open_at: NOW - DAY, last_open_at: NOW - last });
const clicked = (n, last, target) => ({ clicks: n, click_hits: n, first_click_at: NOW - last, last_click_at: NOW - last, last_click_target: target });

export const mails = [
  message({ ago: 50 * MINUTE, subject: "Offer for the March workshop", to: [person("Ana Ruiz", "ana@ruiz.example")], activity: opened(1, 8 * MINUTE) }),
  message({
    ago: 3.2 * HOUR,
    subject: "Lease renewal, Hafenstraße 12: second draft with the changes from Friday",
    to: [person("Jonas Weber", "jonas@weber.example"), person("Priya Nair", "priya@nair.example"), person(null, "office@hafen.example", "cc")],
    links: ["https://fjord.example/floor-plan.pdf"],
    activity: { ...opened(2, 2 * HOUR), ...clicked(1, 1.7 * HOUR, "https://fjord.example/floor-plan.pdf") },
  }),
  message({ ago: 5.6 * HOUR, subject: "Security questionnaire, answers attached", to: [person(null, "procurement@northwind.example")] }),
  message({ ago: DAY + 2 * HOUR, subject: "Note to self", to: [person(null, "mara@fjord.example")] }),
  message({
    id: uuid(9000),
    ago: 3 * DAY - 100 * MINUTE,
    subject: "Minutes and next steps",
    to: [person("Tomás Oliveira", "tomas@quinta.example")],
    links: ["https://quinta.example/rooms", "https://maps.example/quinta-do-vale/how-to-get-there", "https://docs.example/agenda"],
    activity: opened(4, 3.5 * HOUR),
  }),
  message({ ago: 4 * DAY, subject: "Invoice 2026-108", to: [person("Ben Okafor", "ben@okafor.example")] }),
  message({ ago: 4.2 * DAY, subject: "Delivery on the 30th", to: [person("Lea Brandt", "lea@brandt.example")], scheduled: true }),
  message({ ago: 27 * DAY, subject: "Photos from Saturday", to: [person("Claire Dubois", "claire@dubois.example")], activity: { ...opened(6, 20 * DAY), ...clicked(3, 19 * DAY, "https://photos.example/album/saturday?share=yes") } }),
  message({ ago: 400 * DAY, subject: "Boat shed roof", to: [person("Sam Whitfield", "sam@whitfield.example")], activity: opened(2, 3 * DAY) }),
];

// The same from a backend that judges hits: every state a mail can have, the strongest first.
export const judged = [
  message({ ago: 50 * MINUTE, subject: "Offer for the March workshop", to: [person("Ana Ruiz", "ana@ruiz.example")], activity: { state: "answered", ...opened(1, 8 * MINUTE) } }),
  message({
    ago: 3.2 * HOUR,
    subject: "Lease renewal, Hafenstraße 12: second draft with the changes from Friday",
    to: [person("Jonas Weber", "jonas@weber.example"), person("Priya Nair", "priya@nair.example"), person(null, "office@hafen.example", "cc")],
    links: ["https://fjord.example/floor-plan.pdf"],
    activity: { state: "clicked", ...opened(2, 2 * HOUR), ...clicked(1, 1.7 * HOUR, "https://fjord.example/floor-plan.pdf") },
  }),
  message({ ago: 5.6 * HOUR, subject: "Security questionnaire, answers attached", to: [person(null, "procurement@northwind.example")], activity: { state: "machines", machine_hits: 12 } }),
  message({ ago: 6 * HOUR, subject: "The agenda", to: [person("Lea Brandt", "lea@brandt.example")], activity: { state: "machines", machine_hits: 1, checking: 1 } }),
  message({ ago: DAY + 2 * HOUR, subject: "Note to self", to: [person(null, "mara@fjord.example")], activity: { state: "machines", machine_hits: 1 } }),
  message({
    id: uuid(9001),
    ago: 3 * DAY - 100 * MINUTE,
    subject: "Minutes and next steps",
    to: [person("Tomás Oliveira", "tomas@quinta.example")],
    links: ["https://quinta.example/rooms", "https://maps.example/quinta-do-vale/how-to-get-there", "https://docs.example/agenda"],
    activity: { state: "opened", ...opened(4, 3.5 * HOUR), machine_hits: 7, own_hits: 1, unknown_hits: 1 },
  }),
  message({ ago: 3.5 * DAY, subject: "Photos from Saturday", to: [person("Claire Dubois", "claire@dubois.example")], activity: { state: "apple", apple_hits: 3 } }),
  message({ ago: 3.6 * DAY, subject: "Seats for the concert", to: [person("Yuki Tanaka", "yuki@tanaka.example")], muted: true, activity: { state: "unclear", unknown_hits: 2, machine_hits: 1 } }),
  message({ ago: 4 * DAY, subject: "Invoice 2026-108", to: [person("Ben Okafor", "ben@okafor.example")] }),
];

const hot = (days, subject, id) =>
  message({ id, ago: 40 * DAY, subject, to: [person("Sam Whitfield", "sam@whitfield.example")], activity: { state: "opened", ...opened(3, 5 * HOUR), again_at: NOW - 5 * HOUR, again_after: days * DAY + HOUR } });
export const hotMails = [hot(9, "Boat shed roof", uuid(9100)), hot(21, "<b>Spring</b> menu", uuid(9101)), hot(4, "", uuid(9102))];
export const messages = (list) => ({ ok: { answer: "messages", messages: list } });

export const notTracked = [
  {
    id: uuid(8000),
    sent_at: NOW - 5 * DAY,
    sender: "mara@fjord.example",
    gmail: {},
    content: { subject: "Re: keys", recipients: [person("Sam Whitfield", "sam@whitfield.example")], links: [] },
    why: "plain_text",
  },
];

export const waitingMail = message({ ago: 20 * MINUTE, subject: "Table for six on Friday", to: [person("Lea Brandt", "lea@brandt.example")] });

// Long text, other scripts, markup as text.
export const hardMails = [
  message({
    ago: 2 * HOUR,
    subject: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3),
    to: [person("Maximiliane-Theresia von Hohenstein-Waldburg", "m@x.example"), ...Array.from({ length: 499 }, (_, i) => person(`Person ${i}`, `p${i}@x.example`))],
    activity: { ...opened(1204, HOUR), ...clicked(12, HOUR, "https://x.example/annual-report-2026-final-final-v7-signed.pdf?" + "a=b&".repeat(2000)) },
  }),
  message({ ago: 3 * HOUR, subject: "عرض السعر لشهر مارس (نسخة ثانية)", to: [person("يوسف الحداد", "y@x.example")], activity: opened(1, 2 * HOUR) }),
  message({ ago: 4 * HOUR, subject: "<img src=x onerror=alert(1)> 🎉🎉 Re: Re: Fwd: Re:", to: [person(null, "o'brien+news@sub.department.university.example")] }),
  message({ ago: 5 * HOUR, subject: "", to: [person("佐藤 健二", "kenji@x.example")], activity: opened(1204, HOUR) }),
  message({ ago: 6 * HOUR, subject: "x".repeat(10_000), to: [person("", "long@x.example")] }),
  message({ ago: 7 * HOUR, subject: "No one", to: [] }),
];

const GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36";

export const detailOf = (mail, hits = [], more_hits = 0) => ({ ok: { answer: "detail", detail: { ...mail, hits, more_hits } } });

export const hits = [
  { id: 8, at: NOW - 3.5 * HOUR, kind: "open", agent: GMAIL, address: "66.249.93.84", repeat: false },
  { id: 7, at: NOW - DAY - 2 * HOUR, kind: "open", agent: "YahooMailProxy; https://senders.yahooinc.com/mail-proxy-servers", address: "2001:db8::17", repeat: false },
  { id: 6, at: NOW - 2.6 * DAY, kind: "click", link: "https://quinta.example/rooms", agent: CHROME, address: "192.0.2.44", repeat: false },
  { id: 5, at: NOW - 2.601 * DAY, kind: "open", agent: CHROME, address: "192.0.2.44", repeat: true },
  { id: 4, at: NOW - 2.6011 * DAY, kind: "open", agent: CHROME, address: "192.0.2.44", repeat: true },
  { id: 3, at: NOW - 2.6012 * DAY, kind: "open", agent: CHROME, address: "192.0.2.44", repeat: false },
  { id: 2, at: NOW - 2.92 * DAY, kind: "open", address: "198.51.100.7", repeat: false },
];

export const verdict = (label, confidence, reason, more = {}) => ({ label, confidence, reason: `reason_${reason}`, ...more });
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36";
const AGENDA = "https://docs.example/agenda";
const SENT = NOW - 3 * DAY + 100 * MINUTE;
const filterHit = (id, at, link) => ({ id, at: SENT + at, kind: "click", link, agent: WINDOWS, address: "198.51.100.23", repeat: false, verdict: verdict("scanner", "high", "burst") });

// One of each: what the mock-up of a mail's page shows.
export const judgedHits = [
  { id: 30, at: NOW - 11_000, kind: "click", link: AGENDA, agent: CHROME, address: "192.0.2.44", repeat: false, verdict: verdict("human", "high", "navigation", { checking_until: NOW + 19_000 }) },
  { id: 29, at: NOW - 3.5 * HOUR, kind: "open", agent: GMAIL, address: "66.249.93.84", repeat: false, verdict: verdict("image_proxy", "high", "gmail_open") },
  { id: 28, at: NOW - 6.8 * HOUR, kind: "open", agent: WINDOWS, address: "203.0.113.9", repeat: false, verdict: verdict("unknown", "low", "own_network"), correction: { claim: "me", at: NOW - 6 * HOUR, rule: 3 } },
  { id: 27, at: SENT + 80 * MINUTE, kind: "click", link: "https://quinta.example/rooms", agent: CHROME, address: "192.0.2.44", repeat: false, verdict: verdict("human", "high", "navigation") },
  { id: 26, at: SENT + 79.5 * MINUTE, kind: "open", agent: "Microsoft Outlook 16.0", address: "192.0.2.44", repeat: true, verdict: verdict("human", "medium", "program_open", { name: "Outlook" }) },
  { id: 25, at: SENT + 79 * MINUTE, kind: "open", agent: "Microsoft Outlook 16.0", address: "192.0.2.44", repeat: false, verdict: verdict("human", "medium", "program_open", { name: "Outlook" }) },
  { id: 24, at: SENT + 30 * MINUTE, kind: "open", agent: WINDOWS, address: "203.0.113.77", repeat: false, verdict: verdict("unknown", "low", "cloud_open") },
  { id: 23, at: SENT + 20 * MINUTE, kind: "open", agent: "Mozilla/5.0", address: "172.224.0.9", repeat: false, verdict: verdict("prefetch", "medium", "apple_privacy") },
  filterHit(22, 65_000, AGENDA),
  filterHit(21, 64_500, "https://maps.example/quinta-do-vale/how-to-get-there"),
  filterHit(20, 64_000, "https://quinta.example/rooms"),
  filterHit(19, 63_500, AGENDA),
  filterHit(18, 63_000, "https://maps.example/quinta-do-vale/how-to-get-there"),
  filterHit(17, 62_500, "https://quinta.example/rooms"),
  { id: 16, at: SENT + 23_000, kind: "open", agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0", address: "66.249.80.3", repeat: false, verdict: verdict("prefetch", "high", "gmail_prefetch") },
];
export const trust = (over = {}) => ({ domain: "quinta.example", mails: 34, touched: 34, opened: 31, fast: 0, prefetched: 4, apple: 2, followed: 1, kind: "means_something", clicks_say_nothing: false, ...over });
export const judgedDetail = (mail, hits = judgedHits, over = {}) => ({
  ok: { answer: "detail", detail: { ...mail, hits, more_hits: 0, trust: trust(), judged_by: { rules: 1, lists: "0123456789abcdef" }, ...over } },
});

export const connected = { server: "https://post.fjord.example", account_name: "mara@fjord.example", device: uuid(7001), tracking_url: "https://post.fjord.example" };

export const status = (over = {}) => ({
  ok: {
    answer: "status",
    connected,
    link: { state: "up", at: NOW },
    policy: "ask",
    waiting: 0,
    own_pixels_blocked: true,
    tabs: [{ path: "/mail/u/0", address: "mara@fjord.example", running: true, missing: [], disagree: [] }],
    ...over,
  },
});

export const list = (messages, over = {}) => ({
  ok: { answer: "list", messages, waiting: [], not_tracked: [], next: null, from_cache_of: null, ...over },
});

export const fault = (name, over = {}) => ({ fault: { fault: name, ...over } });

export const stats = () => {
  const days = Array.from({ length: 30 }, (_, i) => {
    const sent = [0, 1, 3, 2, 1, 0, 0, 2, 1, 4, 2, 4][(i * 7) % 12];
    const opened = Math.min(sent, [0, 1, 2, 1, 0][i % 5]);
    return { date: new Date(NOW - (29 - i) * DAY).toISOString().slice(0, 10), sent, opened, clicked: Math.min(opened, i % 3 === 0 ? 1 : 0) };
  });
  const sum = (key) => days.reduce((total, day) => total + day[key], 0);
  return { ok: { answer: "stats", stats: { sent: sum("sent"), opened: sum("opened"), clicked: sum("clicked"), days } } };
};

export const devices = {
  ok: {
    answer: "devices",
    devices: [
      { id: uuid(7001), name: "Chrome on the studio Mac", paired_at: NOW - 80 * DAY, seen_at: NOW, current: true },
      { id: uuid(7002), name: "Chrome on Windows", paired_at: NOW - 60 * DAY, seen_at: NOW - 5.7 * HOUR, current: false },
      { id: uuid(7003), name: "<b>Old</b> laptop", paired_at: NOW - 300 * DAY, seen_at: NOW - 110 * DAY, current: false },
    ],
  },
};

// What the user chose about recipients, and what is known of some.
export const consent = (over = {}) => ({
  ok: {
    answer: "consent",
    settings: {
      policy: "ask",
      rules: [
        { of: { domain: "acme.example" }, policy: "every" },
        { of: { country: "DE" }, policy: "agreed" },
      ],
      countries: [{ domain: "quinta.example", country: "PT" }],
      days: 90,
      line: true,
      line_text: "I may see whether this mail is opened. {link:What is stored, and how to refuse}",
      ...over,
    },
  },
});

const known = (address, opens, clicks, source, at, proof) => ({
  address,
  opens,
  ...(opens === "unknown" ? {} : { opens_source: source }),
  clicks,
  ...(clicks === "unknown" ? {} : { clicks_source: source }),
  at,
  proof: [{ at, kinds: { opens: opens !== "unknown", clicks: clicks !== "unknown" }, state: opens === "unknown" ? clicks : opens, source, ...proof }],
});

export const everybody = [
  known("ana@quinta.example", "refused", "refused", "mail", NOW - 2 * HOUR, { shown: "Nothing of any mail is recorded." }),
  known("ben@acme.example", "agreed", "agreed", "user", NOW - 3 * DAY, { note: "<b>said so</b> on the phone, 20 November" }),
  known("claire@atelier.example", "refused", "unknown", "page", NOW - 30 * DAY, {}),
];
export const people = (list = everybody, over = {}) => ({ ok: { answer: "people", page: { people: list, ...over } } });

// A mail that its recipient refused, and one of which opens alone were.
export const refusedMails = [
  { ...message({ ago: 3 * HOUR, subject: "Offer for the March workshop", to: [person("Ana Ruiz", "ana@quinta.example")], links: ["https://fjord.example/plan"] }), tracking: { tracks: { opens: true, clicks: true }, refused: { opens: true, clicks: true }, refused_at: NOW - 2 * HOUR } },
  { ...message({ ago: 2 * DAY, subject: "Minutes and next steps", to: [person("Claire Dubois", "claire@atelier.example")], activity: { state: "opened", ...opened(2, DAY) } }), tracking: { tracks: { opens: true, clicks: true }, refused: { opens: true, clicks: false }, refused_at: NOW - 20 * HOUR } },
  { ...message({ ago: 100 * DAY, subject: "Boat shed roof", to: [person("Sam Whitfield", "sam@whitfield.example")] }), tracking: { tracks: { opens: true, clicks: true }, until: NOW - 10 * DAY, refused: { opens: false, clicks: false } } },
];
