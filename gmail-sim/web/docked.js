// Composes at the lower edge, and the same in full screen.

import { $, config, h, icon, ICONS, newId, press, toggle } from "./dom.js";
import { popOut } from "./alone.js";
import { Compose } from "./compose.js";
import { composeHandle } from "./handles.js";
import { t } from "./i18n.js";
import { outcome } from "./outcome.js";

const open = new Set();
let dock = null;

function dockPlace() {
  if (!dock) {
    const row = h("div.no");
    document.body.append(h("div.dw", {}, h("div", {}, h("div.nH", {}, h("div.nH", {}, row)))));
    dock = row;
  }
  return dock;
}

function titleButton(name, key, path, act) {
  const attributes = { id: newId(), "aria-label": t(key), "data-tooltip": t(key), "data-tooltip-delay": "800" };
  const made =
    config.settings.titleBar === "img"
      ? h(`img.${name}`, {
          ...attributes,
          alt: t(key),
          src: `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="${path}" fill="none" stroke="#808890" stroke-width="1.5"/></svg>`)}`,
        })
      : h(`button.${name}`, { ...attributes, type: "button" }, icon(path, 16));
  // The focus stays where it is: recipients that fold away under the pointer would move the button from under it.
  made.addEventListener("mousedown", (event) => event.preventDefault());
  return press(made, act, false);
}

export function openDocked(draft, kind = "new") {
  const already = [...open].find((it) => it.draft.id === draft.id);
  if (already) return already;
  const titleId = newId();
  const title = h("div.aYF");
  const below = h("div.nH");
  const spot = h("div.AD");
  const column = h("div.nH.nn", {}, h("div.nH", {}, spot));
  let inFull = false;

  const compose = new Compose(draft, kind, {
    ...outcome,
    titled: (text) => {
      title.textContent = text;
    },
    addressed: (it) => setHandle(it),
    popOut: (it) => popOut(it),
    canArchive: kind !== "new",
    closed(it) {
      open.delete(it);
      column.remove();
      if (inFull) setFull(false);
      if (named === it) setHandle(null);
    },
  });
  title.textContent = compose.title;

  const minimise = (on) => {
    below.style.display = on ? "none" : "";
    toggle(column, "gs-min", on);
    toggle(column, "gs-open", !on);
  };
  const full = titleButton("Hq.aUG", "fullScreen", ICONS.full, (event) =>
    event.shiftKey ? popOut(compose) : setFull(!inFull),
  );
  const bar = h(
    "td.Hm",
    {},
    titleButton("Hl", "minimize", ICONS.min, () =>
      inFull ? (setFull(false), minimise(true)) : minimise(below.style.display !== "none"),
    ),
    full,
    titleButton("Ha", "saveClose", ICONS.close, () => compose.close()),
  );
  const name = h(
    "td",
    {},
    h(
      "div.Hp",
      { id: titleId, onclick: () => !inFull && minimise(below.style.display !== "none") },
      h("h2.a3E", {}, h("div.a3I", {}, t("composeTitle")), title),
    ),
  );
  let head = h("table.cf.Ht", { cellpadding: 0 }, h("tbody", {}, h("tr", {}, name, bar)));
  for (const layer of ["nH.wKggEb", "aCk", "k", "l.n", "l.m", "nH", "nH.Hy.aXJ"]) head = h(`div.${layer}`, {}, head);
  below.append(compose.parts.outer);
  const dialog = h("div.nH.Hd", { role: "dialog", "aria-labelledby": titleId }, h("div.nH"), head, below, h("div.nH"));
  spot.append(dialog);
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && compose.close());

  function setFull(on) {
    inFull = on;
    minimise(false);
    fullPlace().style.display = on ? "" : "none";
    full.setAttribute("aria-label", t(on ? "exitFullScreen" : "fullScreen"));
    if (on) $(".aSt", fullPlace()).append(spot);
    else if (column.isConnected) column.firstChild.append(spot);
    else spot.remove();
    if (!compose.closed) compose.focus();
  }

  open.add(compose);
  minimise(false);
  dockPlace().prepend(column);
  compose.setFull = setFull;
  setHandle(compose);
  compose.focus();
  return compose;
}

/** `body > .aSs > .aSt`, made when it is first needed. */
function fullPlace() {
  let place = $(".aSs");
  if (!place) {
    place = h("div.aSs", { style: { display: "none" } }, h("div.aSt"));
    document.body.append(place);
  }
  return place;
}

let named = null;

/** The address of the page names the compose that was last worked on: `new` until somebody is addressed. */
function setHandle(compose) {
  named = compose;
  const path = location.hash.split("?")[0] || "#inbox";
  let handle = "";
  if (compose) handle = `?compose=${compose.parts.recipients.people("to").length ? composeHandle(compose.draft) : "new"}`;
  if (`${path}${handle}` !== location.hash) history.replaceState(null, "", `${path}${handle}`);
}
