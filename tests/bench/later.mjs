// Mails that go out later: how late a thousand are that fall due within one second, handed over by Gmail's API of gmail-sim, and
// what a hundred thousand cost that wait. Measured by `backend/examples/later_bench.rs`.
import { dirname, join } from "node:path";

import { run, waxwingBin } from "../lib/harness.mjs";

/** Lateness in milliseconds of `due` mails; share of a processor and resident MiB of `waiting` ones. */
export async function later(due, waiting) {
  const built = dirname(waxwingBin());
  const { code, stdout, stderr } = await run(join(built, "examples", "later_bench"), [join(built, "gmail-sim"), String(due), String(waiting)]);
  if (code !== 0) throw new Error(`later_bench: ${stderr}`);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const of = (name) => lines.find((line) => line.bench === name);
  return { due: of("due"), waiting: of("waiting") };
}
