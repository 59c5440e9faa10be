// kill -9 while mails are being sent, at random moments, with answers that get lost: nothing goes out twice, nothing is lost.
//
// Eight runs; a hundred with WAXWING_LONG. WAXWING_SEED repeats one.
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Backend, GmailSim, until } from "../lib/harness.mjs";
import { asGoogle, connectGmail, schedule, scheduled } from "../lib/later.mjs";

const RUNS = process.env.WAXWING_LONG ? 100 : 8;
/** They mostly wait: until a look for a lost answer is believed. */
const AT_ONCE = 4;
const MAILS = 30;
const KILLS = 3;
const MARA = "mara@fjord.example";
/** These come to rest by themselves; a held one waits for its sender. */
const AT_REST = ["sent", "held", "failed", "cancelled"];

/** Numbers in [0, 1) that are the same for the same seed. */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function run(seed) {
  const random = chance(seed);
  const sim = await GmailSim.start({});
  let backend;
  try {
    backend = await Backend.start({ env: asGoogle(sim) });
    const device = await backend.device();
    const mailbox = await connectGmail(device, MARA);
    const start = Date.now() + 2500;
    const mails = [];
    for (let n = 0; n < MAILS; n += 1) {
      const draft = await sim.draft({ address: MARA, to: `reader-${n}@quinta.example`, subject: `Mail ${n}`, html: `Hello ${n}` });
      mails.push(await schedule(device, mailbox, draft, start + Math.floor(random() * 3000)));
    }
    await sim.apiFaults(
      { method: "drafts.send", dropAfterEffect: true, probability: 0.15, seed },
      { method: "drafts.send", dropBeforeEffect: true, probability: 0.1, seed: seed + 1 },
      { method: "drafts.send", hangMs: 300, probability: 0.3, seed: seed + 2 },
      { method: "drafts.get", error: 503, probability: 0.05, seed: seed + 3 },
    );
    await pause(Math.max(0, start - Date.now()));
    for (let n = 0; n < KILLS; n += 1) {
      await pause(random() * 1000);
      await backend.kill();
      await backend.launch();
    }
    let states = [];
    let asked = Date.now();
    /** Waits until all mails are so; says of those that are not how they stood when the backend answered last. */
    const all = async (what, so, timeout) => {
      const look = async () => {
        // A device may ask forty times a second: what is so already is not asked for again.
        states = await Promise.all(mails.map(({ id }, n) => (states[n] && so(states[n]) ? states[n] : scheduled(device, id))));
        asked = Date.now();
        return states.every(so);
      };
      await until(look, { what, timeout, every: 1_000 }).catch((error) => {
        const others = states.filter((mail) => !so(mail)).map(({ state, due_at, flight }) => ({ state, due_at, flight }));
        const log = String(backend.log).split("\n").slice(-40).join("\n");
        const cause = error.cause ? ` (${error.cause.stack})` : "";
        throw new Error(`${error.message}, asked last at ${asked}${cause}: ${JSON.stringify(others)}\n${log}`);
      });
    };
    // What was taken up right before a kill is taken up again when that lease has ended, after a minute. What was lost so far has
    // to be found out all the same.
    await all("every mail to be tried", ({ state, flight }) => state !== "scheduled" || flight.length > 2, 150_000);
    await sim.apiFaults();
    await all("all mails to come to rest", ({ state }) => AT_REST.includes(state), 300_000);

    const log = await sim.sentLog(MARA);
    const held = [];
    for (const [n, mail] of states.entries()) {
      const times = log.filter(({ recipients }) => recipients.includes(`reader-${n}@quinta.example`)).length;
      const story = `Mail ${n}, ${mail.state}: ${JSON.stringify(mail.flight)}`;
      assert.ok(times <= 1, `sent ${times} times. ${story}`);
      if (mail.state === "sent") assert.equal(times, 1, `said to be sent, and was not. ${story}`);
      else held.push(story);
      // Held: it says that it cannot be told. Whatever else would mean that a mail that was wanted did not go.
      if (mail.state !== "sent") assert.equal(mail.why?.why, "unclear", story);
    }
    return { mails: states.length, held };
  } finally {
    await backend?.dispose();
    await sim.dispose();
  }
}

test("no mail is sent twice or lost over kills and lost answers", { timeout: RUNS * 300_000 }, async () => {
  const seeds = process.env.WAXWING_SEED
    ? [Number(process.env.WAXWING_SEED)]
    : Array.from({ length: RUNS }, () => Math.floor(Math.random() * 2 ** 31));
  let [mails, held] = [0, 0];
  const waiting = [...seeds];
  const some = async () => {
    for (let seed = waiting.pop(); seed !== undefined; seed = waiting.pop()) {
      const result = await run(seed).catch((error) => {
        throw new Error(`with WAXWING_SEED=${seed}: ${error.message}`, { cause: error });
      });
      mails += result.mails;
      held += result.held.length;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  console.log(`kill-sending: ${seeds.length} runs, ${mails} mails, 0 twice, 0 lost, ${held} held as unclear`);
  assert.ok(held / mails < 0.05, `${held} of ${mails} are unclear`);
});
