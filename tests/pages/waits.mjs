// What the worker would answer about mails whose answer is waited for.
import { NOW, person, uuid } from "./fixtures.mjs";
import { mailboxes } from "./later.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// 09:00 in Oslo of a day in November.
export const nine = (day, month = 10) => Date.UTC(2026, month, day, 8);

export const wish = (day, over = {}) => ({ when: { kind: "at", wall: `2026-11-${String(day).padStart(2, "0")}T09:00:00`, zone: "Europe/Oslo" }, condition: "no_answer", ...over });
export const reminder = (id, over = {}) => ({ id: uuid(id), state: "waiting", wish: wish(26), due_at: nine(26), times: 0, by_default: false, ...over });
export const waitingMail = ({ id, ago = 0, to = [], subject = "", ...over }) => ({
  id,
  message: id,
  mailbox: uuid(8800),
  sender: "mara@fjord.example",
  sent_at: NOW - ago,
  gmail: { legacy_thread: "18c1f0a2b3d4e5f6", legacy_message: "18c1f0a2b3d4e5f7" },
  content: { subject, recipients: to, links: [] },
  activity: { state: "unopened", opens: 0, open_hits: 0, clicks: 0, click_hits: 0 },
  ...over,
});
const opened = (n, at) => ({ state: "opened", opens: n, open_hits: n, clicks: 0, click_hits: 0, first_open_at: at, last_open_at: at });

export const jonas = waitingMail({
  id: uuid(9101),
  ago: 6 * DAY,
  subject: "Deposit for Hafenstraße 12",
  to: [person("Jonas Weber", "jonas@weber.example")],
  activity: opened(2, nine(19)),
  reminder: reminder(9201, { state: "back", why: { why: "no_answer" }, due_at: undefined, came_at: nine(23), times: 1, wish: wish(23) }),
});
export const sam = waitingMail({
  id: uuid(9102),
  ago: 100 * MINUTE,
  subject: "Delivery note 88",
  to: [person(null, "s.whitfield@harbour.example")],
  bounced: { at: NOW - 92 * MINUTE, soft: false, failed: ["s.whitfield@harbour.example"], status: "5.1.1" },
  reminder: reminder(9202, { state: "off", why: { why: "bounced" }, due_at: undefined }),
});
export const back = [jonas, sam];

export const ben = waitingMail({ id: uuid(9111), ago: 12 * DAY, subject: "Photos for the insurance", to: [person("Ben Okafor", "ben@okafor.example")] });
export const priya = waitingMail({
  id: uuid(9112),
  ago: 6 * DAY + HOUR,
  subject: "Numbers for the annual report",
  to: [person("Priya Nair", "priya@nair.example")],
  away_until: Date.UTC(2026, 11, 11, 12),
  reminder: reminder(9212, { why: { why: "away", until: Date.UTC(2026, 11, 11, 12) }, due_at: nine(14, 11), moved_from: nine(25) }),
});
export const tomas = waitingMail({
  id: uuid(9113),
  ago: 3 * DAY,
  subject: "Minutes and next steps",
  to: [person("Tomás Oliveira", "tomas@quinta.example")],
  activity: opened(1, NOW - 3.5 * HOUR),
  reminder: reminder(9213),
});
export const claire = waitingMail({
  id: uuid(9114),
  ago: 4 * DAY,
  subject: "Photos from Saturday",
  to: [person("Claire Dubois", "claire@dubois.example")],
  activity: { state: "apple", opens: 0, open_hits: 0, clicks: 0, click_hits: 0, apple_hits: 1 },
  reminder: reminder(9214, { due_at: nine(27), wish: wish(27, { every_days: 7 }) }),
});
export const waiting = [ben, priya, claire, tomas];

export const ana = waitingMail({
  id: uuid(9121),
  ago: 2 * DAY,
  subject: "Offer for the March workshop",
  to: [person("Ana Ruiz", "ana@acme.example")],
  activity: { ...opened(1, NOW - DAY), state: "answered", answered_at: NOW - MINUTE },
  answered: { at: NOW - MINUTE, how: "alias", from: "ana@ruiz.example", thread: "18c1f0a2b3d4e5ff" },
  reminder: reminder(9221, { state: "answered", due_at: undefined }),
});

export const page = (mails, over = {}) => ({
  ok: { answer: "waiting", page: { mails, back: back.length, waiting: waiting.length, ...over.page }, from_cache_of: over.from_cache_of ?? null, refused: over.refused ?? [] },
});
// The three lists.
export const lists = ({ back: needs = back, waiting: waits = waiting, answered = [ana], refused = [] } = {}) => ({ list, order }) => {
  const counts = { back: needs.length, waiting: waits.length };
  if (list === "back") return page(needs, { page: counts, refused });
  if (list === "answered") return page(answered, { page: counts });
  return page(order === "newest" ? waits.toReversed() : waits, { page: counts });
};
export const none = lists({ back: [], waiting: [], answered: [] });
export const usual = (over) => ({ "later:waiting": lists(over), "later:mailboxes": mailboxes() });
export const one = (mail) => ({ ok: { answer: "waiting_mail", mail } });
export const settings = (over = {}) => ({ ok: { answer: "reminder_settings", settings: { company: false, zone: "Europe/Oslo", language: "en", holidays: [], ...over } } });
