// Composes inside a conversation.

import { h, has, toggle } from "./dom.js";
import { popOut } from "./alone.js";
import { Compose } from "./compose.js";
import { outcome } from "./outcome.js";

const open = new Set();

/** Gives the place for an answer to a message, by thread, while its conversation is shown. */
export const inlinePlaces = new Map();

/** Opens an answer in `.ip`; `place` is emptied again when it closes. */
export function openInline(place, draft, kind) {
  const compose = new Compose(draft, kind, {
    ...outcome,
    canArchive: true,
    popOut: (it) => popOut(it),
    closed(it) {
      open.delete(it);
      toggle(place, "adB", false);
      place.replaceChildren();
    },
  });
  // One more layer than one would think, since September 2025.
  place.replaceChildren(h("div.GQbCve", {}, compose.parts.outer));
  toggle(place, "adB", true);
  open.add(compose);
  if (draft.to.length) compose.parts.recipients.collapse();
  compose.focus();
  return compose;
}

export const isOpen = (place) => has(place, "adB");

/** Saves and closes the answers inside a conversation that is left. */
export function leaveInline(root) {
  for (const compose of open) if (root.contains(compose.parts.root)) compose.close();
}
