// Mails whose answer is waited for: what it costs to watch the mailboxes that they went out from, and how soon an answer is on disk
// that a mailbox tells of. Measured by `backend/examples/watch_bench.rs`.
import { measured } from "./verdicts.mjs";

/** Milliseconds of a round and of answers, units of Gmail's quota for each mailbox of a round, and peak MiB. */
export async function watching(mails, mailboxes) {
  return (await measured("watch_bench", [String(mails), String(mailboxes)])).watching;
}
