// Gmail's save-and-send call in the array shape of 2022. The indices are those of recorded traffic; they stand here and
// in src/wire only.

/** A new random id in Gmail's form, for example `msg-a:r-123`. */
export function randomId(prefix) {
  const [value] = crypto.getRandomValues(new BigInt64Array(1));
  return `${prefix}:r${value >> 2n}`;
}

export const LABELS = {
  draft: ["^all", "^r", "^r_bt"],
  send: ["^all", "^pfg", "^f_bt", "^f_btns", "^f_cl"],
  // Added where the writer is among the recipients.
  toSelf: ["^i", "^u"],
  scheduled: ["^all", "^f_bt", "^f_btns", "^f_cl", "^scheduled"],
};

const sparse = (length, values) => {
  const list = new Array(length).fill(null);
  for (const [index, value] of Object.entries(values)) list[index] = value;
  return list;
};

const people = (list) => (list.length ? list.map(({ address, name }) => (name ? [1, address, name] : [1, address])) : null);

/** The message of a draft as it goes over the wire. `saves`: how often it was saved. */
function message(draft, labels, { now, session, saves, scheduledAt = null }) {
  const parts = [[0, draft.html]];
  if (draft.quoted) parts.push([2, draft.quoted]);
  return sparse(52, {
    0: draft.id,
    1: sparse(10, { 0: 1, 1: draft.from.address, 2: draft.from.name, 9: draft.from.address }),
    2: people(draft.to),
    3: people(draft.cc),
    4: people(draft.bcc),
    6: now,
    7: draft.subject,
    8: [null, parts, null, null, null, null, draft.plain ? 0 : 1],
    10: labels,
    15: draft.inReplyTo ?? null,
    17: now,
    20: scheduledAt === null ? null : [scheduledAt],
    41: 0,
    42: [0, 0, saves, 0],
    51: `s:${session}|#${draft.id}|0`,
  });
}

/**
 * The operation that saves, sends or schedules a draft. `around`: {now, session, saves, scheduledAt}.
 * Where a scheduled mail's hour stands is not known from any recording: the simulator puts it at [20].
 */
export function putOp(number, draft, labels, around) {
  const { now } = around;
  const m = message(draft, labels, around);
  const held = draft.answers ? [m, draft.answers, 1, null, [now]] : [m, null, 1];
  let payload;
  if (draft.saved) payload = sparse(14, { 13: held });
  else if (draft.answers) payload = [null, held];
  else payload = [null, null, [["", null, now, draft.thread, [m]]]];
  return [number, [draft.thread, payload]];
}

/** The operation that changes labels of messages in a thread. */
export const labelOp = (number, thread, add, remove, ids) => [
  number,
  [thread, [null, null, null, null, null, null, [add, remove, ids]]],
];

/** The whole call. */
export function envelope(ops, { send, sequence, started, now }) {
  const clock = [started, send ? ops.length : 1, now, send ? 1 : 0, 101];
  return send
    ? [[null, null, 2], [ops], null, clock, 2]
    : [null, [ops], [1, sequence, null, null, [null, 0], null, 1], clock, 2];
}

/** What an answer says: which operations were done, and the threads as they are now. */
export function readAnswer(answer) {
  const acks = new Map((answer[0]?.[0] ?? []).map(([number, failed, , sequence]) => [number, { done: !failed, sequence }]));
  const threads = (answer[1]?.[5] ?? []).map((entry) => {
    const state = entry[0][2][6][0];
    return {
      thread: entry[0][0],
      legacyThread: state[19],
      messages: (state[4] ?? []).map((m) => ({ id: m[0], legacy: m[55], labels: m[10] ?? [], rfcId: m[13] })),
    };
  });
  return { acks, threads, sequence: answer[3]?.[0] ?? null };
}
