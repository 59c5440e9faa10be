// Mail as nodes. Nothing of a mail is ever given to the document as markup: it is parsed into a document of its own,
// where nothing runs and nothing loads, and what is on the lists below is built anew.

import { cls } from "./dom.js";

const TAGS = new Set(
  (
    "a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em " +
    "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span " +
    "strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr"
  ).split(" "),
);
const DROPPED = new Set(
  "script style template title head iframe object embed applet noscript svg math form input button select textarea".split(" "),
);
const ATTRIBUTES = new Set(
  (
    "align alt bgcolor border cellpadding cellspacing clear color cols colspan data-bit data-saferedirecturl dir face " +
    "gmail_original height hspace lang rowspan size span start target title type valign vspace width"
  ).split(" "),
);
const WEB = /^https?:\/\//i;
const LINK = /^(https?:\/\/|mailto:|tel:|#)/i;
const IMAGE = /^(https?:\/\/|data:image\/(png|gif|jpeg|webp);)/i;

const policy = globalThis.trustedTypes?.createPolicy("sim#inert", { createHTML: (html) => html });

/** Markup as an inert document's body. */
function parse(html) {
  return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html").body;
}

function style(value) {
  return value
    .split(";")
    .filter((rule) => !/url\s*\(|expression|position\s*:\s*(fixed|sticky|absolute)|@import|\\/i.test(rule))
    .join(";");
}

// A mail's own class names get a prefix when it is shown, as in Gmail, so that none of them can be one of the page's.
function classes(value, own) {
  const name = (it) => {
    if (it === "CToWUd") return cls(it);
    return own || it.startsWith("gmail_") ? it : `m_${it}`;
  };
  return value.split(/\s+/).filter(Boolean).map(name).join(" ");
}

function attributes(from, to, own) {
  for (const { name, value } of from.attributes) {
    if (ATTRIBUTES.has(name)) to.setAttribute(name, value);
    else if (name === "class") to.setAttribute("class", classes(value, own));
    else if (name === "style") to.style.cssText = style(value);
    else if (name === "href" && LINK.test(value.trim())) to.setAttribute("href", value);
    else if (name === "src" && IMAGE.test(value.trim())) to.setAttribute("src", value);
  }
  if (to.localName === "a" && WEB.test(to.getAttribute("href") ?? "")) {
    to.rel = "noopener noreferrer";
    to.target = "_blank";
    if (own) {
      to.removeAttribute("rel");
      if (!from.hasAttribute("target")) to.removeAttribute("target");
    }
  }
}

function build(from, own) {
  const out = document.createDocumentFragment();
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      out.append(node.data);
    } else if (node.nodeType === Node.ELEMENT_NODE && !DROPPED.has(node.localName)) {
      const inner = build(node, own);
      if (TAGS.has(node.localName)) {
        const element = document.createElement(node.localName);
        attributes(node, element, own);
        element.append(inner);
        out.append(element);
      } else {
        out.append(inner);
      }
    }
  }
  return out;
}

/** A mail's markup as nodes to show. */
export const shown = (html) => build(parse(html), false);

/** A draft's markup as nodes for the editor: links stay as their writer made them. */
export const editable = (html) => build(parse(html), true);

/** What a quote carries of a shown mail: without what the reader's view added. */
export function quotable(html) {
  const body = document.createElement("div");
  body.append(build(parse(html), true));
  for (const element of body.querySelectorAll("[data-bit], [data-saferedirecturl]")) {
    element.removeAttribute("data-bit");
    element.removeAttribute("data-saferedirecturl");
  }
  for (const image of body.querySelectorAll("img")) {
    image.classList.remove(cls("CToWUd"));
    if (image.classList.length === 0) image.removeAttribute("class");
  }
  return body.innerHTML;
}
