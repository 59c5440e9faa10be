// What the worker would answer about mails that go out later and about mailboxes.
import { NOW, person, uuid } from "./fixtures.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const GMAIL = uuid(8800);
export const IMAP = uuid(8801);

export const mailbox = (over = {}) => ({
  id: GMAIL,
  address: "mara@fjord.example",
  kind: "gmail",
  state: { state: "ok" },
  rights: ["https://www.googleapis.com/auth/gmail.modify"],
  daily_limit: 400,
  sent_today: 12,
  connected_at: NOW - 40 * DAY,
  ...over,
});
export const imap = (over = {}) => mailbox({ id: IMAP, address: "mara@posteo.example", kind: "imap", rights: [], daily_limit: 100, sent_today: 0, connected_at: NOW - 2 * DAY, ...over });
export const mailboxes = (list = [mailbox()], google = true) => ({ ok: { answer: "mailboxes", mailboxes: { mailboxes: list, google } } });

const at = (wall, zone = "Europe/Oslo") => ({ kind: "at", wall, zone });
const schedule = (when, over = {}) => ({ when, unless_answered: false, late: { minutes: 30, then: "hold" }, holidays: [], ...over });

export const scheduled = ({ id = uuid(), to = [], subject = "", when = at("2026-11-24T09:00:00"), plan = {}, ...over } = {}) => ({
  id,
  mailbox: GMAIL,
  state: "scheduled",
  due_at: Date.UTC(2026, 10, 24, 8),
  times: 0,
  schedule: schedule(when, plan),
  content: { subject, recipients: to, links: [] },
  gmail: { draft: "msg-a:r17", legacy_message: "18c1f0a2b3d4e5f7" },
  track: true,
  created_at: NOW - DAY,
  ...over,
});

const still = { due_at: undefined };
export const unclear = scheduled({ ...still, id: uuid(8901), state: "held", why: { why: "unclear" }, subject: "Contract, signed", to: [person("Ana Ruiz", "ana@ruiz.example")] });
export const refused = scheduled({ ...still, id: uuid(8902), state: "failed", why: { why: "trouble", trouble: "recipient_refused" }, said: "Domain not found.", subject: "Invoice 2026-117", to: [person(null, "b.okafor@acme.exmple")] });
export const late = scheduled({ ...still, id: uuid(8903), state: "held", why: { why: "late" }, subject: "Slides for today", to: [person("Lea Brandt", "lea@brandt.example")], when: at("2026-11-23T09:00:00") });

export const waiting = [
  scheduled({ id: uuid(8911), subject: "Samples have left the warehouse", to: [person("Kenji Sato", "kenji@sato.example")], when: at("2026-11-24T17:00:00", "Asia/Tokyo") }),
  scheduled({ id: uuid(8912), subject: "Following up: minutes and next steps", to: [person("Tomás Oliveira", "tomas@quinta.example")], due_at: Date.UTC(2026, 10, 27, 7, 30), when: at("2026-11-27T08:30:00"), plan: { unless_answered: true } }),
  scheduled({
    id: uuid(8913),
    subject: "What is everyone on this week?",
    to: [person(null, "team@fjord.example")],
    due_at: Date.UTC(2026, 10, 30, 7),
    when: { kind: "repeat", rule: "FREQ=WEEKLY;BYDAY=MO", start: "2026-11-02T08:00:00", zone: "Europe/Oslo", skip: [], until_answered: false },
    plan: { holidays: ["NO"] },
    times: 3,
  }),
  scheduled({
    id: uuid(8914),
    subject: "Opening hours in December",
    to: [person("Priya Nair", "priya@nair.example"), ...Array.from({ length: 180 }, (_, i) => person(null, `p${i}@x.example`))],
    due_at: Date.UTC(2026, 11, 1, 8),
    when: { kind: "within", days: ["MO", "TU", "WE", "TH", "FR"], from: "09:00", to: "17:00", zone: "Europe/Oslo" },
    why: { why: "daily_limit" },
  }),
];

export const sent = scheduled({
  ...still,
  id: uuid(8921),
  state: "sent",
  sent_at: Date.UTC(2026, 10, 23, 6, 30, 5),
  message: uuid(8922),
  subject: "Train times for Saturday",
  to: [person("Claire Dubois", "claire@dubois.example")],
  when: at("2026-11-23T07:30:00"),
});
export const done = [
  sent,
  scheduled({ ...still, id: uuid(8923), state: "cancelled", why: { why: "answered" }, subject: "Did you get it?", to: [person("Sam Whitfield", "sam@whitfield.example")] }),
  scheduled({ ...still, id: uuid(8924), state: "failed", why: { why: "trouble", trouble: "too_large" }, subject: "Photos", to: [person("Yuki Tanaka", "yuki@tanaka.example")] }),
];

export const flight = [
  { at: NOW - 17.6 * HOUR, what: "scheduled", say: "flight_say_for", with: { at: String(Date.UTC(2026, 10, 23, 6, 30)), zone: "Europe/Oslo" } },
  { at: NOW - 17.5 * HOUR, what: "edited", say: "flight_say_new_text" },
  { at: Date.UTC(2026, 10, 23, 6, 30), what: "leased", say: "flight_say_due" },
  { at: Date.UTC(2026, 10, 23, 6, 30), what: "sending", say: "flight_say_tracked", with: { links: "1" } },
  { at: Date.UTC(2026, 10, 23, 6, 30, 3), what: "unclear", say: "flight_say_no_answer", with: { trouble: "unreachable" } },
  { at: Date.UTC(2026, 10, 23, 6, 30, 5), what: "sent", say: "flight_say_found" },
];

export const page = (list, over = {}) => ({
  ok: {
    answer: "page",
    page: { scheduled: list, needs: list.filter((mail) => ["held", "failed"].includes(mail.state)).length, waiting: list.filter((mail) => !["held", "failed"].includes(mail.state)).length, ...over.page },
    from_cache_of: over.from_cache_of ?? null,
  },
});
export const one = (mail) => ({ ok: { answer: "scheduled", scheduled: mail } });
export const detail = (mail, lines = flight) => ({ ok: { answer: "detail", detail: { ...mail, flight: lines } } });
// Both lists.
export const lists = (list = [unclear, refused, ...waiting], over = done) => ({ list: which }) => (which === "done" ? page(over) : page(list));
export const usual = (list, over) => ({ "later:list": lists(list, over), "later:mailboxes": mailboxes(), "later:detail": detail(sent) });

export const access = (entries, next = null) => ({ ok: { answer: "access", page: { entries, next } } });
export const entries = [
  { id: 6, at: NOW - 10 * MINUTE, action: "send", reason: "due", scheduled: uuid(8921), ok: true },
  { id: 5, at: NOW - 11 * MINUTE, action: "read_draft", reason: "due", scheduled: uuid(8921), ok: true },
  { id: 4, at: NOW - 5 * HOUR, action: "look_for_answer", reason: "due", scheduled: uuid(8923), ok: true },
  { id: 3, at: NOW - DAY, action: "find_draft", reason: "scheduling", scheduled: uuid(8921), ok: false },
  { id: 2, at: NOW - 40 * DAY, action: "sign_in", reason: "asked", ok: true },
];
export const connecting = (steps, box) => ({ ok: { answer: "connecting", connecting: { steps, ...(box ? { mailbox: box } : {}) } } });
