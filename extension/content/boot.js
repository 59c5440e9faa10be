// The content script's start. Bundled behind the glue of wasm-bindgen (`wasm_bindgen`) and the module (`WAXWING_WASM`, which gives its bytes)
// into one scope, and run at document_start, before the page's first script.
//
// What must hold: listeners are registered here and now, so that they come before Gmail's; nothing thrown in here reaches the
// page; a mail is never held back, whatever fails. One abort takes every listener away.

const stop = new AbortController();
/** The module's exports; null until it runs, and for good where it cannot. */
let core = null;

let words = null;
/** The words of the notes. Once the extension was updated under this tab, `chrome.*` is gone and there are no more. */
const learn = () => {
  const keys = ["app_name", "page_orphaned", "page_wasm_forbidden", "page_broken", "page_reload", "page_close"];
  try {
    words ??= Object.fromEntries(keys.map((key) => [key, chrome.i18n.getMessage(key)]));
  } catch {
    // Too late: then nothing can be said.
  }
  return words;
};
// Asking for words waits for the browser's process, and the core must be ready before Gmail's first script.
setTimeout(learn);

/** Tells the worker something. An answer is not waited for, and no worker is no error. */
const tell = (message) => {
  try {
    chrome.runtime.sendMessage(message).catch(() => {});
  } catch {
    // The extension was updated under this tab: there is nobody to tell.
  }
};

/** In a corner, above the place where Gmail offers Undo. */
const NOTE_STYLE = `
  :host { all: initial; position: fixed; inset-block-end: 88px; inset-inline-start: 16px; z-index: 2147483647; color-scheme: light dark; }
  div { display: flex; gap: 12px; align-items: center; max-width: min(32rem, calc(100vw - 32px)); padding: 10px 12px 10px 16px;
    font: 13px/18px "Google Sans Text", Roboto, "Segoe UI", -apple-system, "Helvetica Neue", Arial, sans-serif;
    color: light-dark(#211e1a, #ede9e2); background: light-dark(#fff, #2a2928); border-radius: 8px;
    box-shadow: 0 0 0 1px light-dark(rgb(48 38 24 / .1), #454240), 0 8px 24px light-dark(rgb(48 38 24 / .18), rgb(0 0 0 / .55)); }
  b { font-weight: 600; }
  p { margin: 0; flex: 1; }
  button { flex: none; min-height: 28px; padding: 0 10px; font: inherit; font-weight: 600; cursor: pointer; border: 0; border-radius: 8px;
    background: none; color: light-dark(#0e5a66, #86cad4); }
  button:hover { background: light-dark(#f6f3ed, #3a3836); }
  button:focus-visible { outline: 2px solid light-dark(#0e5a66, #9adbe4); outline-offset: 1px; }
`;

const noted = new Set();

/** Shows a note once, quietly, in a corner: key of its words, and whether reloading helps. */
const note = (key) => {
  if (noted.has(key) || !learn()) return;
  noted.add(key);
  const show = () => {
    const host = document.createElement("waxwing-note");
    const root = host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = NOTE_STYLE;
    const box = document.createElement("div");
    box.setAttribute("role", "status");
    const text = document.createElement("p");
    const name = document.createElement("b");
    name.textContent = words.app_name;
    text.append(name, " ", words[key]);
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.addEventListener("click", act);
      return made;
    };
    box.append(text);
    if (key !== "page_wasm_forbidden") box.append(button(words.page_reload, () => location.reload()));
    box.append(button(words.page_close, () => host.remove()));
    root.append(style, box);
    document.body.append(host);
  };
  if (document.body) show();
  else document.addEventListener("DOMContentLoaded", show, { once: true });
};

/** Nothing more is done in this tab: the module met something it did not expect. */
const broken = () => {
  core = null;
  stop.abort();
  note("page_broken");
};

const guarded = (act) => (event) => {
  if (core === null) return;
  try {
    act(core, event);
  } catch {
    broken();
  }
};

const hear = (target, type, act) => target.addEventListener(type, act, { capture: true, passive: true, signal: stop.signal });

for (const type of ["click", "keydown", "keyup"]) hear(window, type, guarded((core, event) => core.content_gesture(event)));
hear(window, "blur", guarded((core) => core.content_blur()));
for (const type of ["resize", "scroll"]) hear(window, type, guarded((core) => core.content_moved()));
/** Ticks sit in shadow roots: whatever happens to one is seen from here as its host's. Not passive, as arrows lead from tick to tick. */
const onTick = guarded((core, event) => event.target.className === "ww-host-tick" && core.content_tick(event));
for (const type of ["pointerover", "pointerout", "focusin", "focusout", "keydown"])
  document.addEventListener(type, onTick, { capture: true, signal: stop.signal });
/** What the observer says is text. The page can make such events too: whatever else they hold is passed over. */
const said = (act) => guarded((core, { detail }) => typeof detail === "string" && act(core, detail));
hear(document, "ww:request", said((core, detail) => core.content_request(detail)));
hear(document, "ww:response", said((core, detail) => core.content_response(detail)));

/** Where the page forbids WebAssembly the worker's core reads what was sent, so that it is shown as not tracked. */
const without = () => {
  note("page_wasm_forbidden");
  const [path] = /^(?:\/mail(?:\/[bu]\/[^/]+)*)?/.exec(location.pathname);
  tell({ type: "tab_health", health: { path, running: false } });
  hear(document, "ww:request", (event) => {
    try {
      const { body } = JSON.parse(event.detail);
      if (/"\^(?:pfg|scheduled)"/.test(body)) tell({ type: "raw_request", body });
    } catch {
      // Not from the observer.
    }
  });
};

/** Where a way leads; in a list, where it leads in each of its items. */
const walk = (value, way) => {
  for (let at = 0; at < way.length; at += 1) value = Array.isArray(value) ? value.map((item) => item?.[way[at]]) : value?.[way[at]];
  return value;
};
const plain = (value) => (typeof value === "string" ? value.replace(/[\t\n\r\x1f]/g, " ") : (value ?? ""));
/**
 * What the module calls to read fields of an answer: a line for each value at a place, its fields between tabs, the items of a list between
 * U+001F. One text gets into the module in a fraction of the time that as many values take.
 */
const linesOf = (value, place, fields) => {
  const found = walk(value, place.split("."));
  if (!found || typeof found !== "object") return undefined;
  const ways = fields.split(" ").map((way) => way.split("."));
  let lines = "";
  for (const item of [found].flat()) {
    for (let at = 0; at < ways.length; at += 1) {
      const field = walk(item, ways[at]);
      lines += (at ? "\t" : "") + (Array.isArray(field) ? field.map(plain).join("\x1f") : plain(field));
    }
    lines += "\n";
  }
  return lines;
};

/** What the module calls to show a note; after that it has stopped itself. */
const say = (key) => {
  stop.abort();
  note(String(key));
};

try {
  wasm_bindgen.initSync({ module: WAXWING_WASM() });
  core = wasm_bindgen;
  core.content_start(say);
} catch (error) {
  core = null;
  if (error instanceof WebAssembly.CompileError) without();
  else broken();
}
