// The codes in the page's address: a draft as `?compose=…`, a thread as `#inbox/…`. Both are base 64 of the ids, written
// anew in an alphabet without vowels.

const FROM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const TO = "BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz";

function recode(text, from, to) {
  const [a, b] = [BigInt(from.length), BigInt(to.length)];
  let value = 0n;
  for (const c of text) value = value * a + BigInt(from.indexOf(c));
  let out = "";
  for (; value > 0n; value /= b) out = to[Number(value % b)] + out;
  return out;
}

const short = (id) => id.replace(/^(msg|thread)-/, "");

export const composeHandle = (draft) => recode(btoa(`${short(draft.thread)}+${draft.id}`).replace(/=+$/, ""), FROM, TO);

export const threadHandle = (thread) => recode(btoa(short(thread)).replace(/=+$/, ""), FROM, TO);

/** The thread of a handle, or null. */
export function readThreadHandle(handle) {
  if (!/^[B-Zb-z]+$/.test(handle)) return null;
  try {
    const id = atob(recode(handle, TO, FROM));
    return /^[af]:/.test(id) ? `thread-${id}` : null;
  } catch {
    return null;
  }
}
