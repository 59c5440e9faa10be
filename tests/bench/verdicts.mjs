// What the pure parts cost: a verdict by itself with all lists loaded, a phrase about time, what a mail is, and a million stored hits judged
// again on a running backend. All are measured by Rust programs that print JSON lines; here they are run and read.
import { dirname, join } from "node:path";

import { run, waxwingBin } from "../lib/harness.mjs";

/** The JSON lines of one of the programs that `./build.sh bench` built beside the backend, by the name of the measurement. */
export async function measured(example, args = []) {
  const { code, stdout, stderr } = await run(join(dirname(waxwingBin()), "examples", example), args);
  if (code !== 0) throw new Error(`${example}: ${stderr}`);
  return Object.fromEntries(stdout.trim().split("\n").map((line) => JSON.parse(line)).map((line) => [line.bench, line]));
}

/** Microseconds of a verdict alone, of one beside the others of its message, and of one on an agent of 64 kB. */
export async function verdicts() {
  const { verdict, rejudge_in_messages_of_20, verdict_of_64_kb_agent } = await measured("verdict_bench");
  return { alone: verdict.us_each, together: rejudge_in_messages_of_20.us_each, hostile: verdict_of_64_kb_agent.us_each };
}

/** Microseconds of a phrase about time: the slowest of the languages, and the slowest hostile one of 200 letters. */
export async function phrases() {
  const found = Object.values(await measured("when_bench"));
  const slowest = (of) => Math.max(...of.map((line) => line.us_each));
  const long = found.filter((line) => line.bench.startsWith("when_long_"));
  return { usual: slowest(found.filter((line) => !long.includes(line))), hostile: slowest(long) };
}

/** Microseconds to tell what a mail is: the slowest usual kind, and the slowest hostile mail of the largest size that is read. */
export async function kinds() {
  const found = Object.values(await measured("mailkind_bench"));
  const slowest = (of) => Math.max(...of.map((line) => line.us_each));
  const hostile = found.filter((line) => line.bench.startsWith("mailkind_hostile_"));
  return { usual: slowest(found.filter((line) => !hostile.includes(line))), hostile: slowest(hostile) };
}

/** Seconds to judge so many stored hits for the first time, and again after newer lists; peak memory in MiB. */
export async function rescoring(hits) {
  const { fill, rescore } = await measured("rescore_bench", [String(hits)]);
  return { hits, messages: rescore.messages, first: fill.seconds, again: rescore.seconds, peak: rescore.rss_mib };
}
