// The recipient interface since 2022: chips and a text field in `div[name=to]`.

import { config, h, press } from "./dom.js";
import { t } from "./i18n.js";
import { isAddress, readPeople } from "./recipients.js";

export function peoplekitField(name, changed) {
  const adders = h("span.gs-adders");
  const input = h("input.agP.aFw", {
    type: "text",
    "peoplekit-id": "BbVjBd",
    role: "combobox",
    "aria-label": t(name),
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    tabindex: 1,
    size: 1,
  });
  const chips = h("div.afx", { role: "listbox", "aria-label": t("recipients") });
  const suggestions = h("div.afC", { role: "presentation", style: { display: "none" } });
  const holder = h("div.anm", { name }, h("div.afp", {}, chips, h("div.aH9", {}, input)), suggestions);
  const row = h(
    "tr.bzf",
    {},
    h("td.ok", {}, h("span.gO.aQY", { role: "link", "aria-label": t("selectContacts", { field: t(name) }) }, t(name))),
    h("td.eV", {}, h("div.oj", {}, holder, name === "to" ? adders : null)),
  );

  function add(person) {
    const chip = h(
      "div.afV",
      {
        role: "option",
        "aria-selected": "false",
        tabindex: -1,
        "data-hovercard-id": person.address,
        "data-name": person.name || person.address,
        "peoplekit-id": "XPtOyb",
        translate: "no",
      },
      h("div.afX", { title: person.address }, person.name || person.address),
    );
    if (!isAddress(person.address)) chip.setAttribute("aria-invalid", "true");
    chip.append(
      press(h("div.afW", { role: "button", "aria-label": `${t("remove")} ${person.address}` }, "\u00d7"), () => {
        chip.remove();
        changed();
      }),
    );
    chips.append(chip);
  }

  function commit() {
    const people = readPeople(input.value);
    input.value = "";
    hide();
    if (people.length === 0) return;
    people.forEach(add);
    changed();
  }

  function hide() {
    suggestions.style.display = "none";
    suggestions.replaceChildren();
    input.setAttribute("aria-expanded", "false");
  }

  function suggest() {
    const text = input.value.trim().toLowerCase();
    const known = Object.entries(config.names).filter(
      ([address, it]) => text && `${it} ${address}`.toLowerCase().includes(text),
    );
    if (known.length === 0 || text.includes(",")) return hide();
    suggestions.replaceChildren(
      h(
        "ul",
        { role: "listbox" },
        known.slice(0, 5).map(([address, it]) =>
          h(
            "li.afE",
            {
              role: "option",
              // The field must not lose the focus before the choice is taken.
              onmousedown: (event) => {
                event.preventDefault();
                input.value = "";
                add({ address, name: it });
                hide();
                changed();
              },
            },
            h("span", {}, it),
            " ",
            h("span.gs-dim", {}, address),
          ),
        ),
      ),
    );
    suggestions.style.display = "";
    input.setAttribute("aria-expanded", "true");
    return undefined;
  }

  input.addEventListener("input", () => {
    if (/[,;\n]\s*$/.test(input.value)) commit();
    else suggest();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && input.value.trim()) {
      event.preventDefault();
      commit();
    } else if (event.key === "Backspace" && input.value === "" && chips.lastChild) {
      chips.lastChild.remove();
      changed();
    } else if (event.key === "Escape") {
      hide();
    }
  });
  input.addEventListener("blur", hide);

  return {
    row,
    adders,
    commit,
    focus: () => input.focus(),
    people: () =>
      [...chips.children].map((chip) => ({
        address: chip.dataset.hovercardId,
        name: chip.dataset.name === chip.dataset.hovercardId ? "" : chip.dataset.name,
      })),
    set(people) {
      chips.replaceChildren();
      people.forEach(add);
    },
  };
}
