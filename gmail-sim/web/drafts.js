// What a compose is about: one not yet written, or one as the server keeps it.

import { config } from "./dom.js";
import { randomId } from "./wire.js";

/** A draft that nobody has written anything in. */
export const newDraft = (values = {}) => ({
  id: randomId("msg-a"),
  thread: randomId("thread-a"),
  legacyThread: null,
  from: { address: config.account.address, name: config.account.name },
  to: [],
  cc: [],
  bcc: [],
  subject: "",
  html: "",
  quoted: null,
  inReplyTo: null,
  answers: null,
  plain: config.settings.plainText,
  saved: false,
  ...values,
});

/** A draft as the server keeps it. */
export const storedDraft = (message) =>
  newDraft({
    id: message.id,
    thread: message.thread,
    legacyThread: message.legacyThread,
    from: message.from,
    to: message.to,
    cc: message.cc,
    bcc: message.bcc,
    subject: message.subject,
    html: message.ownHtml,
    quoted: message.quoted,
    inReplyTo: message.references.at(-1) ?? null,
    answers: message.answers,
    plain: message.plain,
    saved: true,
  });
