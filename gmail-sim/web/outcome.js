// What follows when a compose is done: the bar at the lower edge, and the way back.

import { config } from "./dom.js";
import { openDocked } from "./docked.js";
import { threadHandle } from "./handles.js";
import { fullDate, t } from "./i18n.js";
import { inlinePlaces, openInline } from "./inline.js";
import * as net from "./net.js";
import { say } from "./snackbar.js";
import { LABELS } from "./wire.js";

/** What all composes do once they have left, wherever they stood. */
export const outcome = {
  sent(compose, answer, record) {
    say(t("sending"), { seconds: 0 });
    answer.then(
      () => {
        const { draft } = record;
        say(t("messageSent"), {
          undo: { thread: draft.thread, act: () => takeBack(record, ["^pfg", "^f", "^f_bt", "^f_cl", "^i", "^u"]) },
          view:
            record.kind === "new"
              ? () => {
                  location.hash = `#sent/${threadHandle(draft.thread)}`;
                }
              : null,
          seconds: Math.max(config.settings.undoSeconds, 4),
        });
        if (record.archive) net.relabel(draft.thread, [], ["^i"], [draft.answers]);
      },
      () => notSent(record),
    );
  },
  scheduled(compose, answer, record, when) {
    answer.then(
      () =>
        say(t("messageScheduled", { when: fullDate(when) }), {
          undo: { thread: record.draft.thread, act: () => takeBack(record, ["^scheduled", "^f_bt", "^f_cl"]) },
          seconds: 8,
        }),
      () => notSent(record),
    );
  },
  discarded: () => say(t("draftDiscarded")),
};

async function takeBack({ draft, kind }, labels) {
  if (!(await net.relabel(draft.thread, LABELS.draft, labels, [draft.id]))) return say(t("tooLate"));
  say(t("undone"));
  return reopen(draft, kind);
}

function notSent({ draft, kind }) {
  say(t("notSent"));
  reopen(draft, kind);
}

/** Opens a mail that was taken back, where it had been if that place is still there. */
function reopen(draft, kind) {
  const place = kind === "new" ? null : inlinePlaces.get(draft.thread)?.(draft.answers);
  if (place) return openInline(place, { ...draft }, kind);
  return openDocked({ ...draft }, kind);
}
