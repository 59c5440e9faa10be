// Making and finding elements. Class names are written as Gmail has them; under a shuffle every obfuscated one gets
// another name here, so nothing else in the page may touch `className` or a selector without these helpers.
// The renaming function stands in src/shuffle.rs too.

const text = document.getElementById("sim-config").textContent;
export const config = JSON.parse(text);

const KEPT = /^(editable$|gmail_|gs-)/;

export function renamed(name, seed) {
  if (seed === 0 || KEPT.test(name)) return name;
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  let out = "z";
  for (let i = 0; i < 6; i++) {
    out += String.fromCharCode(97 + (hash % 26));
    hash = Math.floor(hash / 26);
  }
  return out;
}

const names = new Map();

/** One or more class names as they are in this page. */
export function cls(list) {
  return list
    .split(/\s+/)
    .filter(Boolean)
    .map((name) => {
      if (!names.has(name)) names.set(name, renamed(name, config.settings.shuffle));
      return names.get(name);
    })
    .join(" ");
}

function selector(css) {
  return css.replace(/\.([A-Za-z][\w-]*)/g, (_, name) => `.${cls(name)}`);
}

/** The first element for a selector in Gmail's own names, or null. */
export const $ = (css, root = document) => root.querySelector(selector(css));
export const $$ = (css, root = document) => [...root.querySelectorAll(selector(css))];
export const closest = (node, css) => (node instanceof Element ? node : node?.parentElement)?.closest(selector(css)) ?? null;

export const has = (element, name) => element.classList.contains(cls(name));
export const toggle = (element, name, on) => element.classList.toggle(cls(name), on);

/**
 * Makes an element: `h('td.gU.Up', {role: 'button', onclick}, child, 'text')`.
 * `on…` are listeners, `style` is an object, `null` and `false` attributes and children are left out.
 */
export function h(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = cls(classes.join(" "));
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let lastId = 70;

/** Gmail's ids: `:4j`. */
export const newId = () => `:${(lastId++).toString(36)}`;

/** Calls `act` on a click, and on Enter or Space where `keys` is set: a div is no button to the browser. */
export function press(element, act, keys = true) {
  element.addEventListener("click", act);
  if (keys) {
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act(event);
    });
  }
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the simulator's own, drawn on 16. */
export function icon(path, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "gs-icon");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  pencil: "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7l2.3 2.3",
  inbox: "M2.5 9.5l1.8-6h7.4l1.8 6v3h-11zM2.5 9.5h3l1 1.5h3l1-1.5h3",
  sent: "M2.5 3l11 5-11 5 1.5-5zM4 8h5",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2 1.3",
  all: "M2.5 4h11v8.5h-11zM2.5 4l5.5 5 5.5-5",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3L13.5 13.5",
  gear: "M8 5.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 1 0 0-4.4M8 2v1.8M8 12.2V14M2 8h1.8M12.2 8H14M3.8 3.8l1.2 1.2M11 11l1.2 1.2M3.8 12.2L5 11M11 5l1.2-1.2",
  back: "M13 8H3.5M7.5 4l-4 4 4 4",
  archive: "M2.5 3.5h11v2.5h-11zM3.5 6v6.5h9V6M6.5 8.5h3",
  trash: "M3.5 4.5h9M6.5 4.5v-1.5h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5M7 7v4M9 7v4",
  reply: "M6.5 4L2.5 8l4 4M2.5 8h6.5c2.5 0 4.5 1.5 4.5 4",
  replyAll: "M8.5 4l-4 4 4 4M5.5 4l-4 4 4 4M4.5 8h5c2.5 0 4 1.5 4 4",
  forward: "M9.5 4l4 4-4 4M13.5 8H7c-2.5 0-4.5 1.5-4.5 4",
  star: "M8 2.3l1.7 3.6 3.9.5-2.9 2.7.8 3.9L8 11.1 4.5 13l.8-3.9L2.4 6.4l3.9-.5z",
  mark: "M3 4.5h6.5L13 8l-3.5 3.5H3L5.5 8z",
  min: "M4 11.5h8",
  full: "M9.5 3.5h3v3M12.5 3.5l-3.5 3.5M6.5 12.5h-3v-3M3.5 12.5L7 9",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M5 6.5l3 3 3-3",
  more: "M8 3.2v.1M8 8v.1M8 12.7v.1",
  format: "M4.5 12.5L8 3.5l3.5 9M5.7 9.5h4.6",
  clip: "M11.5 7.5l-4 4a2 2 0 0 1-3-3l5-5a1.4 1.4 0 0 1 2 2l-4.5 4.5",
  link: "M7 9l2-2M6 7L4.5 8.5a2 2 0 0 0 3 3L9 10M7 6l1.5-1.5a2 2 0 0 1 3 3L10 9",
  dots: "M3.5 8v.1M8 8v.1M12.5 8v.1",
};
