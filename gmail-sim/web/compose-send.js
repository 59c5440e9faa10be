// Sending, by the gestures that a person makes: a click on Send, Ctrl or Cmd with Enter, Enter or Space on the button.
// The body is read in that very event, and the request leaves in it.

import { config } from "./dom.js";
import { alertDialog } from "./dialogs.js";
import { FIELDS, isAddress } from "./recipients.js";
import { isEmpty } from "./compose-body.js";
import { t } from "./i18n.js";

/** Listens for the gestures. `send(archive)` is called within the event. */
export function wireSend(parts, send) {
  const genuine = (event) => event.isTrusted || !config.settings.requireTrusted;
  const { send: button, archive } = parts.toolbar;
  for (const it of [button, archive]) {
    if (!it) continue;
    it.addEventListener("click", (event) => {
      if (event.button === 0 && genuine(event)) send(it === archive);
    });
    it.addEventListener("keydown", (event) => {
      if ((event.key !== "Enter" && event.key !== " ") || !genuine(event)) return;
      event.preventDefault();
      event.stopPropagation();
      send(it === archive);
    });
  }
  parts.root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || !genuine(event)) return;
    event.preventDefault();
    event.stopPropagation();
    send(false);
  });
}

/** Whether a draft may leave; asks and tells as Gmail does. */
export function mayLeave(parts, draft) {
  for (const field of FIELDS) {
    const bad = draft[field].find(({ address }) => !isAddress(address));
    if (bad) {
      alertDialog(t("errorTitle"), t("badAddress", { address: bad.address, field: t(field) }));
      return false;
    }
  }
  if (FIELDS.every((field) => draft[field].length === 0)) {
    alertDialog(t("errorTitle"), t("noRecipients"));
    return false;
  }
  if (!config.settings.confirmEmpty || draft.subject) return true;
  return window.confirm(t(isEmpty(parts, draft) ? "emptySubject" : "noSubjectAsk"));
}
