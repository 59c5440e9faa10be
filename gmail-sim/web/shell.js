// What is around the mail: search, account, folders, the simulator's own settings.

import { $, $$, config, h, icon, ICONS, newId, press, toggle } from "./dom.js";
import { t } from "./i18n.js";

const FOLDERS = [
  ["inbox", ICONS.inbox],
  ["sent", ICONS.sent],
  ["drafts", ICONS.file],
  ["scheduled", ICONS.clock],
  ["all", ICONS.all],
];
const STORED = "sim.settings";

/** Lays what this browser keeps over the settings; policy and class names are the server's alone. */
export function applyStored() {
  try {
    const { csp, shuffle, ...stored } = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    for (const [name, value] of Object.entries(stored)) {
      if (typeof value === typeof config.settings[name] && !location.search.includes(`sim.${name}=`))
        config.settings[name] = value;
    }
  } catch {
    localStorage.removeItem(STORED);
  }
}

function store(name, value) {
  const stored = JSON.parse(localStorage.getItem(STORED) ?? "{}");
  localStorage.setItem(STORED, JSON.stringify({ ...stored, [name]: value }));
  location.reload();
}

/** Language, direction and theme of the document. */
export function dress() {
  const root = document.documentElement;
  root.lang = config.settings.lang;
  root.dir = config.settings.lang === "ar" ? "rtl" : "ltr";
  toggle(document.body, "gs-dark", config.settings.theme === "dark");
}

const initials = (name) =>
  name
    .split(/\s+/)
    .map((it) => it[0])
    .join("")
    .slice(0, 2)
    .toUpperCase();

/** A round picture with initials; its colour follows from the address. */
export function avatar({ address, name }, size = 40) {
  let hue = 0;
  for (const c of address) hue = (hue * 31 + c.charCodeAt(0)) % 360;
  return h(
    "div.gs-avatar",
    {
      "aria-hidden": "true",
      style: { width: `${size}px`, height: `${size}px`, background: `hsl(${hue} 32% 46%)`, fontSize: `${size * 0.4}px` },
    },
    initials(name || address),
  );
}

function dropDown(button, build) {
  let menu = null;
  const close = () => {
    menu?.remove();
    menu = null;
    document.removeEventListener("mousedown", outside, true);
  };
  const outside = (event) => !menu.contains(event.target) && !button.contains(event.target) && close();
  press(button, (event) => {
    event.preventDefault();
    if (menu) return close();
    menu = h("div.gs-menu", { role: "menu" }, build());
    document.body.append(menu);
    document.addEventListener("mousedown", outside, true);
    return undefined;
  });
}

function accountMark() {
  const { address, name } = config.account;
  const mark = h(
    "a.gb_B.gb_Za",
    { href: "#", role: "button", tabindex: 0, "aria-label": t("account", { name, address }) },
    avatar(config.account, 32),
  );
  dropDown(mark, () => [
    h("div.gs-menu-head", {}, avatar(config.account, 48), h("div", {}, h("b", {}, name), h("div.gs-dim", {}, address))),
    h("div.gs-menu-label", {}, t("switchAccount")),
    config.accounts
      .filter((it) => it.address !== address)
      .map((it) => {
        const index = config.accounts.filter((other) => !other.delegate).indexOf(it);
        return h(
          "a.gs-menu-item",
          { role: "menuitem", href: it.delegate ? `/mail/b/${it.delegate}/u/0/` : `/mail/u/${index}/`, target: "_blank" },
          avatar(it, 28),
          h("div", {}, it.name, h("div.gs-dim", {}, it.address)),
        );
      }),
  ]);
  return mark;
}

function settingsMark() {
  const mark = h(
    "div.FI",
    { role: "button", tabindex: 0, "aria-label": t("settings"), "data-tooltip": t("settings") },
    icon(ICONS.gear, 22),
  );
  const { settings } = config;
  const check = (key, name, on, off) =>
    h(
      "label.gs-menu-item",
      {},
      h("input", {
        type: "checkbox",
        ...(settings[name] === on ? { checked: true } : {}),
        onchange: (event) => store(name, event.target.checked ? on : off),
      }),
      t(key),
    );
  const language = (code, words) => h("option", { value: code, ...(settings.lang === code ? { selected: true } : {}) }, words);
  dropDown(mark, () => [
    h("div.gs-menu-label", {}, t("settings")),
    check("theme", "theme", "dark", "light"),
    check("classicRecipients", "recipients", "classic", "peoplekit"),
    check("unfoldQuotes", "quote", "unfolded", "folded"),
    check("plainTextMode", "plainText", true, false),
    h(
      "label.gs-menu-item",
      {},
      t("language"),
      " ",
      h(
        "select",
        { onchange: (event) => store("lang", event.target.value) },
        language("en", "English"),
        language("de", "Deutsch"),
        language("ar", "العربية"),
      ),
    ),
  ]);
  return mark;
}

/** Builds it all; gives the place where the views go. `act`: {compose, search}. */
export function buildShell(act) {
  const query = h("input.gb_oe", {
    name: "q",
    type: "text",
    "aria-label": t("search"),
    placeholder: t("search"),
    autocomplete: "off",
  });
  const form = h(
    "form",
    {
      role: "search",
      id: "aso_search_form_anchor",
      onsubmit: (event) => {
        event.preventDefault();
        act.search(query.value.trim());
      },
    },
    icon(ICONS.search),
    query,
  );
  const header = h(
    "header.gs-header",
    { role: "banner" },
    h(
      "div.gs-brand",
      {},
      h("span.gs-brand-mark", { "aria-hidden": "true" }, icon(ICONS.all, 22)),
      "Gmail",
      h("small", {}, "sim"),
    ),
    form,
    h("div.gs-marks", {}, settingsMark(), accountMark()),
  );
  const compose = press(
    h(
      "div.T-I.T-I-KE.L3",
      { role: "button", tabindex: 0, gh: "cm", id: newId(), style: { userSelect: "none" } },
      icon(ICONS.pencil),
      t("compose"),
    ),
    act.compose,
  );
  const nav = h(
    "div.aeN.WR",
    { role: "navigation", "aria-label": t("mainMenu") },
    h("div.z0", {}, compose),
    h(
      "div.TK",
      {},
      FOLDERS.map(([name, path]) =>
        h(
          "div.aim",
          { "data-folder": name },
          h(
            "div.TO",
            {},
            h(
              "div.TN",
              {},
              icon(path),
              h("span.nU", {}, h("a.J-Ke.n0", { href: `#${name}`, "aria-label": t(name) }, t(name))),
              h("div.bsU"),
            ),
          ),
        ),
      ),
    ),
  );
  const views = h("div.nH");
  const frame = h(
    "div.nH",
    {},
    header,
    h("div.gs-columns", {}, nav, h("div.AO", {}, h("div.Tm.aeJ", {}, h("div.aeF", {}, views)))),
  );
  $("#loading")?.remove();
  document.body.append(frame);
  return { views, query };
}

/** Marks the folder that is shown, and tells how much waits. */
export function showFolder(name, counts) {
  for (const item of $$(".aim")) {
    toggle(item, "ain", item.dataset.folder === name);
    const count = { inbox: counts.unread, drafts: counts.drafts }[item.dataset.folder];
    const link = $("a", item);
    $(".bsU", item).textContent = count || "";
    toggle(item, "gs-bold", item.dataset.folder === "inbox" && count > 0);
    link.setAttribute("aria-label", count ? `${t(item.dataset.folder)} ${count}` : t(item.dataset.folder));
  }
}

export function setTitle(words) {
  document.title = `${words} - ${config.account.address} - Gmail`;
}
