// The dialog of Schedule send: three presets and a time of one's own.

import { $, config, h, press } from "./dom.js";
import { fullDate, t } from "./i18n.js";

function at(days, hour) {
  const date = new Date(Date.now());
  date.setDate(date.getDate() + days);
  date.setHours(hour, 0, 0, 0);
  return date;
}

function presets() {
  const today = new Date().getDay();
  const list = [
    ["tomorrowMorning", at(1, 8)],
    ["tomorrowAfternoon", at(1, 13)],
  ];
  // On a Sunday that would be tomorrow once more.
  if (today !== 0) list.push(["mondayMorning", at(8 - today, 8)]);
  return list;
}

// These two fields are in Gmail's own fixed forms: "MMM D, YYYY" and "h:mm A".
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const writeDate = (date) => `${MONTHS[date.getMonth()]} ${date.getDate()}, ${date.getFullYear()}`;
const writeTime = (date) =>
  `${date.getHours() % 12 || 12}:${String(date.getMinutes()).padStart(2, "0")} ${date.getHours() < 12 ? "AM" : "PM"}`;

function readTime(dateText, timeText) {
  const date = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4})$/.exec(dateText.trim());
  const time = /^(\d{1,2}):(\d{2}) ?(AM|PM)$/i.exec(timeText.trim());
  if (!date || !time || !MONTHS.includes(date[1])) return null;
  const hour = (Number(time[1]) % 12) + (/pm/i.test(time[3]) ? 12 : 0);
  return new Date(Number(date[3]), MONTHS.indexOf(date[1]), Number(date[2]), hour, Number(time[2]));
}

function dialog(title, ...content) {
  const shade = h("div.Kj-JD-Jh", { "aria-hidden": "true" });
  const close = () => {
    box.remove();
    shade.remove();
  };
  const box = h(
    "div.uW2Fw-P5QLlc",
    { role: "dialog", "aria-label": title, tabindex: -1, onkeydown: (event) => event.key === "Escape" && close() },
    h("h2.gs-title", {}, title),
    content,
  );
  document.body.append(shade, box);
  box.focus();
  return { box, close };
}

/** Asks for a time; `chosen` gets it as Unix milliseconds. */
export function pickTime(chosen) {
  const preset = ([key, date]) => {
    const item = h(
      "div.Az",
      { role: "menuitem", tabindex: 0 },
      h("div.Av", {}, t(key)),
      h("div.gs-when", {}, fullDate(date.getTime())),
    );
    return gesture(item, () => finish(date.getTime()));
  };
  const custom = gesture(h("div.Az.AM", { role: "menuitem", tabindex: 0 }, h("div.Av", {}, t("pickTime"))), () => {
    list.close();
    pickOwn(chosen);
  });
  const list = dialog(
    t("scheduleSend"),
    h("div.gs-zone", {}, Intl.DateTimeFormat().resolvedOptions().timeZone),
    h("div", { role: "menu" }, presets().map(preset), custom),
  );
  const finish = (when) => {
    list.close();
    chosen(when);
  };
  $('[role="menuitem"]', list.box).focus();
}

function pickOwn(chosen) {
  const start = at(1, 8);
  const date = h("input", { type: "text", "aria-label": t("date"), value: writeDate(start) });
  const time = h("input", { type: "text", "aria-label": t("time"), value: writeTime(start) });
  const error = h("div.gs-error", { role: "alert" });
  const confirm = h("button.mUIrbf-LgbsSe", { type: "button" }, t("scheduleSend"));
  const cancel = press(h("button.gs-plain", { type: "button" }, t("cancel")), () => own.close(), false);
  const own = dialog(
    t("pickTime"),
    h("div.gs-fields", {}, h("label", {}, t("date"), date), h("label", {}, t("time"), time)),
    error,
    h("div.gs-buttons", {}, cancel, confirm),
  );
  press(
    confirm,
    () => {
      const when = readTime(date.value, time.value);
      if (!when || when.getTime() <= Date.now()) {
        error.textContent = `${t("date")}: ${writeDate(start)}, ${t("time")}: ${writeTime(start)}`;
        return;
      }
      own.close();
      chosen(when.getTime());
    },
    false,
  );
  date.focus();
}

/** Wants the whole gesture at a real place, as Gmail's own items do; a key is enough too. */
function gesture(item, act) {
  let down = false;
  item.addEventListener("mousedown", (event) => {
    down = event.clientX !== 0 || event.clientY !== 0;
  });
  item.addEventListener("click", (event) => {
    if (down && (event.isTrusted || !config.settings.requireTrusted)) act();
    down = false;
  });
  item.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), act()));
  return item;
}
