// A compose in a window of its own, and what it tells the window that it came from.

import { config } from "./dom.js";
import { Compose } from "./compose.js";
import { newDraft, storedDraft } from "./drafts.js";
import { t } from "./i18n.js";
import * as net from "./net.js";
import { outcome } from "./outcome.js";
import { say } from "./snackbar.js";

/** Saves a compose, closes it here and opens it in a window of its own. */
export async function popOut(compose) {
  const url = `${config.base}/popout?ver=1&search=drafts&th=${encodeURIComponent(`#${compose.draft.id}`)}&cvid=1${location.search.replace("?", "&")}`;
  const target = window.open("about:blank", "_blank", "width=640,height=620");
  compose.take();
  await compose.save(true);
  compose.end();
  if (target) target.location.replace(url);
}

const between = new BroadcastChannel("sim");
between.addEventListener("message", ({ data }) => {
  if (config.popout || data.base !== config.base) return;
  if (data.what === "sent") outcome.sent(null, Promise.resolve(), data.record);
  else if (data.what === "scheduled") outcome.scheduled(null, Promise.resolve(), data.record, data.when);
  else if (data.what === "discarded") outcome.discarded();
});

/** What it was, for the window that goes on: in a window of its own an answer looks like any mail. */
const asKept = (record) => ({ ...record, kind: record.draft.answers ? "reply" : "new" });

/** The page of a compose window: one compose in `[role=main]`. The window closes when it is done. */
export async function openAlone(main) {
  const id = new URLSearchParams(location.search).get("th")?.replace(/^#/, "");
  const {
    messages: [stored],
  } = id ? await net.readMessage(id) : { messages: [] };
  const done = (what, rest = {}) => {
    between.postMessage({ what, base: config.base, ...rest });
    // A moment later, so that the key that sent it is released in the window where it was pressed.
    setTimeout(() => window.close(), 250);
  };
  const draft = stored ? storedDraft(stored) : newDraft();
  const failed = (record) => {
    show(record.draft);
    say(t("notSent"));
  };
  const show = (it) => {
    const compose = new Compose(it, "new", {
      titled: (text) => {
        document.title = text;
      },
      closed: (it) => it.parts.outer.remove(),
      discarded: (_, gone) => gone.finally(() => done("discarded")),
      sent: (_, answer, record) =>
        answer.then(
          () => done("sent", { record: asKept(record) }),
          () => failed(record),
        ),
      scheduled: (_, answer, record, when) =>
        answer.then(
          () => done("scheduled", { record: asKept(record), when }),
          () => failed(record),
        ),
    });
    main.append(compose.parts.outer);
    document.title = compose.title;
    compose.focus();
  };
  show(draft);
}
