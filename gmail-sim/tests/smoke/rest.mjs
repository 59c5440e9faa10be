// The REST API beside the page: one world, and Google's question to the person.

import assert from "node:assert/strict";
import { ANA, MARA, context, control, fresh, pictures, rig, test, until } from "./tab.mjs";

const FULL = "https://mail.google.com/";
const READONLY = "https://www.googleapis.com/auth/gmail.readonly";
const google = `http://127.0.0.1:${rig.ports.api}`;

async function exchange(fields) {
  const body = new URLSearchParams({ client_id: "waxwing-sim", client_secret: "waxwing-sim-secret", ...fields });
  const answer = await fetch(`${google}/token`, { method: "POST", body });
  return answer.json();
}

async function api(token, path, init = {}) {
  const answer = await fetch(`${google}/gmail/v1/users/me/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, ...(await answer.json()) };
}

async function signIn() {
  const { refreshToken } = await control(`/grant?address=${MARA}`);
  return (await exchange({ grant_type: "refresh_token", refresh_token: refreshToken })).access_token;
}

test("a draft is the same in the page and by REST, until it is sent there", async () => {
  const it = await fresh();
  const token = await signIn();
  await it.compose({ subject: "From the page" });
  const name = await it.page.inputValue("input[name=draft]");
  const id = name.replace("#msg-a:", "");
  await until(async () => (await api(token, `drafts/${id}`)).message?.snippet === "One line", "the draft");
  const { message } = await api(token, `drafts/${id}?format=raw`);
  const raw = Buffer.from(message.raw, "base64url").toString();
  assert.match(raw, /^Subject: From the page\r$/m);
  const threadId = await it.page.inputValue("input[name=lts]");
  assert.equal(message.threadId, threadId);
  const boundary = "a-part";
  const mail = [
    `From: ${MARA}`,
    `To: ${ANA}`,
    "Subject: From the page",
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    "",
    `--${boundary}`,
    "Content-Type: text/html; charset=utf-8",
    "",
    "<p>Sent by REST</p>",
    `--${boundary}`,
    'Content-Type: application/pdf; name="plan.pdf"',
    'Content-Disposition: attachment; filename="plan.pdf"',
    "Content-Transfer-Encoding: base64",
    "",
    "aGk=",
    `--${boundary}--`,
    "",
  ].join("\r\n");
  const sent = await api(token, "drafts/send", {
    method: "POST",
    body: JSON.stringify({ id, message: { raw: Buffer.from(mail).toString("base64url"), threadId } }),
  });
  assert.deepEqual([sent.status, sent.threadId, sent.labelIds], [200, threadId, ["SENT"]]);
  // The compose that still stands open cannot bring the draft back.
  await it.page.locator("[g_editable=true]").first().click();
  await it.page.keyboard.type(" more");
  await it.page.evaluate(() => {
    location.hash = "#sent";
  });
  await it.open("From the page");
  await it.at(".a3s").filter({ hasText: "Sent by REST" }).waitFor();
  assert.equal(await it.at(".hq .aV3").textContent(), "plan.pdf");
  assert.equal((await api(token, `drafts/${id}`)).status, 404);
  assert.equal((await control("/sent-log")).mails.length, 1);
});

test("a person is asked, chooses, and is sent back with a code", async () => {
  await fresh();
  const page = await context.newPage();
  const back = `${pictures.url}/callback`;
  const url = new URL(`${google}/o/oauth2/v2/auth`);
  url.search = new URLSearchParams({
    client_id: "waxwing-sim",
    redirect_uri: back,
    response_type: "code",
    scope: `${FULL} ${READONLY}`,
    state: "a b&c",
    access_type: "offline",
    login_hint: MARA,
  });
  await page.goto(url.href);
  assert.equal(await page.locator(`input[name=account][value="${MARA}"]`).isChecked(), true);
  await page.getByLabel("Ana Ruiz").check();
  await page.locator(`input[name=granted][value="${FULL}"]`).uncheck();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`${back}?*`);
  const answer = new URL(page.url()).searchParams;
  assert.deepEqual([answer.get("state"), answer.get("scope")], ["a b&c", READONLY]);
  const tokens = await exchange({ grant_type: "authorization_code", code: answer.get("code"), redirect_uri: back });
  assert.equal(tokens.scope, READONLY);
  assert.equal((await api(tokens.access_token, "profile")).emailAddress, ANA);
  await page.goto(url.href);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForURL(`${back}?*`);
  assert.equal(new URL(page.url()).searchParams.get("error"), "access_denied");
  await page.close();
});

test("a note that is put by REST brings its conversation to the top, unread and labelled", async () => {
  const it = await fresh();
  const token = await signIn();
  const hour = Date.now() - 3_600_000;
  const old = await control("/deliver", { to: MARA, from: { address: ANA }, subject: "Old", html: "?", at: hour, read: true });
  await control("/deliver", { to: MARA, from: { address: ANA }, subject: "New", html: "?", at: hour + 60_000 });
  const subjects = () => it.at("[role=main] tr.zA .bog").allTextContents();
  await until(async () => (await subjects()).join() === "New,Old", "both mails");
  const change = (path, body) => api(token, path, { method: "POST", body: JSON.stringify(body) });
  const label = await change("labels", { name: "Back/<b>Again" });
  const raw = `From: ${MARA}\r\nTo: ${MARA}\r\nSubject: Re: Old\r\n\r\nNobody answered.`;
  const labelIds = ["INBOX", "UNREAD", label.id];
  const note = await change("messages", { raw: Buffer.from(raw).toString("base64url"), threadId: old.legacyThread, labelIds });
  await until(async () => (await subjects()).join() === "Old,New", "the note on top");
  const top = it.at("[role=main] tr.zA").first();
  assert.match(await top.getAttribute("class"), /zE/);
  assert.deepEqual(await top.locator(".av").allTextContents(), ["Back/<b>Again"]);
  await top.click();
  await it.at(".ha .hN").waitFor();
  assert.equal(await it.at(".ha .hN").textContent(), "Back/<b>Again");
  await change(`messages/${note.id}/trash`, {});
  await it.page.goto("https://mail.google.com/mail/u/0/#inbox");
  await until(async () => (await subjects()).join() === "New,Old", "the old order");
});
