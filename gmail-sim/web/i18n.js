// Words of the interface. They stand in web/words/<language>.json.

import words from "./words.js";
import { config } from "./dom.js";

const LOCALES = { en: "en-US", de: "de-DE", ar: "ar" };

export const locale = () => LOCALES[config.settings.lang];

/** The words for a key, with {name} filled in. */
export function t(key, values = {}) {
  const found = words[config.settings.lang]?.[key] ?? words.en[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A label with its shortcut, between the marks that keep it in one piece in any direction of text. */
export const withKeys = (key, keys) => `${t(key)} \u202A(${keys})\u202C`;

const MAC = /Mac/.test(navigator.platform);
export const sendKeys = () => (MAC ? "\u2318Enter" : `${t("ctrl")}-${t("enter")}`);

const at = (options) => new Intl.DateTimeFormat(locale(), options);

/** As in a list: the hour today, the day before. */
export function shortDate(ms) {
  const date = new Date(ms);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return at({ hour: "numeric", minute: "2-digit" }).format(date);
  if (date.getFullYear() === now.getFullYear()) return at({ month: "short", day: "numeric" }).format(date);
  return at({ year: "2-digit", month: "numeric", day: "numeric" }).format(date);
}

export const fullDate = (ms) => at({ dateStyle: "medium", timeStyle: "short" }).format(new Date(ms));

/** "On Fri, Oct 7, 2022 at 9:29 AM Person <address> wrote:", as above a quote. */
export function quoteLine(message) {
  const date = new Date(message.date);
  return t("wrote", {
    day: at({ weekday: "short", year: "numeric", month: "short", day: "numeric" }).format(date),
    time: at({ hour: "numeric", minute: "2-digit" }).format(date),
    name: message.from.name,
  });
}
