// Mails of 25 MB: scheduled, sent by upload, every attachment byte for byte the same where it arrives, in bounded memory.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Backend, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail, schedule, standing } from "../lib/later.mjs";

const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";
const MB = 1024 * 1024;
/** What Gmail takes. */
const SIZE = 25 * MB;
const SEVERAL = 3;
/** Peak memory of the backend in MB: what one such mail takes, however many of a mailbox are due. */
const MOST = 300;

/** The most memory that a process ever held, in MB. */
function peak(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The attachment in a mail's bytes: the one part in base64 that is larger than all others. */
function attachment(raw) {
  const text = raw.toString("latin1");
  const head = /content-disposition:\s*attachment/i.exec(text);
  assert.ok(head, "the mail has an attachment");
  const from = text.indexOf("\r\n\r\n", head.index) + 4;
  return Buffer.from(text.slice(from, text.indexOf("\r\n--", from)), "base64");
}

test("25 MB of attachments go out whole, one mail and several at once, in bounded memory", { timeout: 300_000 }, async (t) => {
  const { sim } = await world(t, { backend: false, browser: false });
  const backend = await Backend.start({ env: asGoogle(sim) });
  t.after(() => backend.dispose());
  const device = await backend.device();
  const mailbox = await connectGmail(device, MARA);

  const mails = [];
  const content = randomBytes(SIZE);
  const due = Date.now() + 3_600_000;
  for (let n = 0; n < SEVERAL; n += 1) {
    // Each is another: two that were mixed up would show.
    content.writeUInt32BE(n, 1000);
    const draft = await sim.draft({
      address: MARA,
      to: ANA,
      subject: `Plans ${n}`,
      html: `Here they are: <a href="https://fjord.example/plans">plans</a>`,
      attachments: [{ filename: `plans-${n}.bin`, content: content.toString("base64") }],
    });
    mails.push({ n, sum: sha256(content), ...(await schedule(device, mailbox, draft, due)) });
  }
  const scheduling = peak(backend.program.pid);

  const now = async ({ id }) => {
    const { status } = await device.call("POST", `/scheduled/${id}/action`, { action: "send_now" });
    assert.equal(status, 200);
  };
  const [first, ...others] = mails;
  await now(first);
  await standing(device, first.id, ["sent"], { timeout: 60_000 });
  const one = peak(backend.program.pid);
  await Promise.all(others.map(now));
  for (const { id } of others) {
    const mail = await standing(device, id, ["sent", "held", "failed"], { timeout: 180_000 });
    assert.equal(mail.state, "sent", JSON.stringify(mail.flight));
  }
  const several = peak(backend.program.pid);
  console.log(`large-mail: peak ${scheduling.toFixed()} MB scheduling, ${one.toFixed()} sending one, ${several.toFixed()} ${others.length} at once`);

  const arrived = await sim.mailbox(ANA);
  assert.equal(arrived.length, SEVERAL, "each once");
  for (const { n, sum, id } of mails) {
    const mail = arrived.find(({ subject }) => subject === `Plans ${n}`);
    const raw = await sim.raw(ANA, mail);
    assert.equal(sha256(attachment(raw)), sum, `the attachment of mail ${n}`);
    const { message, flight } = (await device.call("GET", `/scheduled/${id}`)).body;
    assert.ok(message, JSON.stringify(flight));
    assert.ok(raw.includes(`${backend.url}/o/${device.paired.account.id}/`), "it carries its pixel");
  }
  const uploads = (await sim.apiCalls()).filter(({ method }) => method === "drafts.send");
  assert.equal(uploads.length, SEVERAL);
  assert.ok(several < MOST, `${several} MB`);
});
