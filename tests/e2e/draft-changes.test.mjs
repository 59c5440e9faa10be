// What becomes of a scheduled mail whose draft, mailbox or password is no longer what it was. By the API alone.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";

import { Backend, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail, schedule, scheduled, standing } from "../lib/later.mjs";

const MARA = "mara@fjord.example";
const BEN = "ben@acme.example";
const ANA = "ana@quinta.example";
const HOUR = 3_600_000;

/** Calls Gmail's API as another app of this person would. */
async function otherApp(sim, address) {
  const { refreshToken, clientId, clientSecret } = await sim.grant(address);
  const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId, client_secret: clientSecret };
  const token = await (await fetch(`${sim.apiUrl}/token`, { method: "POST", body: new URLSearchParams(form) })).json();
  return async (path, body = {}) => {
    const headers = { authorization: `Bearer ${token.access_token}`, "content-type": "application/json" };
    const answer = await fetch(`${sim.apiUrl}/gmail/v1/users/me/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  };
}

async function start(t) {
  const { sim } = await world(t, { backend: false, browser: false });
  const backend = await Backend.start({ env: asGoogle(sim) });
  t.after(() => backend.dispose());
  const device = await backend.device();
  const act = async (id, action) => (await device.call("POST", `/scheduled/${id}/action`, { action })).status;
  const letter = (subject, more = {}) => sim.draft({ address: MARA, to: ANA, subject, html: subject, ...more });
  const gone = async () => (await sim.sentLog(MARA)).map(({ subject }) => subject);
  return { sim, backend, device, act, letter, gone, mailbox: await connectGmail(device, MARA) };
}

test("a draft in the bin holds and goes when it is taken out again; one that was sent by hand is not sent twice", async (t) => {
  const { sim, device, mailbox, act, letter, gone } = await start(t);
  const app = await otherApp(sim, MARA);
  const binned = await letter("Binned");
  const byHand = await letter("By hand");
  const mails = [await schedule(device, mailbox, binned, Date.now() + HOUR), await schedule(device, mailbox, byHand, Date.now() + HOUR)];
  await app(`messages/${binned.message}/trash`);
  await app("drafts/send", { id: byHand.draft });
  for (const { id } of mails) assert.equal(await act(id, "send_now"), 200);
  const held = await standing(device, mails[0].id, ["held", "sent"]);
  assert.deepEqual([held.state, held.why.why], ["held", "draft_gone"]);
  const cancelled = await standing(device, mails[1].id, ["cancelled", "sent", "held"]);
  assert.deepEqual([cancelled.state, cancelled.why.why], ["cancelled", "sent_by_hand"]);
  assert.deepEqual(await gone(), ["By hand"]);

  await app(`messages/${binned.message}/untrash`);
  assert.equal(await act(mails[0].id, "send_now"), 200);
  await standing(device, mails[0].id, ["sent"]);
  assert.deepEqual(await gone(), ["By hand", "Binned"]);
  // What went cannot go again, whoever asks.
  for (const { id } of mails) assert.equal(await act(id, "send_now"), 409);
});

test("a draft is looked for in the mailbox that was named, and in no other", async (t) => {
  const { sim, backend, device, mailbox, letter, gone } = await start(t);
  const theirs = await sim.draft({ address: BEN, to: ANA, subject: "Of Ben", html: "Of Ben" });
  const put = (of, box, draft) =>
    of.call("PUT", `/scheduled/${randomUUID()}`, {
      mailbox: box.id,
      draft: { gmail: { draft: draft.id, legacy_thread: draft.thread, legacy_message: draft.message } },
      schedule: { when: { kind: "instant", at: Date.now() + HOUR, zone: "Europe/Paris" } },
      track: true,
    });
  const unknown = await put(device, mailbox, theirs);
  assert.deepEqual([unknown.status, unknown.body.type], [409, "urn:waxwing:problem:draft-unknown"]);
  // Another account of this backend has no use of the mailbox, though it knows its id and the draft's.
  const stranger = await backend.device("ben");
  const refused = await put(stranger, mailbox, await letter("Mine"));
  assert.equal(refused.status, 404);
  assert.deepEqual((await stranger.call("GET", "/scheduled")).body.scheduled, []);
  assert.deepEqual(await gone(), []);
});

test("after a change of the password mails wait for their owner, and go on when the mailbox is connected again", async (t) => {
  const { sim, device, mailbox, act, letter, gone } = await start(t);
  const { id } = await schedule(device, mailbox, await letter("Waits"), Date.now() + HOUR);
  await sim.changePassword(MARA);
  await sim.post("/expire-tokens");
  assert.equal(await act(id, "send_now"), 200);
  const held = await standing(device, id, ["held", "sent", "failed"]);
  assert.deepEqual([held.state, held.why.why], ["held", "sign_in"]);
  const { body } = await device.call("GET", "/mailboxes");
  assert.deepEqual([body.mailboxes[0].state.state, body.mailboxes[0].state.trouble], ["sign_in", "grant_revoked"]);
  assert.deepEqual(await gone(), []);

  const again = await connectGmail(device, MARA);
  assert.deepEqual([again.id, again.state.state], [mailbox.id, "ok"]);
  const sent = await standing(device, id, ["sent"]);
  assert.equal(sent.times, 1);
  assert.deepEqual(await gone(), ["Waits"]);
});

test("cancelled in the very moment of sending: either it did not go, or the answer says that it is too late", async (t) => {
  const { device, mailbox, act, letter, gone } = await start(t);
  let stopped = 0;
  for (let n = 0; n < 12; n += 1) {
    const { id } = await schedule(device, mailbox, await letter(`Race ${n}`), Date.now() + HOUR);
    const [, cancel] = await Promise.all([
      act(id, "send_now"),
      // Each a little later than the one before, over the time that sending takes.
      new Promise((resolve) => setTimeout(resolve, n * 3)).then(() => act(id, "cancel")),
    ]);
    const mail = await standing(device, id, ["sent", "cancelled"]);
    assert.equal(mail.state, cancel === 200 ? "cancelled" : "sent", JSON.stringify(mail.flight));
    assert.ok([200, 409].includes(cancel), String(cancel));
    const times = (await gone()).filter((subject) => subject === `Race ${n}`).length;
    assert.equal(times, cancel === 200 ? 0 : 1, `${cancel}: ${JSON.stringify((await scheduled(device, id)).flight)}`);
    stopped += cancel === 200 ? 1 : 0;
  }
  console.log(`draft-changes: ${stopped} of 12 were stopped in time`);
});
