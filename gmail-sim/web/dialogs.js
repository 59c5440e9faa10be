// Gmail's own message box: `body > [role=alertdialog]`.

import { h, newId, press } from "./dom.js";
import { t } from "./i18n.js";

/** Shows a message over everything; gives a promise that is kept when it is closed. */
export function alertDialog(title, text) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const id = newId();
    const shade = h("div.Kj-JD-Jh", { "aria-hidden": "true" });
    const close = () => {
      box.remove();
      shade.remove();
      before?.focus?.();
      resolve();
    };
    const ok = press(h("button.J-at1-auR", { name: "ok", type: "button" }, t("ok")), close, false);
    const box = h(
      "div.Kj-JD",
      { role: "alertdialog", "aria-labelledby": id, tabindex: 0, onkeydown: (event) => event.key === "Escape" && close() },
      h("div.Kj-JD-K7", {}, h("span.Kj-JD-K7-K0", { id, role: "heading" }, title)),
      h("div.Kj-JD-Jz", { role: "alert" }, text),
      h("div.Kj-JD-Jl", {}, ok),
    );
    document.body.append(shade, box);
    ok.focus();
  });
}
