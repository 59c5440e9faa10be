// The clock of a program under test, which a test moves forward instead of waiting: opens settle after 10 s, clicks after 30 s,
// a mailbox is asked every 45 s. The program is the one that users get; only what it reads as the time is another (clock.c).
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { run } from "./process.mjs";

const STEP = 1_000;
const SOURCE = join(import.meta.dirname, "clock.c");

/** The library, built once for each version of its source; undefined where that cannot be done. */
async function library() {
  if (process.platform !== "linux") return undefined;
  const version = createHash("sha256").update(await readFile(SOURCE)).digest("hex").slice(0, 16);
  const path = join(tmpdir(), `waxwing-clock-${version}.so`);
  if (existsSync(path)) return path;
  // Files of tests run side by side: each builds its own, the last one stays.
  const made = `${path}.${process.pid}`;
  const { code, stderr } = await run("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", made, SOURCE]);
  if (code !== 0) throw new Error(`clock.c: ${stderr}`);
  await rename(made, path);
  return path;
}

export class MovableClock {
  /** How many milliseconds later it is for the program. */
  later = 0;

  static async make() {
    const clock = new MovableClock();
    clock.shim = await library();
    clock.folder = await mkdtemp(join(tmpdir(), "waxwing-clock-"));
    clock.file = join(clock.folder, "later");
    await clock.write();
    return clock;
  }

  /** What a program is started with so that it reads this clock. */
  get env() {
    return this.shim ? { LD_PRELOAD: this.shim, WAXWING_TEST_CLOCK: this.file } : {};
  }

  /** What the program takes for now. */
  now() {
    return Date.now() + this.later;
  }

  /**
   * Moves it, second by second as time goes, and has the program woken each time: what looks at the clock every second does so
   * as often. Where there is no such clock the time is waited for.
   */
  async advance(ms, wake) {
    if (!this.shim) return pause(ms);
    for (let left = Math.ceil(ms); left > 0; left -= STEP) {
      this.later += Math.min(left, STEP);
      await this.write();
      await wake();
    }
  }

  write() {
    const bytes = Buffer.alloc(8);
    new BigInt64Array(bytes.buffer, bytes.byteOffset, 1)[0] = BigInt(this.later);
    // In place: the program has mapped this very file.
    return writeFile(this.file, bytes, { flag: this.later === 0 ? "w" : "r+" });
  }

  dispose() {
    return rm(this.folder, { recursive: true, force: true });
  }
}
