// The simulator as a whole, in a real Chromium. Run: node gmail-sim/tests/smoke.mjs [words of a test's name]
// Needs target/debug/gmail-sim (or GMAIL_SIM=…) and the packages of tests/package.json. SHOTS=folder keeps pictures.

import assert from "node:assert/strict";
import { rig, shot, tabs, tests } from "./smoke/tab.mjs";
import "./smoke/sending.mjs";
import "./smoke/places.mjs";
import "./smoke/answers.mjs";
import "./smoke/page.mjs";
import "./smoke/rest.mjs";
import "./smoke/peers.mjs";

const wanted = process.argv.slice(2).join(" ");
let failed = 0;
const chosen = tests.filter(([it]) => it.includes(wanted));
for (const [name, run] of chosen) {
  try {
    await run();
    const errors = tabs.flatMap((it) => it.errors);
    assert.deepEqual(errors, [], "errors in the page");
  } catch (error) {
    failed += 1;
    console.log(`not ok: ${name}\n${error.stack}\n${tabs.flatMap((it) => it.errors).join("\n")}`);
    if (process.env.SHOTS && tabs.length) await shot(tabs.at(-1), `failed-${failed}`).catch(() => {});
  }
  for (const it of tabs.splice(0)) await it.page.close().catch(() => {});
}
console.log(`gmail-sim: ${chosen.length - failed} of ${chosen.length} right`);
await rig.stop();
process.exitCode = failed ? 1 : 0;
