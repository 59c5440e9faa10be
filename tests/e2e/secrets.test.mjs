// Secrets stay secret: after a life with mailboxes, refusals and errors, neither the data folder nor a log at the loudest level
// holds a password, a token, a code or the client's secret; and what runs in Gmail's tab cannot read the token of the device.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";

import { Backend, world } from "../lib/harness.mjs";
import { agree, asGoogle, connectGmail, schedule, standing } from "../lib/later.mjs";

const MARA = "mara@fjord.example";
const PASSWORD = "correct-horse-battery-41";

/** What the world of the content script in a page says to an expression. */
async function inContentScript(browser, page, expression) {
  const session = await browser.context.newCDPSession(page);
  const worlds = [];
  session.on("Runtime.executionContextCreated", ({ context }) => worlds.push(context));
  await session.send("Runtime.enable");
  const own = worlds.find(({ origin, auxData }) => origin === browser.origin && auxData.type === "isolated");
  assert.ok(own, JSON.stringify(worlds));
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", { contextId: own.id, expression, awaitPromise: true, returnByValue: true });
  assert.equal(exceptionDetails, undefined);
  return result.value;
}

test("the token that opens the backend is in no place that Gmail's tab can read", async (t) => {
  const { browser } = await world(t, { connected: true });
  const token = await (await browser.worker()).evaluate(async () => {
    const { connection } = await chrome.storage.local.get("connection");
    const database = await new Promise((done) => (indexedDB.open("vault").onsuccess = ({ target }) => done(target.result)));
    const asked = database.transaction("tokens").objectStore("tokens").get(connection.device);
    await new Promise((done) => (asked.onsuccess = done));
    database.close();
    return asked.result;
  });
  assert.match(token, /^.{20,}$/);
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.root.getByRole("button", { name: /^Tracking/ }).waitFor();
  const readable = await inContentScript(
    browser,
    gmail.page,
    `Promise.all([
      chrome.storage.local.get(),
      chrome.storage.session?.get().catch(String),
      indexedDB.databases(),
      chrome.runtime.sendMessage({ type: "status" }).catch(String),
    ]).then(JSON.stringify)`,
  );
  assert.ok(readable.includes('"mint_key"'), "it is the right place");
  assert.ok(!readable.includes(token));
  // And it is the one that the backend takes.
  const { server } = (await browser.storage()).connection;
  const answer = await fetch(`${server}/api/v1/account`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
});

/** Every file below a folder, as bytes. */
async function files(folder) {
  const found = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found.push([entry.name, await readFile(join(entry.parentPath ?? entry.path, entry.name))]);
  }
  return found;
}

test("neither the data nor the log holds a secret", async (t) => {
  const { sim } = await world(t, { backend: false, browser: false });
  const backend = await Backend.start({ env: asGoogle(sim, { WAXWING_LOG: "trace" }) });
  t.after(() => backend.dispose());
  const device = await backend.device();
  const mailbox = await connectGmail(device, MARA);

  // A mail goes out, access tokens are drawn anew on the way, and one is refused.
  await sim.post("/expire-tokens");
  const draft = await sim.draft({ address: MARA, to: "ana@quinta.example", subject: "Hello", html: "Hello" });
  const mail = await schedule(device, mailbox, draft, Date.now() + 500);
  await standing(device, mail.id, ["sent"]);

  // A code that is none, and a sign-in that is refused.
  const start = await device.call("POST", "/mailboxes/gmail");
  const state = new URL(start.body.url).searchParams.get("state");
  const asked = await fetch(`${backend.url}/oauth/google/callback?code=4%2F0Aspoilt-code-of-a-test&state=${encodeURIComponent(state)}`);
  assert.equal(asked.status, 200);
  const spoilt = await agree(asked);
  assert.equal(spoilt.status, 400);
  const refused = await device.call("POST", "/mailboxes", {
    address: "mara@nowhere.invalid",
    password: PASSWORD,
    imap: { host: "127.0.0.1", port: 9, tls: "implicit" },
    smtp: { host: "127.0.0.1", port: 9, tls: "implicit" },
  });
  assert.equal(refused.status, 200);
  assert.equal(refused.body.mailbox, undefined);
  assert.ok(!JSON.stringify(refused.body).includes(PASSWORD));

  // The grant is taken back while a mail waits.
  await sim.revokeGrant(MARA);
  await sim.post("/expire-tokens");
  const second = await sim.draft({ address: MARA, to: "ana@quinta.example", subject: "Again", html: "Again" });
  const answer = await device.call("PUT", `/scheduled/${crypto.randomUUID()}`, {
    mailbox: mailbox.id,
    draft: { gmail: { draft: second.id, legacy_thread: second.thread, legacy_message: second.message } },
    schedule: { when: { kind: "instant", at: Date.now() + 60_000, zone: "Europe/Paris" } },
    track: true,
  });
  assert.ok(answer.status >= 400, "a mailbox without a grant schedules nothing");

  const kept = [...(await files(backend.dataDir)), ["the log", Buffer.from(backend.log)], ["the refusal", Buffer.from(JSON.stringify(answer.body))]];
  await backend.stop();
  kept.push(...(await files(backend.dataDir)), ["the whole log", Buffer.from(backend.log)]);
  const secrets = {
    "an access token": "ya29.a0",
    "a refresh token": "1//0g",
    "an authorisation code": "4/0A",
    "an authorisation code in an address": "4%2F0A",
    "the client's secret": "waxwing-sim-secret",
    "a password": PASSWORD,
    "a password, encoded": Buffer.from(PASSWORD).toString("base64").replace(/=+$/, ""),
    "a password as SASL has it": Buffer.from(`\0mara@nowhere.invalid\0${PASSWORD}`).toString("base64").replace(/=+$/, ""),
    "the device's token": device.paired.device_token,
    "the state of a sign-in": state,
  };
  for (const [name, bytes] of kept) {
    for (const [what, secret] of Object.entries(secrets)) {
      assert.ok(!bytes.includes(secret), `${what} stands in ${name}`);
    }
  }
  // The test looks at the right things: what is no secret is found.
  assert.ok(kept.some(([, bytes]) => bytes.includes(MARA)));
});
