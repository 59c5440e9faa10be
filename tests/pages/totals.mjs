// Totals as the worker would answer them, for the tests of the stats page.
import { NOW, fault, stats as oldStats } from "./fixtures.mjs";

const DAY = 86_400_000;
const date = (ago) => new Date(NOW - ago * DAY).toISOString().slice(0, 10);

export const trust = (kind, domain, mails, over = {}) => ({
  domain, mails, touched: mails, opened: 0, fast: 0, prefetched: 0, apple: 0, followed: 0, kind, clicks_say_nothing: false, ...over,
});

const domain = (name, sent, opened, possible, clicked, of, answered) => ({ domain: name, sent, opened, possible, clicked, trust: of, ...(answered === undefined ? {} : { answered }) });

export const domains = (answers) => [
  domain("quinta.example", 14, 11, 1, 5, trust("means_something", "quinta.example", 34, { opened: 31 }), answers ? 8 : undefined),
  domain("gmail.com", 12, 7, 2, 4, trust("means_something", "gmail.com", 61, { touched: 60, opened: 54, prefetched: 18 }), answers ? 6 : undefined),
  domain("acme.example", 9, 3, 0, 1, trust("says_nothing", "acme.example", 18, { fast: 17, opened: 17 }), answers ? 2 : undefined),
  domain("northwind.example", 6, 1, 0, 0, trust("says_nothing", "northwind.example", 12, { fast: 11, followed: 11, clicks_say_nothing: true }), answers ? 1 : undefined),
  domain("icloud.com", 5, 0, 4, 0, trust("too_few", "icloud.com", 9, { touched: 8, apple: 7 }), answers ? 1 : undefined),
  domain("<b>x</b>;=1+1", 1, 0, 0, 0, trust("hidden", "<b>x</b>;=1+1", 20, { apple: 16 }), answers ? 0 : undefined),
  domain("=cmd|'/c calc'!A0", 1, 1, 0, 0, trust("means_something", "=cmd|'/c calc'!A0", 11, { touched: 0 }), answers ? 0 : undefined),
];

const sum = (rows, key) => rows.reduce((total, row) => total + (row[key] ?? 0), 0);

// `rows` days or weeks, newest today.
const totals = (rows, step, by, { answers = false, over = {} } = {}) => {
  const days = Array.from({ length: rows }, (_, i) => {
    const sent = [0, 1, 3, 2, 1, 0, 0, 2, 1, 4, 2, 4][(i * 7) % 12] * (by === "week" ? 4 : 1);
    const opened = Math.min(sent, [0, 1, 2, 1, 0][i % 5] * (by === "week" ? 3 : 1));
    const possible = Math.min(sent - opened, i % 4 === 0 ? 1 : 0);
    const answered = Math.min(sent, [0, 1, 0, 2, 1][i % 5]);
    return { date: date((rows - 1 - i) * step), sent, opened, possible, clicked: Math.min(opened, i % 3 === 0 ? 1 : 0), ...(answers ? { answered } : {}) };
  });
  const stats = { sent: sum(days, "sent"), opened: sum(days, "opened"), possible: sum(days, "possible"), clicked: sum(days, "clicked"), machines: 6, by, days, domains: domains(answers), more_domains: 3, ...(answers ? { answered: sum(days, "answered") } : {}), ...over };
  return { ok: { answer: "stats", stats } };
};

export const days = (options) => totals(30, 1, "day", options);
export const weeks = (options) => totals(53, 7, "week", options);
export const none = { ok: { answer: "stats", stats: { sent: 0, opened: 0, clicked: 0, days: Array.from({ length: 30 }, (_, i) => ({ date: date(29 - i), sent: 0, opened: 0, clicked: 0 })) } } };
// A server from before verdicts: no `possible`, no `machines`, no `by`, no `domains`, and days whatever was asked for.
export const old = oldStats;
export const away = fault("unreachable");
