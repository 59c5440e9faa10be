// The text of a compose: the rich editor, plain text, and the quote behind the three dots.

import { h } from "./dom.js";
import { editable } from "./sanitize.js";
import { t } from "./i18n.js";

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Puts a draft's own markup into the editor. Gmail's outermost `div[dir]` is its frame on the wire, not content. */
export function fill(parts, html) {
  const content = editable(html);
  const only = content.childNodes.length === 1 ? content.firstChild : null;
  if (only?.localName === "div" && only.hasAttribute("dir") && only.attributes.length === 1)
    parts.body.replaceChildren(...only.childNodes);
  else parts.body.replaceChildren(content);
  if (!parts.body.hasChildNodes()) parts.body.append(h("br"));
}

/** What the editor holds now, in the frame in which Gmail sends it. */
export function read(parts, draft) {
  if (draft.plain) return escape(parts.plain.value);
  return `<div dir="ltr">${parts.body.innerHTML}</div>`;
}

/** Whether anything was written: for Gmail's question about empty mails. */
export const isEmpty = (parts, draft) =>
  (draft.plain ? parts.plain.value : parts.body.innerText).trim() === "" && !parts.body.querySelector('img:not([width="1"])');

/** Keeps the quote out of the editor, behind the dots: it then stands in the form's `uet` alone. */
export function fold(parts, quote) {
  parts.inputs.uet.value = quote;
  parts.trimmed.style.display = "";
}

/** Brings the quote into the editor, after the own text. */
export function unfold(parts) {
  const quote = parts.inputs.uet.value;
  parts.inputs.uet.value = "";
  parts.trimmed.style.display = "none";
  if (!quote) return;
  const own = h("div", { dir: "ltr", gmail_original: "1" });
  own.append(...parts.body.childNodes);
  parts.body.append(own, editable(quote));
}

/** Changes between rich and plain text. Formatting, images and links as such are lost, as in Gmail. */
export function setPlain(parts, draft, plain) {
  if (plain === draft.plain) return;
  if (plain) {
    unfold(parts);
    parts.plain.value = parts.body.innerText.replace(/\n+$/, "");
  } else {
    parts.body.replaceChildren(...parts.plain.value.split("\n").map((line) => h("div", {}, line || h("br"))));
  }
  draft.plain = plain;
  parts.inputs.ishtml.value = plain ? "0" : "1";
  parts.plainHolder.style.display = plain ? "" : "none";
  parts.bodyHolder.style.display = plain ? "none" : "";
}

/** Makes the selection a link. */
export function insertLink(parts) {
  const selection = getSelection();
  const range = selection.rangeCount ? selection.getRangeAt(0).cloneRange() : null;
  const address = window.prompt(t("linkAddress"), "https://");
  if (!address || !/^https?:\/\//i.test(address)) return;
  const link = h("a", { href: address });
  const inside = range && parts.body.contains(range.commonAncestorContainer);
  if (inside && !range.collapsed) {
    link.append(range.extractContents());
    range.insertNode(link);
  } else {
    link.append(address);
    if (inside) range.insertNode(link);
    else parts.body.append(link);
  }
  parts.body.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertLink" }));
}
