// Recipients of a compose: one interface, two of Gmail's looks.

import { config, h } from "./dom.js";
import { classicField } from "./classic.js";
import { peoplekitField } from "./peoplekit.js";
import { t } from "./i18n.js";

export const FIELDS = ["to", "cc", "bcc"];

/** `Name <address>`, `<address>` or an address alone. */
export function readPerson(text) {
  const match = /^\s*(?:"?([^"<]*?)"?\s*)?<([^>]*)>\s*$/.exec(text);
  const address = (match ? match[2] : text).trim();
  return { address, name: match?.[1] || config.names[address.toLowerCase()] || "" };
}

/** Several people, divided by commas, semicolons or lines; commas inside quotes do not divide. */
export const readPeople = (text) => (text.match(/(?:"[^"]*"|[^,;\n])+/g) ?? []).filter((it) => it.trim()).map(readPerson);

export const isAddress = (text) => /^[^\s@<>,;"()]+@[^\s@<>,;"()]+\.[^\s@<>,;"().]+$/.test(text);

/** Builds the fields. `changed` is called when the list of recipients changes. */
export function recipientFields(changed) {
  const make = config.settings.recipients === "classic" ? classicField : peoplekitField;
  const fields = Object.fromEntries(FIELDS.map((name) => [name, make(name, changed)]));
  const summary = h("div.oL.aDm.az9");
  const collapsed = h("div.aoD.hl", { tabindex: 1 }, summary);
  const rows = FIELDS.map((name) => fields[name].row);
  const area = h("div.fX.aXjCH", {}, h("table.GS", { tabindex: -1 }, h("tbody.bze", {}, rows)));

  for (const name of ["cc", "bcc"]) {
    fields[name].row.style.display = "none";
    fields.to.adders.append(
      h(
        `span.aB.gQ.${name === "cc" ? "pE" : "pB"}`,
        {
          role: "link",
          tabindex: 1,
          "aria-label": t(name === "cc" ? "addCc" : "addBcc"),
          "data-tooltip": t(name === "cc" ? "addCc" : "addBcc"),
          onclick: () => show(name, true),
          onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), show(name, true)),
        },
        t(name),
      ),
    );
  }

  function show(name, focus) {
    fields[name].row.style.display = "";
    if (focus) fields[name].focus();
  }

  function collapse() {
    const all = FIELDS.flatMap((name) => fields[name].people());
    summary.replaceChildren(
      ...(all.length
        ? all.flatMap(({ address, name }, i) => [
            i ? ", " : "",
            h("span", { email: address, translate: "no" }, name || address),
          ])
        : [t("recipients")]),
    );
    area.style.display = "none";
    collapsed.style.display = "";
  }

  function expand() {
    area.style.display = "";
    collapsed.style.display = "none";
  }

  const open = () => {
    expand();
    fields.to.focus();
  };
  collapsed.addEventListener("click", open);
  collapsed.addEventListener("focus", open);
  area.addEventListener("focusout", (event) => {
    // Chips come and go while one types; only leaving the whole area folds it.
    if (event.relatedTarget && !area.contains(event.relatedTarget)) {
      for (const name of FIELDS) fields[name].commit();
      collapse();
    }
  });
  expand();

  return {
    area,
    collapsed,
    collapse,
    focus: () => fields.to.focus(),
    commit: () => FIELDS.forEach((name) => fields[name].commit()),
    people: (name) => fields[name].people(),
    set(name, people) {
      fields[name].set(people);
      if (people.length && name !== "to") show(name, false);
    },
  };
}
