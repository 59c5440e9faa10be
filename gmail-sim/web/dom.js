// Making and finding elements. Class names are written as Gmail has them; under a shuffle every obfuscated one gets
// another name here, so nothing else in the page may touch `className` or a selector without these helpers.
// The renaming function stands in src/shuffle.rs too.

const text = document.getElementById('sim-config').textContent;
export const config = JSON.parse(text);

const KEPT = /^(editable$|gmail_|gs-)/;

export function renamed(name, seed) {
  if (seed === 0 || KEPT.test(name)) return name;
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  let out = 'z';
  for (let i = 0; i < 6; i++) {
    out += String.fromCharCode(97 + (hash % 26));
    hash = Math.floor(hash / 26);
  }
  return out;
}

const names = new Map();

/** One or more class names as they are in this page. */
export function cls(list) {
  return list.split(/\s+/).filter(Boolean).map((name) => {
    if (!names.has(name)) names.set(name, renamed(name, config.settings.shuffle));
    return names.get(name);
  }).join(' ');
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
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = cls(classes.join(' '));
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let lastId = 70;

/** Gmail's ids: `:4j`. */
export const newId = () => `:${(lastId++).toString(36)}`;

/** Calls `act` on a click, and on Enter or Space where `keys` is set: a div is no button to the browser. */
export function press(element, act, keys = true) {
  element.addEventListener('click', act);
  if (keys) {
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      act(event);
    });
  }
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon of the simulator's own, drawn on 16. */
export function icon(path, size = 20) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('width', size);
  svg.setAttribute('height', size);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'gs-icon');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  pencil: 'M3 13l.7-3L10.500 3.200l2.300 2.300L6 12.300zM9 4.700l2.300 2.300',
  inbox: 'M2.500 9.500l1.800-6h7.400l1.800 6v3h-11zM2.500 9.500h3l1 1.500h3l1-1.500h3',
  sent: 'M2.500 3l11 5-11 5 1.500-5zM4 8h5',
  file: 'M4 2.500h5l3 3v8H4zM9 2.500v3h3',
  clock: 'M8 2.500a5.500 5.500 0 1 0 0 11a5.500 5.500 0 1 0 0-11M8 5v3.200l2 1.300',
  all: 'M2.500 4h11v8.500h-11zM2.500 4l5.500 5 5.500-5',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9M10.300 10.300L13.500 13.500',
  gear: 'M8 5.800a2.200 2.200 0 1 0 0 4.400a2.200 2.200 0 1 0 0-4.400M8 2v1.800M8 12.200V14M2 8h1.800M12.200 8H14M3.800 3.800l1.200 1.200M11 11l1.200 1.200M3.800 12.200L5 11M11 5l1.200-1.200',
  back: 'M13 8H3.500M7.500 4l-4 4 4 4',
  archive: 'M2.500 3.500h11v2.500h-11zM3.500 6v6.500h9V6M6.500 8.500h3',
  trash: 'M3.500 4.500h9M6.500 4.500v-1.500h3v1.500M4.500 4.500l.5 8.500h6l.5-8.500M7 7v4M9 7v4',
  reply: 'M6.500 4L2.500 8l4 4M2.500 8h6.500c2.500 0 4.500 1.500 4.500 4',
  replyAll: 'M8.500 4l-4 4 4 4M5.500 4l-4 4 4 4M4.500 8h5c2.500 0 4 1.500 4 4',
  forward: 'M9.500 4l4 4-4 4M13.500 8H7c-2.500 0-4.500 1.500-4.500 4',
  star: 'M8 2.300l1.700 3.600 3.900.5-2.900 2.700.8 3.900L8 11.100 4.500 13l.8-3.900L2.400 6.400l3.900-.5z',
  mark: 'M3 4.500h6.500L13 8l-3.500 3.500H3L5.500 8z',
  min: 'M4 11.500h8',
  full: 'M9.500 3.500h3v3M12.500 3.500l-3.500 3.500M6.500 12.500h-3v-3M3.500 12.500L7 9',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M5 6.500l3 3 3-3',
  more: 'M8 3.200v.1M8 8v.1M8 12.700v.1',
  format: 'M4.500 12.500L8 3.500l3.500 9M5.700 9.500h4.600',
  clip: 'M11.500 7.500l-4 4a2 2 0 0 1-3-3l5-5a1.400 1.400 0 0 1 2 2l-4.500 4.500',
  link: 'M7 9l2-2M6 7L4.500 8.500a2 2 0 0 0 3 3L9 10M7 6l1.500-1.500a2 2 0 0 1 3 3L10 9',
  dots: 'M3.500 8v.1M8 8v.1M12.500 8v.1',
};
