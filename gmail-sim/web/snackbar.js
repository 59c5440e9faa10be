// The bar at the lower edge: div.b8.UC[role=alert] > .vh > .aT > .bAq (text) and .bAo (Undo, View message).

import { h, has, press, toggle } from "./dom.js";
import { t } from "./i18n.js";

let bar = null;
let text = null;
let actions = null;
let timer = 0;

function build() {
  text = h("span.bAq");
  actions = h("span.bAo");
  const close = press(h("div.bBe", { role: "button", tabindex: 0, "aria-label": t("close") }, "\u00d7"), hide);
  bar = h(
    "div.b8.UC",
    { role: "alert", "aria-live": "assertive" },
    h("div.J-J5-Ji"),
    h("div.vh", {}, h("div.aT", {}, text, actions), close),
  );
  document.body.append(bar);
}

export function hide() {
  if (bar) toggle(bar, "bAp", false);
}

export const isShown = () => bar !== null && has(bar, "bAp");

/**
 * Shows words, with Undo and View message where they are given.
 * `undo`: {thread, act}; `view`: act. `seconds`: how long it stays; 0: until something else is shown.
 */
export function say(words, { undo = null, view = null, seconds = 8 } = {}) {
  if (!bar) build();
  clearTimeout(timer);
  text.textContent = words;
  actions.replaceChildren();
  const link = (id, label, act, param) =>
    press(h("span.ag.a8k", { id, role: "link", tabindex: 0, ...(param ? { param } : {}) }, label), act);
  if (undo) actions.append(link("link_undo", t("undo"), undo.act, `#${undo.thread}`));
  if (view) actions.append(link("link_vsm", t("viewMessage"), view));
  toggle(bar, "bAp", true);
  if (seconds) timer = setTimeout(hide, seconds * 1000);
}
