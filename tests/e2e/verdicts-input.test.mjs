// What comes from outside is hostile or broken: agents, addresses, floods, clocks, lists. The picture is served all the same,
// and what is said stays true.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import { Writer, run, until, waxwingBin, world } from "../lib/harness.mjs";

const ANA = "ana@quinta.example";
const GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

/** A bare request: headers go out byte by byte as given (Latin-1). */
async function ask(url, headers = {}, method = "GET") {
  const call = request(url, { method, headers });
  call.end();
  const [answer] = await once(call, "response");
  const parts = [];
  for await (const part of answer) parts.push(part);
  return { status: answer.statusCode, body: Buffer.concat(parts) };
}

/** Waits until all of `n` hits have a verdict. */
const judged = (writer, mail, n) =>
  until(async () => {
    const it = await writer.detail(mail);
    return it.hits.length + (it.more_hits ?? 0) === n && it.hits.every(({ verdict }) => verdict) && it;
  }, { what: `${n} judged hits`, timeout: 30_000 });

test("agents: empty, none, of 64 kB, not UTF-8, with markup: each gets the picture and a verdict", async (t) => {
  const { backend, sim } = await world(t, { backend: { trusting: true }, browser: false });
  const writer = new Writer({ sim }, await backend.device());
  const mail = await writer.send({ to: ANA, subject: "Odd agents" });
  const agents = [
    undefined,
    "",
    " ",
    "\u00ff\u00fe\u0080",
    "A".repeat(65_536),
    `Mozilla/5.0 ${"(".repeat(60_000)}`,
    "<script>alert(1)</script>",
    "%s%n\u00a0\u0085",
    `${GMAIL} ${"x".repeat(2_000)}`,
  ];
  for (const [n, agent] of agents.entries()) {
    const headers = { "x-forwarded-for": `203.0.113.${100 + n}`, ...(agent === undefined ? {} : { "user-agent": agent }) };
    const { status, body } = await ask(mail.pixel, headers);
    assert.equal(status, 200, `agent ${n}`);
    assert.equal(body.subarray(0, 6).toString("latin1"), "GIF89a", `agent ${n}`);
  }
  const { hits, activity } = await judged(writer, mail, agents.length);
  for (const { agent, verdict } of hits) {
    assert.ok((agent ?? "").length <= 1_024, "agents are cut");
    assert.notEqual(verdict.label, "human", `${agent?.slice(0, 60)} is no reader`);
    assert.ok(!(verdict.name ?? "").includes("<"), "nothing of a visitor's is told in a reason");
  }
  assert.equal(activity.opens, 0);
});

test("an address is believed from trusted proxies alone, and from their own hop", async (t) => {
  const open = { "user-agent": GMAIL };
  const google = "66.249.93.84";
  for (const trusting of [false, true]) {
    const { backend, sim } = await world(t, { backend: { trusting }, browser: false });
    const writer = new Writer({ sim }, await backend.device());
    const mail = await writer.send({ to: ANA, subject: "From wherever" });
    const chains = [
      [google, google],
      [`6.6.6.6, ${google}`, google],
      [`${google}, 203.0.113.9`, "203.0.113.9"],
      [`${google}, unknown`, "127.0.0.1"],
      ["<script>", "127.0.0.1"],
      ["", "127.0.0.1"],
      [`${"1.2.3.4, ".repeat(3_000)}2001:db8::7`, "2001:db8::7"],
    ];
    for (const [chain] of chains) assert.equal((await ask(mail.pixel, { ...open, "x-forwarded-for": chain })).status, 200);
    const { hits } = await judged(writer, mail, chains.length);
    const addresses = hits.map(({ address }) => address).reverse();
    assert.deepEqual(addresses, trusting ? chains.map(([, address]) => address) : chains.map(() => "127.0.0.1"));
    if (trusting) {
      const at = (address) => hits.find((hit) => hit.address === address).verdict.reason;
      assert.equal(at(google), "reason_gmail_open");
      assert.equal(at("203.0.113.9"), "reason_gmail_pretended");
    }
  }
});

test("a thousand opens in a second of one mail: all on disk, counted right, and the next mail is not kept waiting", async (t) => {
  const { backend, sim } = await world(t, { backend: { trusting: true }, browser: false });
  const writer = new Writer({ sim }, await backend.device());
  const [flood, calm] = [await writer.send({ to: ANA, subject: "Flood" }), await writer.send({ to: ANA, subject: "Calm" })];
  const began = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: 1_000 }, async (_, n) => {
      const headers = { "user-agent": GMAIL, "x-forwarded-for": n % 2 ? "66.249.93.84" : "66.249.88.8" };
      return (await fetch(flood.pixel, { headers })).status;
    }),
  );
  assert.deepEqual(new Set(statuses), new Set([200]));
  t.diagnostic(`1,000 opens answered in ${Math.round(performance.now() - began)} ms`);
  await writer.open(calm);
  await until(async () => (await writer.activity(calm)).state === "opened", { what: "the calm mail", timeout: 10_000 });
  const { hits, more_hits: more, activity } = await judged(writer, flood, 1_000);
  assert.deepEqual([hits.length, more], [500, 500]);
  assert.equal(activity.open_hits, 1_000);
  assert.ok(activity.opens <= 1 + (performance.now() - began) / 30_000, `one proxy within 30 s is one open, not ${activity.opens}`);
});

test("a sender's clock that runs ahead, and a mail that nobody registered yet", async (t) => {
  const { backend, sim } = await world(t, { backend: { trusting: true }, browser: false });
  const writer = new Writer({ sim }, await backend.device());
  const ahead = await writer.send({ to: ANA, subject: "From tomorrow", ago: -86_400_000, links: ["https://fjord.example/plan"] });
  const skewed = await writer.send({ to: ANA, subject: "Two minutes ahead", ago: -120_000 });
  await writer.open(ahead);
  await writer.click(ahead);
  await writer.open(skewed);
  const far = await judged(writer, ahead, 2);
  assert.equal(far.hits[1].verdict.reason, "reason_gmail_open", "how long after sending is then not known");
  assert.equal(far.hits[0].verdict.label, "human");
  assert.equal((await judged(writer, skewed, 1)).hits[0].verdict.reason, "reason_gmail_open_fast");

  const late = await writer.send({ to: ANA, subject: "Registered late", registered: false, ago: 1_000 });
  await writer.open(late);
  await until(async () => (await backend.hits()).some(({ message }) => message === late.id), { what: "the hit on disk" });
  await writer.register(late);
  const { hits } = await judged(writer, late, 1);
  await until(async () => (await writer.detail(late)).hits[0].verdict.reason === "reason_gmail_open_fast", { what: "the verdict with the time of sending" });
  assert.equal(hits.length, 1);
});

test("a list file that is half written, empty or wrong: lists stay as they were, and hits are judged", async (t) => {
  const { backend, sim } = await world(t, { backend: { trusting: true, lists: { "apple-proxy": ["104.28.0.0/16"] } }, browser: false });
  const writer = new Writer({ sim }, await backend.device());
  const good = JSON.stringify({ sets: { "apple-proxy": { ipv4: ["198.18.0.0/15"], ipv6: [] } } });
  const file = join(backend.dataDir, "given.json");
  for (const [what, text] of [
    ["empty", ""],
    ["half", good.slice(0, good.length / 2)],
    ["no list", "[]"],
    ["an empty set", JSON.stringify({ sets: { "apple-proxy": { ipv4: [], ipv6: [] } } })],
    ["no network", good.replace("198.18.0.0/15", "198.18.0.0/33")],
    ["unknown sets", good.replace("apple-proxy", "apple-pie")],
  ]) {
    await writeFile(file, text);
    const { code, stderr } = await run(waxwingBin(), ["lists", "--data-dir", backend.dataDir, "import", file]);
    assert.equal(code, 1, what);
    assert.match(stderr, /stay as they were/, what);
  }
  const mail = await writer.send({ to: ANA, subject: "Judged" });
  await writer.visit(mail, "apple-relay");
  const { hits } = await judged(writer, mail, 1);
  assert.deepEqual([hits[0].verdict.reason, hits[0].verdict.confidence], ["reason_apple_privacy", "high"]);
});
