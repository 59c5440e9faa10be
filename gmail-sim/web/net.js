// The page's talk with the server: the save-and-send call, lists, threads and news.

import { config } from "./dom.js";
import { envelope, labelOp, putOp, readAnswer } from "./wire.js";

const started = Date.now();
const session = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

let operation = 0;
let call = 0;
let sequence = 1;

const HEADERS = () => ({
  "Content-Type": "application/json",
  "X-Gmail-BTAI": '["","",1]',
  "X-Framework-Xsrf-Token": config.token,
});

/** Posts text and gives the answer's text; throws when there is no good answer. */
function post(url, body) {
  if (config.settings.transport === "fetch") {
    return fetch(url, { method: "POST", headers: HEADERS(), body }).then((response) => {
      if (!response.ok) throw new Error(`status ${response.status}`);
      return response.text();
    });
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(HEADERS())) request.setRequestHeader(name, value);
    request.addEventListener("load", () =>
      request.status === 200 ? resolve(request.responseText) : reject(new Error(`status ${request.status}`)),
    );
    request.addEventListener("error", () => reject(new Error("connection")));
    request.send(body);
  });
}

async function callSync(ops, send) {
  const text = JSON.stringify(envelope(ops, { send, sequence, started, now: Date.now() }));
  const url = `${config.sync}/s?hl=${config.settings.lang}&c=${++call}&rt=r&pt=ji`;
  // The first attempt leaves in this very turn: at Send nothing may lie between the key and the request.
  const first = post(url, text);
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = readAnswer(JSON.parse(await (attempt ? post(url, text) : first)));
      sequence = answer.sequence ?? sequence;
      return answer;
    } catch (error) {
      if (!send || attempt === 2) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }
}

let waiting = [];
let timer = 0;

function flushWaiting() {
  const batch = waiting;
  waiting = [];
  clearTimeout(timer);
  if (batch.length === 0) return;
  const answer = callSync(
    batch.map((it) => it.op),
    false,
  );
  for (const it of batch) answer.then(it.resolve, it.reject);
}

/** Saves a draft. Where batching is switched on, saves wait a little and share a call. */
export function save(draft, labels, saves) {
  const op = putOp(++operation, draft, labels, { now: Date.now(), session, saves });
  if (!config.settings.batched) return callSync([op], false);
  return new Promise((resolve, reject) => {
    waiting.push({ op, resolve, reject });
    clearTimeout(timer);
    timer = setTimeout(flushWaiting, 300);
  });
}

/** Sends or schedules a draft at once; a reply marks what it answers; saves that wait go along. */
export function dispatch(draft, labels, saves, scheduledAt = null) {
  const along = waiting;
  waiting = [];
  clearTimeout(timer);
  const ops = along.map((it) => it.op);
  ops.push(putOp(++operation, draft, labels, { now: Date.now(), session, saves, scheduledAt }));
  if (draft.answers) ops.push(labelOp(++operation, draft.thread, ["^io_re"], ["^io_fwd"], [draft.answers]));
  const answer = callSync(ops, true);
  for (const it of along) answer.then(it.resolve, it.reject);
  return answer;
}

/** Changes labels; gives whether that was done. */
export async function relabel(thread, add, remove, ids) {
  const number = ++operation;
  const answer = await callSync([labelOp(number, thread, add, remove, ids)], false);
  return answer.acks.get(number)?.done ?? false;
}

const read = async (what, query) => JSON.parse(await post(`${config.sync}/${what}?c=${++call}`, JSON.stringify(query)));

export const readList = (view, text = "") => read("bv", { view, text });
export const readThread = (thread) => read("fd", { thread });
export const readMessage = (message) => read("fd", { message });

/** Calls `changed` whenever the mailbox changed on the server. */
export function listen(changed) {
  new EventSource(`${config.base}/channel`).addEventListener("message", changed);
}
