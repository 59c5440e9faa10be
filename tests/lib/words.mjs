// The words that the extension shows, by language: tests name them in English and look for them in any language.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./paths.mjs";

const cache = new Map();

/** `_locales/<lang>/messages.json`. */
export function messages(lang) {
  if (!cache.has(lang)) {
    cache.set(lang, JSON.parse(readFileSync(join(ROOT, "extension/_locales", lang, "messages.json"), "utf8")));
  }
  return cache.get(lang);
}

/** The text of a key. `values` stand for $1, $2, … and for named placeholders in their order. */
export function text(lang, key, ...values) {
  const entry = messages(lang)[key];
  if (!entry) throw new Error(`_locales/${lang} has no ${key}`);
  let { message } = entry;
  for (const [name, { content }] of Object.entries(entry.placeholders ?? {})) {
    message = message.replaceAll(new RegExp(`\\$${name}\\$`, "gi"), content);
  }
  return message.replaceAll(/\$(\d)/g, (_, n) => String(values[n - 1] ?? "")).replaceAll("$$", "$");
}

/** A pattern for a key's text with any values in it, its stars (what stands bold) left out; for words that depend on a number, of any number. */
export function pattern(lang, key) {
  const forms = messages(lang)[key] ? [key] : [`${key}_one`, `${key}_other`];
  const source = (form) =>
    text(lang, form, ...Array.from({ length: 9 }, (_, n) => `\u0000${n}`))
      .replaceAll("*", "")
      .replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll(/\u0000\d/g, ".+");
  return new RegExp(forms.map(source).join("|"));
}

/** What an English text is called in another language. */
export function say(lang, english) {
  if (lang === "en") return english;
  const key = Object.entries(messages("en")).find(([, entry]) => entry.message === english)?.[0];
  if (!key) throw new Error(`no message reads ${JSON.stringify(english)} in English`);
  return text(lang, key);
}
