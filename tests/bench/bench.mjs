// `./build.sh bench`: measures, prints, and writes docs/BENCHMARKS.md. A figure that misses its goal is said so; it is no
// failure of the command.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";

import { ROOT, chromium, run } from "../lib/harness.mjs";
import { ready, size } from "./content.mjs";
import { WRK, hits } from "./hits.mjs";
import { large } from "./large.mjs";
import { later } from "./later.mjs";
import { postgres } from "./postgres.mjs";
import { NODES, ROWS, ticks } from "./ticks.mjs";
import { kinds, phrases, rescoring, verdicts } from "./verdicts.mjs";
import { watching } from "./watching.mjs";

const quick = process.argv.includes("--quick");
const goOn = process.argv.includes("--go-on");
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
const ms = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const mib = (value) => `${value.toFixed(1)} MiB`;
const rate = (value) => `${Math.round(value).toLocaleString("en")}/s`;
const version = async (command, args) => {
  const { stdout, stderr } = await run(command, args);
  return (stdout + stderr).split("\n").find((line) => /\d+\.\d+/.test(line))?.trim() ?? command;
};

/** The commit that stands here; `null` where something is not committed, which is not to be told from what was measured before. */
async function standing() {
  const git = async (...args) => await run("git", ["-C", ROOT, ...args]);
  const [changed, commit] = [await git("status", "--porcelain", "--", ".", ":!docs/BENCHMARKS.md"), await git("rev-parse", "HEAD")];
  return commit.code === 0 && changed.stdout === "" ? commit.stdout.trim() : null;
}
const commit = await standing();
const kept = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "bench");
await mkdir(kept, { recursive: true });

/** Measures a part and keeps its figures. With `--go-on`, a part that was measured at this very commit before is not measured again. */
async function part(name, words, measure) {
  const file = join(kept, `${name}.json`);
  const before = goOn && commit ? await readFile(file, "utf8").then(JSON.parse, () => null) : null;
  if (before?.commit === commit && before?.quick === quick) {
    console.log(`${words}: as measured before`);
    return before.figures;
  }
  console.log(words);
  const figures = (await measure()) ?? null;
  await writeFile(file, JSON.stringify({ commit, quick, figures }));
  return figures;
}

const { bytes, start } = await part("content", "content script: size and time to ready", async () => ({
  bytes: await size(),
  start: await ready(quick ? 5 : 20),
}));
const list = await part("ticks", "ticks and observers in Gmail's list", () => ticks(quick ? 2 : 5));
const short = quick ? { rounds: 3, seconds: 2 } : {};
const load = await part("hits", "pixel hits beside nginx", () => hits(short));
const pg = await part("postgres", "the same on PostgreSQL, on one backend and on two", () => postgres(short));
const sizeOfLarge = quick ? { messages: 50_000, hits: 500_000 } : { messages: 1_000_000, hits: 10_000_000 };
const much = await part("large", "a large account", () => large({ ...short, ...sizeOfLarge }));
const verdict = await part("verdicts", "verdicts", verdicts);
const phrase = await part("phrases", "phrases about time", phrases);
const kind = await part("kinds", "what a mail is", kinds);
const again = await part("rescoring", "judging stored hits again", () => rescoring(quick ? 100_000 : 1_000_000));
const sent = await part("later", "mails that go out later", () => later(quick ? 300 : 1_000, quick ? 10_000 : 100_000));
const watched = await part("watching", "mails whose answer is waited for", () => watching(quick ? 10_000 : 100_000, quick ? 100 : 1_000));

const count = (value) => value.toLocaleString("en");
const us = (value) => `${value.toFixed(2)} µs`;
const rows = [
  ["content script, all that a tab loads, gzip", kb(bytes.gzip), "under 150 KB", bytes.gzip < 150_000],
  [`content script ready, main thread, median of ${start.loads} loads`, ms(start.median), "under 10 ms", start.median < 10],
  ["scripts of the page that ran before it", String(start.scriptsBefore), "0", start.scriptsBefore === 0],
  [`ticks on a list of ${ROWS} rows, main thread once the data is there`, ms(list.show), "under 16 ms", list.show < 16],
  ["the same list, all looks and preparations before the data is there", ms(list.before), "", true],
  [
    `observers while the page changes ${NODES.toLocaleString("en")} nodes, of the page's own time`,
    `${(100 * list.share).toFixed(1)} % (${ms(list.watching)} of ${ms(list.page)})`,
    "under 5 %",
    list.share < 0.05,
  ],
  ["durable pixel hits against nginx, median of ratios", load.ratio.toFixed(2), "at least 0.85", load.ratio >= 0.85],
  ["durable pixel hits", `${rate(load.ours.rate)} (nginx ${rate(load.nginx.rate)})`, "", true],
  ["hits answered, in the table and judged, as long as that takes", rate(load.through), "", true],
  ["p99 latency under that load", `${ms(load.ours.p99)} (nginx ${ms(load.nginx.p99)})`, "at most nginx's", load.ours.p99 <= load.nginx.p99],
  ["hits answered in error", String(load.wrong), "0", load.wrong === 0],
  ["hits answered and not stored", String(Math.max(0, load.answered - load.stored)), "0", load.answered <= load.stored],
  ["memory of the backend, idle", mib(load.memory.idle), "under 30 MiB", load.memory.idle < 30],
  ["memory of the backend, peak under that load", mib(load.memory.peak), "under 120 MiB", load.memory.peak < 120],
  ["one verdict, all lists loaded", us(verdict.alone), "under 5 µs", verdict.alone < 5],
  ["the same among 20 hits of its message", us(verdict.together), "under 5 µs", verdict.together < 5],
  ["the same of an agent of 64 kB", us(verdict.hostile), "", true],
  ["a phrase about time, slowest of English, German, refused", us(phrase.usual), "under 50 µs", phrase.usual < 50],
  ["the same of a hostile phrase of 200 letters", us(phrase.hostile), "", true],
  [`${count(again.hits)} stored hits judged for the first time`, `${again.first.toFixed(1)} s`, "", true],
  [`${count(again.hits)} stored hits judged again by newer lists`, `${again.again.toFixed(1)} s`, "a million in under 60 s", again.again < (60 * again.hits) / 1e6],
  ["memory of the backend, peak while it does", mib(again.peak), "under 120 MiB", again.peak < 120],
  [`${count(sent.due.mails)} mails due within a second, lateness, p99`, ms(sent.due.p99_ms), "under 2 s", sent.due.p99_ms < 2_000],
  ["the same, median", ms(sent.due.p50_ms), "", true],
  [
    `${count(sent.waiting.mails)} mails that wait, share of one processor`,
    `${(100 * sent.waiting.cpu_share).toFixed(2)} %`,
    "under 1 %",
    sent.waiting.cpu_share < 0.01,
  ],
  ["memory of the backend with them", mib(sent.waiting.rss_mib), "under 50 MiB", sent.waiting.rss_mib < 50],
  ["what a mail is, slowest usual kind", us(kind.usual), "under 200 µs", kind.usual < 200],
  ["the same of a hostile mail of the largest size that is read", us(kind.hostile), "", true],
  [
    `memory of the backend, peak, ${count(watched.mails)} followed conversations in ${count(watched.mailboxes)} mailboxes`,
    mib(watched.peak_rss_mib),
    "under 200 MiB",
    watched.peak_rss_mib < 200,
  ],
  ["one look at all of them with nothing new", ms(watched.round_ms), "under 45 s, the time between two", watched.round_ms < 45_000],
  // Each user has 6,000 units a minute at Gmail; polled every 45 s at most.
  ["the same, units of Gmail's quota for each mailbox", watched.units_per_mailbox.toFixed(2), "under 4,500, what a user has in 45 s", watched.units_per_mailbox < 4_500],
  ["from a mailbox's word to its answer on disk, worst", ms(watched.answer_worst_ms), "under 5 s", watched.answer_worst_ms < 5_000],
  [`the same, median of ${watched.answers}`, ms(watched.answer_p50_ms), "", true],
];
const millions = (value) => (value >= 1e6 ? `${(value / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} million` : count(value));
const page = (name, figure) => [`${name}, p99 (median)`, `${ms(figure.p99)} (${ms(figure.p50)})`, "under 10 ms", figure.p99 < 10];
const told = (name, figure) => [`${name}, p99 (median)`, `${ms(figure.p99)} (${ms(figure.p50)})`, "", true];
const found = much.figures;
rows.push(
  [
    `insert rate of hits with ${millions(much.hits)} stored, against an empty database, median of ratios`,
    much.stored.ratio.toFixed(2),
    "at least 0.9",
    much.stored.ratio >= 0.9,
  ],
  ["the same, from the request to its row in the table", `${rate(much.stored.filled)} (empty ${rate(much.stored.empty)})`, "", true],
  ["the same, answered, median of ratios", much.stored.answered.toFixed(2), "at least 0.9", much.stored.answered >= 0.9],
  page(`\`GET /messages\`, first page of ${millions(much.messages)}`, found.first),
  ...["opened", "unopened", "clicked", "machines"].map((state) => page(`the same of those that are ${state}`, found[state])),
  page("the same, a page in the middle", found.deep),
  page("the same, of 50 conversations", found.threads),
  page("the same, of a word that one in ten has", found.common),
  page("the same, of a word that one message has", found.rare),
  page("the same, of a word that none has", found.nothing),
  told("the first page of an account with 100 messages beside it", found.small),
  told("`GET /stats`, a day of the large account", found.day),
  told("the same, a month", found.month),
  told("the same, a year", found.year),
  told("the same, a year of a zone whose days begin at half past", found.half),
  ["start with that database", ms(much.started), "", true],
  ["memory of the backend with it, idle", mib(much.memory.idle), "under 30 MiB", much.memory.idle < 30],
  ["the same, peak with lists, load and erasing", mib(much.memory.peak), "under 120 MiB", much.memory.peak < 120],
  [`longest wait of a pixel while a message with ${count(much.erasing.hits)} hits is erased`, ms(much.erasing.worst), "", true],
  ["erasing it", `${much.erasing.seconds.toFixed(1)} s`, "", true],
  [`longest wait of a pixel while ${(much.saving.bytes / 1e9).toFixed(2)} GB are backed up`, ms(much.saving.worst), "", true],
  ["backing up", `${much.saving.seconds.toFixed(1)} s`, "", true],
  [
    `\`waxwing export\` of the large account, ${(much.exporting.bytes / 1e9).toFixed(2)} GB of archive`,
    `${much.exporting.seconds.toFixed(0)} s`,
    "",
    true,
  ],
  ["the same, peak memory", mib(much.exporting.peak), "under 120 MiB", much.exporting.peak < 120],
  ["longest wait of a pixel meanwhile", ms(much.exporting.worst), "", true],
);
if (pg) {
  rows.push(
    ["durable pixel hits on PostgreSQL against nginx, median of ratios", pg.load.ratio.toFixed(2), "at least 0.5", pg.load.ratio >= 0.5],
    ["the same", `${rate(pg.load.ours.rate)} (nginx ${rate(pg.load.nginx.rate)})`, "", true],
    ["the same, p99 latency", `${ms(pg.load.ours.p99)} (nginx ${ms(pg.load.nginx.p99)})`, "", true],
    ["the same, answered in error", String(pg.load.wrong + pg.nodes.wrong), "0", pg.load.wrong + pg.nodes.wrong === 0],
    ["the same, answered and not stored", String(Math.max(0, pg.load.answered - pg.load.stored)), "0", pg.load.answered <= pg.load.stored],
    ["two backends on one PostgreSQL, of what one serves", pg.nodes.ratio.toFixed(2), "at least 0.8", pg.nodes.ratio >= 0.8],
    ["the same", `${rate(pg.nodes.together)} (one ${rate(pg.nodes.alone)})`, "", true],
    ["memory of each backend under that load, peak", mib(Math.max(pg.load.memory.peak, pg.nodes.peak)), "under 120 MiB", Math.max(pg.load.memory.peak, pg.nodes.peak) < 120],
  );
}
const table = rows.map(([what, value, goal, met]) => `| ${what} | ${value} | ${goal} | ${goal ? (met ? "yes" : "**no**") : ""} |`);
const text = `# Measured

By \`./build.sh bench${quick ? " --quick" : ""}\` on ${new Date().toISOString().slice(0, 10)}. Measure on your own machine before you compare: the
ratios travel, the rates do not.

| what | measured | goal | met |
|---|---|---|---|
${table.join("\n")}

- Machine: ${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; ${process.platform} ${release()}.
- Programs: ${await version(chromium(), ["--version"])}; ${await version(process.env.NGINX ?? "/usr/sbin/nginx", ["-v"])}; ${await version("wrk", ["-v"])}; node ${process.version}.
- Content script: \`tests/bench/content.mjs\`. The time around the whole script in a bundled copy, on the simulated Gmail;
  the first load of a fresh profile (${ms(start.cold)}) is not among them; the slowest of the others took ${ms(start.worst)}.
- Ticks and observers: \`tests/bench/ticks.mjs\`, on the simulated Gmail; everything of ours in the page's thread is timed by what stands
  before the content script in a bundled copy. The page's own time is from a run without us. What ticks need whatever the data says (style,
  icons, the format of times) is made while the worker is asked; that is in the line below theirs. The slowest list took ${ms(list.worst)}.
- Hits: \`wrk ${WRK.join(" ")} -d${load.seconds}s\`, ${load.rounds} rounds, backend and nginx (\`empty_gif\` with its access log) in turn, 2,000 different
  addresses from \`waxwing mint\`. An answer of the backend means that the hit is on disk (\`fdatasync\` of its log; the database gets it
  behind the answers, and nginx has its turn when all of that is done); nginx writes its log into the page cache. Load and servers share the cores.
- A large account: \`backend/examples/large_bench.rs\` fills a folder (${count(much.messages)} messages, ${count(much.hits)} hits, ${(much.bytes / 1e9).toFixed(2)} GB, in
  ${much.seconds.toFixed(0)} s), \`tests/bench/large.mjs\` asks the backend on it, ${much.times} times each, one after the other; the time of a call is the
  client's. Hits: the load of above in turn on it and on an empty one, until the last one stands in its table.
- PostgreSQL: ${pg ? `\`tests/bench/postgres.mjs\`, ${pg.version}, a fresh cluster with its defaults (fsync, synchronous_commit) that shares the two cores; two
  backends have half of the load each` : "is not installed here"}.
- Verdicts: \`crates/domain/examples/verdict_bench.rs\`, lists as long as the real ones. Phrases: \`when_bench.rs\` beside it. Judging again:
  \`backend/examples/rescore_bench.rs\`, ${count(again.hits)} hits on ${count(again.messages)} messages in a running backend; the first time as after
  an upgrade from a version without verdicts, then by newer lists; making the hits is not counted in.
- Mails that go out later: \`backend/examples/later_bench.rs\`. Lateness is from a mail's time to Gmail's answer that it was taken, with four
  mailboxes in gmail-sim, which shares the machine and limits nothing. What waiting costs is measured over half a minute.
- What a mail is: \`crates/domain/examples/mailkind_bench.rs\`. Mails whose answer is waited for: \`backend/examples/watch_bench.rs\`, each with
  a reminder of next year, in mailboxes that are fakes in memory and can wake us: the network and the provider are not in these
  figures, and units are counted by Gmail's price list.
`;
await writeFile(join(ROOT, "docs/BENCHMARKS.md"), text);
console.log(`\n${text}`);
for (const line of load.broken) console.log(`wrk: socket errors: ${line}`);
