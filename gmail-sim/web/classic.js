// The recipient interface until 2022: a text area `textarea.vO[name=to]`, and chips that each hold a hidden input.

import { h, press } from "./dom.js";
import { t } from "./i18n.js";
import { isAddress, readPeople, readPerson } from "./recipients.js";

export function classicField(name, changed) {
  const adders = h("span.gs-adders");
  const area = h("textarea.vO", {
    rows: 1,
    name,
    spellcheck: "false",
    autocomplete: "false",
    autocapitalize: "off",
    autocorrect: "off",
    tabindex: 1,
    dir: "ltr",
    "aria-label": t(name),
    role: "combobox",
    "aria-autocomplete": "list",
  });
  const holder = h(
    "div.wO.nr",
    {},
    h("input.wA", { tabindex: -1, "aria-hidden": "true" }),
    area,
    h("div.aA6", {}, name === "to" ? adders : null),
  );
  const row = h(
    "tr.bzf",
    {},
    h("td.ok", {}, h("span.gO.aQY", { role: "link", "aria-label": t("selectContacts", { field: t(name) }) }, t(name))),
    h("td.eV", {}, h("div.oj", {}, holder)),
  );

  const chips = () => [...holder.children].filter((it) => it.dataset.chip !== undefined);

  function add(person) {
    const text = person.name ? `${person.name} <${person.address}>` : person.address;
    const chip = h(
      "div.vR",
      { "data-chip": true },
      h(
        "span.vN",
        { email: person.address },
        h("div.vT", {}, person.name || person.address),
        press(h("div.vM", { role: "button", "aria-label": `${t("remove")} ${person.address}` }, "\u00d7"), () => {
          chip.remove();
          changed();
        }),
      ),
      h("input", { type: "hidden", name, value: text }),
    );
    if (!isAddress(person.address)) chip.setAttribute("aria-invalid", "true");
    holder.insertBefore(chip, area);
  }

  function commit() {
    const people = readPeople(area.value);
    area.value = "";
    if (people.length === 0) return;
    people.forEach(add);
    changed();
  }

  area.addEventListener("input", () => /[,;\n]\s*$/.test(area.value) && commit());
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      commit();
    } else if (event.key === "Backspace" && area.value === "" && chips().length) {
      chips().at(-1).remove();
      changed();
    }
  });

  return {
    row,
    adders,
    commit,
    focus: () => area.focus(),
    people: () => chips().map((chip) => readPerson(chip.querySelector("input").value)),
    set(people) {
      chips().forEach((chip) => chip.remove());
      people.forEach(add);
    },
  };
}
