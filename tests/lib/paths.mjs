// Where the things under test are. Everything can be set from outside; the defaults are what `build.sh` makes.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
const TARGET = process.env.CARGO_TARGET_DIR ? resolve(ROOT, process.env.CARGO_TARGET_DIR) : join(ROOT, "target");

/** The bundle, loadable as it is. */
export const EXTENSION = process.env.WAXWING_EXTENSION ?? join(ROOT, "dist/extension");
/** Pictures and traces of failed tests; not committed. */
export const OUT = join(ROOT, "tests/out");

/** The backend's binary. */
export function waxwingBin() {
  return found(process.env.WAXWING_BIN ?? join(TARGET, "debug/waxwing"), "WAXWING_BIN", "cargo build -p waxwing-backend");
}

/** The simulated Gmail's binary. */
export function simBin() {
  return found(process.env.GMAIL_SIM_BIN ?? join(TARGET, "debug/gmail-sim"), "GMAIL_SIM_BIN", "cargo build -p gmail-sim");
}

/** A Chromium that takes `--load-extension` (branded Chrome does not since 137). */
export function chromium() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"];
  const place = places.find((path) => path && existsSync(path));
  if (!place) throw new Error("no Chromium: install it, or name one in CHROMIUM");
  return place;
}

/** The folder of test data made by others, or undefined with a printed notice. */
export function peers(part = "") {
  const folder = join(process.env.WAXWING_PEERS ?? join(ROOT, "../shared/peers"), part);
  if (existsSync(folder)) return folder;
  console.log(`passed over: no test data at ${part || "peers"} (set WAXWING_PEERS)`);
  return undefined;
}

function found(path, variable, command) {
  if (existsSync(path)) return path;
  throw new Error(`${path} is not there: ${command}, or set ${variable}`);
}
