// The row under a compose: Send and its arrow, formatting, attachments, discarding; and the menu of the arrow.
// .aDh > table.IZ > tr.btC > td.gU…

import { config, h, icon, ICONS, newId } from "./dom.js";
import { sendKeys, t, withKeys } from "./i18n.js";

const col = (name) => h(`col${name ? `.${name}` : ""}`);

function tool(command, key, path, act) {
  return h(
    "div.wG.J-Z-I",
    {
      command,
      role: "button",
      tabindex: 1,
      "aria-label": t(key),
      "data-tooltip": t(key),
      "aria-pressed": "false",
      id: newId(),
      onmousedown: (event) => event.preventDefault(),
      onclick: act,
    },
    h("div.J-J5-Ji.J-Z-I-Kv-H", {}, h("div.J-J5-Ji.J-Z-I-J6-H", {}, h("div.aaA.aMZ", {}, icon(path)))),
  );
}

/** Send; the listeners that make it one are added by compose-send.js. */
function sendButton(archive) {
  const words = archive ? t("sendArchive") : t("send");
  const label = archive ? words : withKeys("send", sendKeys());
  return h(
    `div.T-I.J-J5-Ji.aoO.v7.T-I-atl.L3${archive ? ".Uo" : ""}`,
    {
      id: newId(),
      role: "button",
      tabindex: 1,
      style: { userSelect: "none" },
      "data-tooltip": label,
      "aria-label": label,
      "data-tooltip-delay": "800",
    },
    words,
  );
}

export function buildToolbar(on) {
  const send = sendButton(false);
  const archive = config.settings.sendAndArchive && on.canArchive ? sendButton(true) : null;
  const arrow = h(
    "div.T-I.J-J5-Ji.hG.T-I-atl.L3",
    {
      id: newId(),
      role: "button",
      tabindex: 1,
      "aria-label": t("moreSend"),
      "data-tooltip": t("moreSend"),
      "data-tooltip-delay": "800",
      style: { userSelect: "none" },
      "aria-expanded": "false",
      "aria-haspopup": "true",
    },
    h("div.G-asx", {}, icon(ICONS.down, 16)),
  );

  const item = h(
    "div.J-N.yr",
    { selector: "scheduledSend", role: "menuitem", id: newId(), tabindex: -1, style: { userSelect: "none" } },
    h("div.J-N-Jz", {}, h("span.v5.J-N-JX", { role: "presentation" }, icon(ICONS.clock, 18)), t("scheduleSend")),
  );
  const menu = h(
    "div.q8NmZb.J-M.jQjAxd",
    { role: "menu", "aria-haspopup": "true", style: { display: "none", userSelect: "none" } },
    h("div.SK.AX", {}, item),
  );
  wireMenu(arrow, menu, item, on.schedule);

  const discardKeys = `${t("ctrl")}-Shift-D`;
  const discard = h(
    "div.oh.J-Z-I.J-J5-Ji.T-I-ax7",
    {
      role: "button",
      tabindex: 1,
      id: newId(),
      "data-tooltip": withKeys("discard", discardKeys),
      "aria-label": withKeys("discard", discardKeys),
      onclick: on.discard,
      onkeydown: (event) => event.key === "Enter" && on.discard(event),
    },
    h("div.J-J5-Ji.J-Z-I-Kv-H", {}, h("div.J-J5-Ji.J-Z-I-J6-H", {}, h("div.og.T-I-J3", {}, icon(ICONS.trash)))),
  );
  const more = h(
    "div.J-JN-M-I.J-J5-Ji.Xv.L3.T-I-ax7.T-I",
    {
      role: "button",
      tabindex: 1,
      "aria-haspopup": "true",
      "aria-expanded": "false",
      "aria-label": t("moreOptions"),
      "data-tooltip": t("moreOptions"),
      onclick: on.more,
    },
    icon(ICONS.more),
  );

  const cells = [
    h("td.gU.Up", {}, h("div.J-J5-Ji.btA", {}, h("div.J-J5-Ji"), h("div.dC", {}, archive, send, arrow), h("div.J-J5-Ji"))),
    h(
      "td.oc.gU",
      {},
      h(
        "div",
        { "data-tooltip": t("formatting"), "aria-label": t("formatting") },
        h(
          "div.J-Z-I.J-J5-Ji",
          { role: "button", "aria-pressed": "false", tabindex: 1, "aria-label": t("formatting") },
          h("div.J-J5-Ji.J-Z-I-Kv-H", {}, h("div.J-J5-Ji.J-Z-I-J6-H", {}, h("div.dv", {}, icon(ICONS.format)))),
        ),
      ),
    ),
    h("td.gU.btB", {}, h("div.Uz", { "aria-hidden": "true" })),
    h(
      "td.a8X.gU",
      {},
      h(
        "div.bAK",
        {},
        tool("Files", "attach", ICONS.clip, () => {}),
        tool("+link", "insertLink", ICONS.link, on.insertLink),
      ),
    ),
    h(
      "td.gU.az5",
      {},
      h(
        "div.J-J5-Ji.btx",
        {},
        h("div.J-J5-Ji.bty", {}, more),
        h("div.Uz.aw4.J-J5-Ji", { "aria-hidden": "true" }),
        h("div.J-J5-Ji.bty", {}, discard),
      ),
    ),
  ];
  const element = h(
    "div.aDh",
    {},
    h(
      "table.IZ",
      { role: "group", id: newId() },
      h("colgroup", {}, col(""), col("Uf"), col("UA"), col("Uy"), col("az8"), col("")),
      h("tbody", {}, h("tr.btC", {}, cells)),
    ),
  );
  return { element, menu, send, archive, arrow };
}

/** The arrow opens its menu on plain mouse events; the item wants the whole gesture, as Gmail's does. */
function wireMenu(arrow, menu, item, schedule) {
  const close = () => {
    menu.style.display = "none";
    arrow.setAttribute("aria-expanded", "false");
    document.removeEventListener("mousedown", outside, true);
  };
  const outside = (event) => !menu.contains(event.target) && !arrow.contains(event.target) && close();
  const open = () => {
    menu.style.display = "";
    arrow.setAttribute("aria-expanded", "true");
    document.addEventListener("mousedown", outside, true);
    item.focus();
  };
  const flip = () => (menu.style.display === "none" ? open() : close());
  const choose = () => {
    close();
    schedule();
  };
  arrow.addEventListener("click", flip);
  arrow.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    flip();
  });
  let pressed = false;
  item.addEventListener("mousedown", (event) => {
    pressed = event.clientX !== 0 || event.clientY !== 0;
    event.preventDefault();
  });
  item.addEventListener("mouseup", () => {
    if (pressed) choose();
    pressed = false;
  });
  item.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
      arrow.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose();
    }
  });
}
