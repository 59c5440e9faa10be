// A list of threads: [gh=tl] > div.Cp … tr.zA. Rows are used again for other threads, as in Gmail: what a row is about
// stands in its attributes only.

import { $, config, h, icon, ICONS, newId, press, toggle } from "./dom.js";
import { fullDate, shortDate, t } from "./i18n.js";

export class ThreadList {
  /** `act`: {open(row), archive(row), remove(row)}. */
  constructor(act) {
    this.act = act;
    this.rows = [];
    this.body = h("tbody");
    this.nothing = h("div.ae4.TB", { style: { display: "none" } }, t("empty"));
    this.table = h(
      "table.F.cf.zt",
      { role: "grid", cellpadding: 0, id: newId() },
      h(
        "colgroup",
        {},
        ["k0vOLb", "Ci", "y5", "WD", "yY", "", "yg", "xX"].map((it) => h(`col${it ? `.${it}` : ""}`)),
      ),
      this.body,
    );
    this.root = h(
      "div.BltHke.nH.oy8Mbf",
      { style: { display: "none" } },
      h("div.UI", { gh: "tl" }, h("div.aRs"), h("div.Cp", {}, h("div", {}, this.table)), this.nothing),
    );
  }

  /** Shows these threads; elements of rows are kept and given new contents. */
  show(threads, folder) {
    while (this.rows.length > threads.length) this.rows.pop().element.remove();
    while (this.rows.length < threads.length) {
      const row = new Row(this.act);
      this.rows.push(row);
      this.body.append(row.element);
    }
    threads.forEach((thread, i) => this.rows[i].fill(thread, folder));
    this.nothing.style.display = threads.length ? "none" : "";
  }
}

class Row {
  constructor(act) {
    this.thread = null;
    this.people = h("div.yW", { translate: "no" });
    this.twin = h("div.afn", { "aria-hidden": "true", style: { display: "none" } });
    this.subject = h("span");
    this.bog = h("span.bog", {}, this.subject);
    this.snippet = h("span.y2");
    this.labels = h("div.yi");
    this.when = h("span", {}, h("span"));
    const button = (name, key, path, what) =>
      press(
        h(`li.bqX.${name}`, { "data-tooltip": t(key), role: "button", tabindex: -1, "aria-label": t(key) }, icon(path)),
        (event) => {
          event.stopPropagation();
          what(this.thread);
        },
      );
    this.element = h(
      "tr.zA",
      { id: newId(), tabindex: -1, role: "row", jscontroller: "ZdOxDb", draggable: "false" },
      h("td.PF.xY", {}),
      h(
        "td.oZ-x3.xY",
        { "data-tooltip": t("select") },
        h(
          "div.oZ-jc.T-Jo.J-J5-Ji",
          {
            role: "checkbox",
            "aria-checked": "false",
            "aria-label": t("select"),
            tabindex: -1,
            onclick: (event) => this.select(event),
          },
          h("div.T-Jo-auh"),
        ),
      ),
      h(
        "td.apU.xY",
        {},
        h("span.aXw.T-KT", { role: "button", "aria-label": t("star"), title: t("star") }, icon(ICONS.star, 18)),
      ),
      h("td.WA.xY", {}, h("div.pG", { role: "img", "aria-label": t("important") }, h("div.pH-A7"))),
      h("td.yX.xY", {}, this.twin, this.people),
      h(
        "td.xY.a4W",
        { role: "gridcell", tabindex: -1 },
        h("div.xS", { role: "link" }, h("div.xT", {}, this.labels, h("div.y6", {}, this.bog), this.snippet)),
      ),
      h("td.yf.xY", {}, "\u00a0"),
      h("td.xW.xY", { role: "gridcell" }, this.when),
      h(
        "td.bq4.xY",
        {},
        h(
          "ul.bqY",
          { role: "toolbar" },
          button("brq", "archive", ICONS.archive, act.archive),
          button("bru", "delete", ICONS.trash, act.remove),
        ),
      ),
    );
    this.element.addEventListener("click", () => act.open(this.thread));
  }

  select(event) {
    event.stopPropagation();
    const box = event.currentTarget;
    const on = box.getAttribute("aria-checked") !== "true";
    box.setAttribute("aria-checked", String(on));
    toggle(this.element, "x7", on);
  }

  fill(thread, folder) {
    if (this.thread?.thread !== thread.thread) {
      $('[role="checkbox"]', this.element).setAttribute("aria-checked", "false");
      toggle(this.element, "x7", false);
    }
    this.thread = thread;
    toggle(this.element, "zE", thread.unread);
    toggle(this.element, "yO", !thread.unread);
    const ids = {
      "data-thread-id": `#${thread.thread}`,
      "data-legacy-thread-id": thread.legacyThread,
      "data-legacy-last-message-id": thread.last,
      "data-legacy-last-non-draft-message-id": thread.lastNonDraft,
      "data-standalone-draft-id": thread.standaloneDraft && `#${thread.standaloneDraft}`,
    };
    const name = () => {
      if (this.thread !== thread) return;
      for (const [attribute, value] of Object.entries(ids)) {
        if (value) this.subject.setAttribute(attribute, value);
        else this.subject.removeAttribute(attribute);
      }
      this.twin.replaceChildren(this.subject.cloneNode(true));
    };
    toggle(this.subject, "bqe", thread.unread);
    this.subject.textContent = thread.subject || t("noSubject");
    if (config.settings.lateIds) {
      // As Gmail sometimes does: the row is there before anything says which thread it is.
      for (const attribute of Object.keys(ids)) this.subject.removeAttribute(attribute);
      setTimeout(name, 60);
    } else {
      name();
    }
    this.snippet.replaceChildren(h("span.Zt", {}, "\u00a0-\u00a0"), thread.snippet);
    const chip = (name) =>
      h("div.ar.as", {}, h("div.at", { title: name }, h("div.au", {}, h("div.av", { dir: "auto" }, name))));
    this.labels.replaceChildren(...thread.labels.map(chip));
    this.people.replaceChildren(...names(thread, folder));
    const date = thread.scheduledAt ?? thread.date;
    this.when.title = fullDate(date);
    this.when.firstChild.textContent = shortDate(date);
  }
}

/** Who is named in a row: recipients in Sent, drafts as such, otherwise all who wrote. */
function names(thread, folder) {
  const mine = config.account.address;
  const span = ({ address, name }, unread, words = null) =>
    h(`span.${unread ? "zF" : "yP"}`, { email: address, name: name || address, translate: "no" }, words ?? (name || address));
  const written = thread.people.filter((it) => !it.draft);
  const parts = [];
  if (folder === "sent" || folder === "scheduled") {
    const own = new Set([mine, ...config.account.aliases.map((it) => it.address)]);
    const to = written
      .filter((it) => own.has(it.from.address))
      .flatMap((it) => it.to)
      .filter((it, i, all) => all.findIndex((other) => other.address === it.address) === i);
    const [before, after] = t("toPrefix", { names: "\n" }).split("\n");
    parts.push(before, ...to.flatMap((it, i) => [i ? ", " : "", span(it, false)]), after);
  } else {
    const seen = new Set();
    for (const { from, unread } of written) {
      if (seen.has(from.address)) continue;
      seen.add(from.address);
      if (parts.length) parts.push(", ");
      parts.push(
        span(from, unread, from.address === mine ? t("me") : written.length > 1 && from.name ? from.name.split(" ")[0] : null),
      );
    }
  }
  if (thread.drafts) parts.push(parts.length ? ", " : "", h("span.boq", {}, t("draft")));
  if (thread.count > 1) parts.push(" ", h("span.bx0", {}, String(thread.count)));
  return [h("span.bA4", {}, parts)];
}
