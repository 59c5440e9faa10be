// One compose, wherever it stands: its draft, saving, sending, scheduling, discarding.

import { closest, config, h, press } from "./dom.js";
import { composeDom, jslog, subjectLabel } from "./compose-dom.js";
import { fill, fold, insertLink, read, setPlain, unfold } from "./compose-body.js";
import { mayLeave, wireSend } from "./compose-send.js";
import { pickTime } from "./schedule.js";
import { FIELDS } from "./recipients.js";
import { LABELS } from "./wire.js";
import { t } from "./i18n.js";
import * as net from "./net.js";

export class Compose {
  /**
   * `draft`: see drafts.js. `kind`: new, reply, replyAll, forward. `host` is where it stands and what becomes of it:
   * {closed(), titled(text), addressed(), popOut(), sent(compose, answer), scheduled(compose, when), failed(compose), canArchive}.
   */
  constructor(draft, kind, host) {
    this.draft = draft;
    this.kind = kind;
    this.host = host;
    this.saves = 0;
    this.closed = false;
    this.parts = composeDom(draft, kind, {
      changed: () => this.changed(),
      schedule: () => this.schedule(),
      discard: () => this.discard(),
      popOut: () => host.popOut?.(this),
      insertLink: () => !draft.plain && insertLink(this.parts),
      more: (event) => this.more(event),
      canArchive: host.canArchive,
    });
    this.show();
    this.listen();
  }

  /** Puts the draft into the fields. */
  show() {
    const { parts, draft } = this;
    for (const field of FIELDS) parts.recipients.set(field, draft[field]);
    parts.subject.value = draft.subject;
    const plain = draft.plain;
    draft.plain = false;
    fill(parts, draft.html);
    if (draft.quoted) {
      fold(parts, draft.quoted);
      if (config.settings.quote === "unfolded") unfold(parts);
    }
    if (plain) setPlain(parts, draft, true);
    this.names();
    this.showFrom();
    this.mark = this.state();
  }

  /** The hidden inputs and log attributes that tell which draft and thread this is. */
  names() {
    const { parts, draft } = this;
    const { inputs } = parts;
    inputs.draft.value = `#${draft.id}`;
    inputs.rt.value = `#${draft.thread}`;
    inputs.lts.value = draft.legacyThread ?? "";
    inputs.rm.value = draft.answers ? `#${draft.answers}` : "";
    inputs.subject.value = draft.subject;
    inputs.ishtml.value = draft.plain ? "0" : "1";
    inputs.from.value = draft.from.address === config.account.address ? "" : draft.from.address;
    parts.root.setAttribute("jslog", jslog(77394, draft));
    parts.toolbar.send.setAttribute("jslog", jslog(32601, draft));
  }

  /** The menu of sender addresses, for an account that has several. */
  showFrom() {
    if (config.account.aliases.length === 0 || this.kind !== "new") return;
    const { parts, draft } = this;
    const all = [{ address: config.account.address, name: config.account.name }, ...config.account.aliases];
    const full = ({ address, name }) => `${name} <${address}>`;
    const label = h("span.J-JN-M-I-Jm", { dir: "ltr" }, full(draft.from));
    const button = h(
      "div.J-JN-M-I.J-J5-Ji.az4.L3",
      { role: "listbox", tabindex: 1, "aria-haspopup": "true", "aria-label": t("from") },
      label,
    );
    const menu = h(
      "div.J-M.jQjAxd.J-M-awS",
      { role: "menu", style: { display: "none" } },
      h(
        "div.SK.AX",
        {},
        all.map((person) =>
          press(
            h("div.J-N", { role: "menuitem", value: person.address, tabindex: 0 }, h("div.J-N-Jz", {}, full(person))),
            () => {
              draft.from = person;
              label.textContent = full(person);
              menu.style.display = "none";
              this.names();
              this.changed();
            },
          ),
        ),
      ),
    );
    press(button, () => {
      menu.style.display = menu.style.display === "none" ? "" : "none";
    });
    parts.fromRow.replaceChildren(h("span.gO", {}, t("from")), h("div.gs-from", {}, button, menu));
    parts.fromRow.style.display = "";
  }

  listen() {
    const { parts } = this;
    const changed = () => this.changed();
    for (const it of [parts.body, parts.plain, parts.subject]) {
      it.addEventListener("input", changed);
      // Gmail also looks when a key went down, whatever the key did.
      it.addEventListener("keydown", changed);
    }
    parts.subject.addEventListener("input", () => {
      parts.region.setAttribute("aria-label", parts.subject.value || t("newMessage"));
      this.host.titled?.(parts.subject.value || t("newMessage"));
    });
    parts.subject.addEventListener("blur", () => this.save());
    press(parts.trimmed, () => {
      unfold(parts);
      this.changed();
    });
    wireSend(parts, (archive) => this.send(archive));
  }

  /** Takes over what the fields hold now. */
  take() {
    const { parts, draft } = this;
    for (const field of FIELDS) draft[field] = parts.recipients.people(field);
    draft.subject = parts.subject.value;
    draft.html = read(parts, draft);
    draft.quoted = parts.inputs.uet.value || null;
    parts.inputs.subject.value = draft.subject;
    parts.inputs.body.value = draft.html;
  }

  state() {
    this.take();
    const { from, to, cc, bcc, subject, html, quoted, plain } = this.draft;
    return JSON.stringify([from, to, cc, bcc, subject, html, quoted, plain]);
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), config.settings.autosaveMs);
    if (this.parts.recipients.people("to").length) this.host.addressed?.(this);
  }

  /** Saves if there is something to save; gives a promise for the end of it. */
  async save(force = false) {
    clearTimeout(this.timer);
    const state = this.state();
    if (this.closed || (state === this.mark && !force)) return;
    this.mark = state;
    this.saves += 1;
    const draft = { ...this.draft };
    this.draft.saved = true;
    try {
      const answer = await net.save(draft, LABELS.draft, this.saves);
      const thread = answer.threads.find((it) => it.thread === draft.thread);
      if (thread?.legacyThread) {
        this.draft.legacyThread = thread.legacyThread;
        this.parts.inputs.lts.value = thread.legacyThread;
      }
    } catch {
      // Kept as unsaved: the next change tries again, with the same position on the wire.
      this.draft.saved = draft.saved;
      this.mark = "";
    }
  }

  /** Sends what the fields hold at this very moment. */
  send(archive = false) {
    this.leave((answer, record) => this.host.sent(this, answer, record), LABELS.send, null, archive);
  }

  schedule() {
    pickTime((when) =>
      this.leave((answer, record) => this.host.scheduled(this, answer, record, when), LABELS.scheduled, when, false),
    );
  }

  leave(then, labels, when, archive) {
    if (this.closed) return;
    const { parts, draft } = this;
    parts.recipients.commit();
    this.take();
    if (!mayLeave(parts, draft)) return;
    clearTimeout(this.timer);
    this.saves += 1;
    const record = { draft: { ...draft, saved: true }, kind: this.kind, archive };
    const toSelf = FIELDS.some((field) => draft[field].some(({ address }) => address.toLowerCase() === config.account.address));
    const answer = net.dispatch(
      { ...draft },
      toSelf && when === null ? [...labels, ...LABELS.toSelf] : labels,
      this.saves,
      when,
    );
    this.end();
    then(answer, record);
  }

  /** Throws the draft away. */
  discard() {
    if (this.closed) return;
    const { draft } = this;
    this.end();
    const gone = draft.saved ? net.relabel(draft.thread, ["^k"], ["^r", "^r_bt"], [draft.id]) : Promise.resolve();
    this.host.discarded(this, gone);
  }

  /** Saves and closes. */
  close() {
    const saved = this.save();
    this.end();
    return saved;
  }

  end() {
    this.closed = true;
    clearTimeout(this.timer);
    this.host.closed(this);
  }

  /** The menu of further options: plain text on and off. */
  more(event) {
    const button = event.currentTarget;
    const old = button.parentElement.querySelector('[role="menu"]');
    if (old) return old.remove();
    const item = h(
      "div.J-N",
      { role: "menuitemcheckbox", "aria-checked": String(this.draft.plain), tabindex: 0 },
      h("div.J-N-Jz", {}, h("span.gs-check", {}, this.draft.plain ? "\u2713" : ""), t("plainTextMode")),
    );
    const menu = h("div.J-M.jQjAxd", { role: "menu" }, h("div.SK.AX", {}, item));
    press(item, (chosen) => {
      chosen.stopPropagation();
      menu.remove();
      setPlain(this.parts, this.draft, !this.draft.plain);
      this.changed();
    });
    menu.addEventListener("focusout", () => menu.remove());
    button.parentElement.append(menu);
    item.focus();
    return undefined;
  }

  get title() {
    return subjectLabel(this.draft);
  }

  focus() {
    if (this.draft.to.length === 0) this.parts.recipients.focus();
    else (this.draft.plain ? this.parts.plain : this.parts.body).focus();
  }

  /** Whether an event came from inside. */
  holds(node) {
    return closest(node, ".M9") === this.parts.root;
  }
}
