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

/** The page of a compose window: one compose in `[role=main]`. The window closes when it is done. */
export async function openAlone(main) {
  const id = new URLSearchParams(location.search).get("th")?.replace(/^#/, "");
  const {
    messages: [stored],
  } = id ? await net.readMessage(id) : { messages: [] };
  const done = (what, rest = {}) => {
    between.postMessage({ what, base: config.base, ...rest });
    window.close();
  };
  const draft = stored ? storedDraft(stored) : newDraft();
  const failed = (record) => {
    main.replaceChildren();
    show(record.draft);
    say(t("notSent"));
  };
  const show = (it) => {
    const compose = new Compose(it, "new", {
      titled: (text) => {
        document.title = text;
      },
      closed: () => {},
      discarded: () => done("discarded"),
      sent: (_, answer, record) =>
        answer.then(
          () => done("sent", { record }),
          () => failed(record),
        ),
      scheduled: (_, answer, record, when) =>
        answer.then(
          () => done("scheduled", { record, when }),
          () => failed(record),
        ),
    });
    main.append(compose.parts.outer);
    document.title = compose.title;
    compose.focus();
  };
  show(draft);
}
