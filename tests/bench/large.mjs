// A large account, made by `backend/examples/large_bench.rs`: how soon lists, searches and totals come, what a hit costs beside the
// same on an empty database, how long anybody waits while a message with very many hits is erased, and backing it all up.
import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { Backend, freePort, until, waxwingBin } from "../lib/harness.mjs";
import { ADDRESSES, asking, load, memory } from "./hits.mjs";
import { median, quantile } from "./stats.mjs";
import { measured } from "./verdicts.mjs";

const DAY = 24 * 60 * 60 * 1000;

/** A backend that tells its numbers. */
async function startTelling(options) {
  const port = await freePort();
  const backend = await Backend.start({ ...options, args: ["--metrics-listen", `127.0.0.1:${port}`] });
  backend.number = async (name) => {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const line = page.split("\n").find((it) => it.startsWith(`${name} `));
    if (!line) throw new Error(`there is no number ${name}`);
    return Number(line.split(" ")[1]);
  };
  return backend;
}

/** So many calls in a row a browser may make: no person does. */
const CALLS = 500;

/** Calls of the API by browsers of this account, a new one as soon as one has made enough of them. They fail when refused. */
function caller(backend, account) {
  let [device, left] = [undefined, 0];
  const call = async (path, method = "GET") => {
    if (left === 0) await call.renew();
    left -= 1;
    const { status, body } = await device.call(method, path);
    if (status >= 400) throw new Error(`${path}: ${status}`);
    return body;
  };
  call.renew = async () => {
    [device, left] = [await backend.device(account, "bench"), CALLS];
  };
  call.has = (calls) => left >= calls;
  return call;
}

/** Milliseconds of a call, one after the other: the median and the 99th of a hundred. */
async function timed(call, path, times) {
  const warm = 10;
  if (!call.has(warm + times)) await call.renew();
  for (let n = 0; n < warm; n += 1) await call(path);
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const start = performance.now();
    await call(path);
    took.push(performance.now() - start);
  }
  return { p50: median(took), p99: quantile(took, 0.99) };
}

/** Every kind of list and totals. */
async function lists(call, large, times) {
  const { messages, next } = await call("/messages?limit=100");
  const threads = messages.map((it) => it.gmail.legacy_thread).slice(0, 50);
  const halfway = Date.now() - 200 * DAY;
  const deep = await call(`/messages?sent_before=${halfway}`);
  const [found] = (await call(`/messages?query=${large.rare}`)).messages;
  if (!next || !deep.next || !found?.content.subject.includes(large.rare)) throw new Error("the large account is not there");
  const paths = {
    first: "/messages",
    opened: "/messages?state=opened",
    unopened: "/messages?state=unopened",
    clicked: "/messages?state=clicked",
    machines: "/messages?state=machines",
    threads: `/messages?threads=${threads.join(",")}`,
    deep: `/messages?before=${deep.next}`,
    common: `/messages?query=${large.common}`,
    rare: `/messages?query=${large.rare}`,
    nothing: "/messages?query=nobodywrotethis",
    day: "/stats?days=1&zone=Europe/Berlin",
    month: "/stats?days=30&zone=Europe/Berlin",
    year: "/stats?days=365&zone=Europe/Berlin",
    half: "/stats?days=365&zone=Asia/Kolkata",
  };
  const figures = {};
  for (const [name, path] of Object.entries(paths)) figures[name] = await timed(call, path, times);
  return figures;
}

/** Hits a second from the first request until the last one that was answered stands in its table. */
async function storing(backend, script, seconds) {
  const drained = () => backend.number("waxwing_log_drained_total");
  const [before, start] = [await drained(), performance.now()];
  const round = await load(backend.url, script, seconds);
  const took = await until(async () => (await backend.number("waxwing_log_hits")) === 0 && (performance.now() - start) / 1000, {
    what: "the hits in their table",
    timeout: 120_000,
  });
  return { stored: ((await drained()) - before) / took, answered: round.rate, wrong: round.wrong };
}

/** Milliseconds that a pixel took at most while `work` was done, and seconds of that work. */
async function longestWait(pixel, work) {
  const start = performance.now();
  const waits = [];
  let done = false;
  // Settled in any case: who waits for it comes to it only at the end.
  const working = Promise.allSettled([work()]).finally(() => (done = true));
  while (!done || waits.length < 20) {
    const asked = performance.now();
    const answer = await fetch(pixel);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`a pixel was answered with ${answer.status}`);
    waits.push(performance.now() - asked);
    // One reader now and then, not a load.
    await pause(5);
  }
  const [end] = await working;
  if (end.status === "rejected") throw end.reason;
  return { worst: Math.max(...waits), seconds: (performance.now() - start) / 1000 };
}

/** Backs up a tenth of it, beside a reader: each row is read and summed twice. */
async function saving(folder, messages, hits) {
  const dataDir = join(folder, "tenth");
  await measured("large_bench", [dataDir, String(messages), String(hits)]);
  const backend = await Backend.start({ dataDir });
  try {
    const [pixel] = await backend.mint(1, "large");
    const file = join(folder, "backup");
    const waited = await longestWait(pixel, () => backend.command("backup", "--to", file));
    return { ...waited, bytes: (await stat(file)).size };
  } finally {
    await backend.dispose();
  }
}

/** Writes the archive of the whole account, beside a reader. `peak`: MiB of the program that writes it. */
async function exporting(backend, pixel, file) {
  let peak = 0;
  const write = async () => {
    const program = spawn(waxwingBin(), ["export", "--account", "large", "--output", file, "--data-dir", backend.dataDir], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = new Promise((resolve, reject) => {
      program.on("exit", (code, signal) => (code === 0 ? resolve(true) : reject(new Error(`waxwing export ended with ${code ?? signal}`))));
      program.on("error", reject);
    });
    // Its largest size is read as it grows: nothing tells it once the program has ended.
    for (let running = true; running; running = !(await Promise.race([ended, pause(200)]))) {
      peak = Math.max(peak, await memory(program.pid).then((it) => it.peak, () => 0));
    }
  };
  const waited = await longestWait(pixel, write);
  return { ...waited, peak, bytes: (await stat(file)).size };
}

/** All of it. */
export async function large({ messages, hits, times = 200, rounds = 4, seconds = 5 }) {
  const folder = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  const dataDir = join(folder, "large");
  const { large } = await measured("large_bench", [dataDir, String(messages), String(hits)]);
  console.log(`  made in ${large.seconds.toFixed(0)} s, ${(large.bytes / 1e9).toFixed(2)} GB`);
  const before = performance.now();
  const backend = await startTelling({ dataDir });
  const started = performance.now() - before;
  const empty = await startTelling({});
  try {
    const idle = (await memory(backend.program.pid)).now;
    const [call, small] = [caller(backend, "large"), caller(backend, "small")];
    const figures = await lists(call, large, times);
    figures.small = await timed(small, "/messages", times);
    const peak = (await memory(backend.program.pid)).peak;
    console.log("  hits beside an empty database");
    const both = [];
    for (const one of [backend, empty]) {
      both.push({ one, script: await asking(await mkdtemp(join(folder, "script-")), await one.mint(ADDRESSES, "large")), measured: [] });
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const { one, script, measured } of both) measured.push(await storing(one, script, seconds));
    }
    const [filled, other] = both.map(({ measured }) => measured);
    const wrong = [...filled, ...other].reduce((sum, round) => sum + round.wrong, 0);
    console.log("  exporting");
    const [pixel] = await backend.mint(1, "large");
    const archive = await exporting(backend, pixel, join(folder, "archive.zip"));
    console.log("  erasing, backing up");
    const erasing = await longestWait(pixel, () => call(`/messages/${large.many.message}`, "DELETE"));
    return {
      ...large,
      times,
      figures,
      started,
      memory: { idle, lists: peak, peak: (await memory(backend.program.pid)).peak },
      stored: {
        ratio: median(filled.map(({ stored }, round) => stored / other[round].stored)),
        filled: median(filled.map(({ stored }) => stored)),
        empty: median(other.map(({ stored }) => stored)),
        answered: median(filled.map(({ answered }, round) => answered / other[round].answered)),
        wrong,
      },
      exporting: archive,
      erasing: { ...erasing, hits: large.many.hits },
      saving: await saving(folder, messages / 10, hits / 10),
    };
  } finally {
    await backend.dispose();
    await empty.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}
