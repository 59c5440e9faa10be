// A conversation: .a98.iY with h2.hP, messages as children of [role=list], and answers below a message in .ip.

import { $, config, h, icon, ICONS, newId, press, toggle } from "./dom.js";
import { fullDate, quoteLine, shortDate, t } from "./i18n.js";
import { quotable, shown } from "./sanitize.js";
import { newDraft, storedDraft } from "./drafts.js";
import { inlinePlaces, isOpen, leaveInline, openInline } from "./inline.js";
import { avatar } from "./shell.js";
import * as net from "./net.js";

const nameOf = ({ address, name }) => (address === config.account.address ? t("me") : name || address);

export class ThreadView {
  /** `act`: {back(), archive(ids), remove(ids)}. */
  constructor(thread, act) {
    this.thread = thread;
    this.messages = new Map();
    this.title = h("h2.hP", { tabindex: -1, id: newId() });
    this.labels = h("span.J-J5-Ji");
    this.list = h("div.nH", { role: "list", "aria-label": t("conversation") });
    const ids = () => [...this.messages.keys()];
    const tool = (key, path, what) =>
      press(
        h(
          "div.T-I.J-J5-Ji.nX.T-I-ax7.L3",
          { role: "button", tabindex: 0, "aria-label": t(key), "data-tooltip": t(key) },
          icon(path),
        ),
        what,
      );
    this.root = h(
      "div.BltHke.nH.oy8Mbf",
      {},
      h(
        "div.G-atb",
        { gh: "mtb" },
        tool("backTo", ICONS.back, act.back),
        tool("archive", ICONS.archive, () => act.archive(ids())),
        tool("delete", ICONS.trash, () => act.remove(ids())),
      ),
      h("div.nH.a98.iY", {}, h("div.nH", {}, h("div.nH", {}, h("div.ha", {}, this.title, this.labels)), this.list)),
    );
  }

  /** Reads the conversation anew: what is there stays, what is new is added, what is gone goes. */
  async refresh() {
    const { messages, labels } = await net.readThread(this.thread);
    const written = messages.filter((it) => it.kind !== "draft");
    const first = written[0] ?? messages[0];
    if (!first) return false;
    this.title.textContent = first.subject || t("noSubject");
    this.title.setAttribute("data-thread-perm-id", this.thread);
    this.title.setAttribute("data-legacy-thread-id", first.legacyThread);
    this.labels.replaceChildren(...labels.map((name) => h("div.hN", { dir: "auto", title: name }, name)));
    for (const [id, view] of this.messages) {
      if (written.some((it) => it.id === id)) continue;
      view.element.remove();
      this.messages.delete(id);
    }
    const start = this.messages.size === 0;
    for (const message of written) {
      let view = this.messages.get(message.id);
      if (!view) {
        view = new MessageView(message);
        this.messages.set(message.id, view);
        this.list.append(view.element);
        view.expand(!start || message === written.at(-1) || message.labels.includes("^u"));
      }
      view.update(message);
    }
    const last = [...this.messages.values()].at(-1);
    for (const view of this.messages.values()) view.offer(view === last);
    inlinePlaces.set(this.thread, (id) => this.messages.get(id)?.place);
    // A draft of an answer stands open where it belongs.
    const draft = messages.find((it) => it.kind === "draft" && it.answers);
    const at = draft && this.messages.get(draft.answers);
    if (start && at && !isOpen(at.place)) openInline(at.place, storedDraft(draft), "reply");
    const unread = written.filter((it) => it.labels.includes("^u")).map((it) => it.id);
    if (unread.length) await net.relabel(this.thread, [], ["^u"], unread);
    return true;
  }

  leave() {
    inlinePlaces.delete(this.thread);
    leaveInline(this.root);
    this.root.remove();
  }
}

class MessageView {
  constructor(message) {
    const { from, to, cc } = message;
    this.message = message;
    this.holder = h("div.adn.ads", { "data-message-id": `#${message.id}`, style: { display: "" } });
    this.snippet = h("div.iA.g6", {}, message.snippet);
    this.text = h("div.a3s.aiL", { id: newId() }, shown(message.readerHtml));
    trim(this.text);
    const attached = message.attachments.filter((it) => !it.inline);
    const files = attached.map((it) => h("span.aZo", {}, h("span.aV3", { dir: "auto" }, it.filename)));
    this.place = h("div.ip.iq");
    this.prompts = h(
      "div.amn",
      {},
      this.prompt("bkH", "reply", ICONS.reply),
      to.length + cc.length > 1 ? this.prompt("bkI", "replyAll", ICONS.replyAll) : null,
      this.prompt("bkG", "forward", ICONS.forward),
    );
    const person = (it) =>
      h("span.g2", { email: it.address, name: it.name || it.address, dir: "ltr", translate: "no" }, nameOf(it));
    const toLine = t("toList", { names: "\n" }).split("\n");
    const all = [...to, ...cc, ...message.bcc];
    this.head = h(
      "div.gE.iv.gt",
      {},
      h(
        "table.cf.gJ",
        { cellpadding: 0 },
        h(
          "tbody",
          {},
          h(
            "tr.acZ",
            {},
            h(
              "td.gF.gK",
              {},
              h(
                "div.gs-who",
                {},
                avatar(from, 40),
                h(
                  "div",
                  {},
                  h(
                    "h3.iw",
                    {},
                    h(
                      "span.qu",
                      { tabindex: -1, role: "gridcell" },
                      h(
                        "span.gD",
                        {
                          email: from.address,
                          name: from.name || from.address,
                          "data-hovercard-id": from.address,
                          translate: "no",
                        },
                        h("span", {}, from.name || from.address),
                      ),
                      " ",
                      h("span.go", {}, `<${from.address}>`),
                    ),
                  ),
                  h(
                    "div.iw.ajw",
                    {},
                    h(
                      "span.hb",
                      {},
                      toLine[0],
                      all.flatMap((it, i) => [i ? ", " : "", person(it)]),
                      toLine[1],
                    ),
                  ),
                  this.snippet,
                ),
              ),
            ),
            h(
              "td.gH.bAk",
              {},
              h("div.gK", {}, h("span.g3", { title: fullDate(message.date), id: newId() }, shortDate(message.date))),
            ),
            h(
              "td.gH.acX.bAm",
              {},
              press(
                h(
                  "div.T-I.J-J5-Ji.T-I-Js-IF.aaq.T-I-ax7.L3",
                  { role: "button", tabindex: 0, "aria-label": t("reply"), "data-tooltip": t("reply") },
                  icon(ICONS.reply),
                ),
                (event) => {
                  event.stopPropagation();
                  this.answer("reply");
                },
              ),
            ),
          ),
        ),
      ),
    );
    this.holder.append(
      h(
        "div.gs",
        {},
        this.head,
        h("div.qQVYZb"),
        h("div.utdU2e"),
        h("div.ii.gt", { id: newId(), jslog: "20277; u014N:xr6bB" }, this.text),
        files.length ? h("div.hq.gt", {}, files) : null,
        h("div.hi"),
      ),
      h("div.gA.gt.acV", {}, h("div.gB.xu", {}, this.prompts, this.place)),
    );
    this.element = h("div", { role: "listitem", tabindex: -1 }, h("div.Bk", {}, h("div.G3.G2", {}, h("div", {}, this.holder))));
    this.head.addEventListener("click", () => this.expand(!this.expanded));
  }

  prompt(name, key, path) {
    return press(h(`span.ams.${name}`, { role: "link", tabindex: 0 }, icon(path, 18), t(key)), () => this.answer(key));
  }

  expand(on) {
    this.expanded = on;
    this.element.className = "";
    toggle(this.element, "h7", on);
    toggle(this.element, "kv", !on);
  }

  /** Just sent, a message has its permanent id alone; the other one comes when it has left. */
  update(message) {
    this.message = message;
    if (message.labels.includes("^pfg")) this.holder.removeAttribute("data-legacy-message-id");
    else this.holder.setAttribute("data-legacy-message-id", message.legacy);
  }

  /** Only the last message of a conversation offers answers below itself. */
  offer(on) {
    this.prompts.style.display = on ? "" : "none";
  }

  answer(kind) {
    this.expand(true);
    if (isOpen(this.place)) return;
    openInline(this.place, answerDraft(this.message, kind), kind);
    this.place.scrollIntoView({ block: "nearest" });
  }
}

/** Puts the quote at the end of a message behind three dots: it was read before. Its pictures load all the same. */
function trim(text) {
  const quote = [...text.querySelectorAll("div.gmail_quote")].find((it) => it.parentElement.closest(".gmail_quote") === null);
  if (!quote || text.textContent.trim() === quote.textContent.trim()) return;
  const hidden = h("div.adL", { style: { display: "none" } });
  const dots = h(
    "div.ajR",
    { role: "button", tabindex: 0, "aria-label": t("trimmed"), "data-tooltip": t("trimmed"), "aria-expanded": "false" },
    h("div.ajT", {}, "\u2022\u2022\u2022"),
  );
  quote.replaceWith(
    h(
      "div.yj6qo.ajU",
      {},
      press(dots, () => {
        const open = hidden.style.display === "none";
        hidden.style.display = open ? "" : "none";
        dots.setAttribute("aria-expanded", String(open));
      }),
    ),
    hidden,
  );
  hidden.append(quote);
}

const own = () => new Set([config.account.address, ...config.account.aliases.map((it) => it.address)]);

/** A draft that answers or forwards a message, with its quote. */
function answerDraft(message, kind) {
  const forward = kind === "forward";
  const mine = own();
  const back = mine.has(message.from.address) ? message.to : [message.from];
  const others = [...message.to, ...message.cc].filter(
    (it) => !mine.has(it.address) && !back.some((other) => other.address === it.address),
  );
  const subject = message.subject.replace(/^((re|fwd?):\s*)+/i, "");
  return newDraft({
    thread: message.thread,
    legacyThread: message.legacyThread,
    to: forward ? [] : back,
    cc: kind === "replyAll" ? others : [],
    subject: `${forward ? "Fwd" : "Re"}: ${subject}`,
    quoted: forward ? forwarded(message) : quote(message),
    inReplyTo: message.rfcId,
    answers: message.id,
  });
}

function quote(message) {
  const line = quoteLine(message);
  const [before, after] = line.split("<>");
  const attribution = h(
    "div.gmail_attr",
    { dir: "ltr" },
    before ?? line,
    h("span", {}, "<", h("a", { href: `mailto:${message.from.address}` }, message.from.address), ">"),
    after ?? "",
    h("br"),
  );
  const html = quotable(message.readerHtml);
  return `<br><div class="gmail_quote gmail_quote_container">${attribution.outerHTML}<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${html}</blockquote></div>\n`;
}

function forwarded(message) {
  const line = (label, value) => [t(label), " ", value, h("br")];
  const head = h(
    "div.gmail_attr",
    { dir: "ltr" },
    t("forwarded"),
    h("br"),
    line(
      "fwFrom",
      h("span", {}, h("strong.gmail_sendername", { dir: "auto" }, message.from.name), ` <${message.from.address}>`),
    ),
    line("fwDate", fullDate(message.date)),
    line("fwSubject", message.subject),
    line("fwTo", message.to.map((it) => it.address).join(", ")),
    h("br"),
    h("br"),
  );
  return `<br><div class="gmail_quote gmail_quote_container">${head.outerHTML}${quotable(message.readerHtml)}</div>\n`;
}
