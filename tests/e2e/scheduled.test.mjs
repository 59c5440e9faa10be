// What is scheduled, by the interface alone: a mailbox connected on Google's page, the popup's page of scheduled mails, what
// needs the user with its words and ways out, notifications, the history, and an app password that leads nowhere.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Backend, Notices, until, world } from "../lib/harness.mjs";
import { asGoogle, connectGmail, schedule, scheduled, standing } from "../lib/later.mjs";
import { frame, pressAway } from "../lib/panel.mjs";

const MARA = "mara@fjord.example";
const ANA = "ana@quinta.example";
const HOUR = 3_600_000;
/** How long Undo stands there before what cannot be taken back is asked for, and a little more. */
const UNDO = { timeout: 15_000 };

/** What the flight recorder says of a mail that was moved, cancelled, taken back and sent at once. */
const LINES = ["scheduled", "moved", "cancelled", "scheduled", "moved", "due", "sending", "sent"];

/** Everything, paired; no mailbox is connected yet. */
async function start(t) {
  const made = await world(t, { backend: false });
  made.backend = await Backend.start({ env: asGoogle(made.sim) });
  t.after(() => made.backend.dispose());
  made.device = await made.backend.device();
  const popup = await made.browser.connect({ server: made.backend.url, code: await made.backend.pair() });
  await popup.close();
  return made;
}

/** Presses what opens Google's page, and answers there as somebody who allows everything. */
async function allow(browser, press, address) {
  const opened = browser.context.waitForEvent("page");
  await press();
  const page = await opened;
  await page.getByRole("radio", { name: new RegExp(address) }).check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Connect this mailbox?" }).waitFor();
  await page.getByRole("button", { name: "Connect the mailbox" }).click();
  await page.getByRole("heading", { name: "Your mailbox is connected" }).waitFor();
  await page.close();
}

/** The popup's page of scheduled mails. */
async function scheduledPage(browser) {
  const popup = await browser.popup();
  await popup.getByRole("link", { name: /^Scheduled/ }).click();
  return popup;
}

const section = (popup, title) => popup.locator("section").filter({ has: popup.getByRole("heading", { level: 2, name: title }) });
const card = (popup, id) => popup.locator(`li[data-id="${id}"]`);
const words = async (locator) => (await locator.innerText()).replaceAll(/[\u00a0\u202f]/g, " ").replaceAll(/\s+/g, " ").trim();
const press = (popup, id, name) => card(popup, id).getByRole("button", { name, exact: true }).click();
const ways = (popup, id) => card(popup, id).locator(".ww-row-btns > *").allTextContents();

/** The flight recorder of a card, as `what` of each line. */
async function recorder(popup, id) {
  await card(popup, id).locator("summary").click();
  await card(popup, id).locator(".ww-rec li").first().waitFor();
  return card(popup, id).locator(".ww-rec li b").allTextContents();
}

/** Takes a draft away, as another mail program of the same person does. */
async function removeDraft(sim, address, draft) {
  const { refreshToken, clientId, clientSecret } = await sim.grant(address);
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId, client_secret: clientSecret });
  const token = await (await fetch(`${sim.apiUrl}/token`, { method: "POST", body: form })).json();
  const gone = await fetch(`${sim.apiUrl}/gmail/v1/users/me/drafts/${draft.draft}`, { method: "DELETE", headers: { authorization: `Bearer ${token.access_token}` } });
  assert.equal(gone.status, 204);
}

test("a mailbox is connected on Google's page; what waits is moved, cancelled, taken back and sent", async (t) => {
  const { browser, sim, device } = await start(t);
  const options = await browser.options();
  await options.getByRole("button", { name: "Connect with Google" }).click({ trial: true });
  await allow(browser, () => options.getByRole("button", { name: "Connect with Google" }).click(), MARA);
  const box = options.locator("#mailboxes [data-id]");
  await box.getByRole("heading", { name: MARA }).waitFor();
  assert.match(await words(box), /Works\. With Google’s permission · connected .*Read, write, send and move mails:/);
  assert.match(await words(box), /0 went out through Waxwing in the last 24 hours\./);
  await options.close();

  // As a person does it: the clock beside Send.
  const gmail = await browser.gmail();
  const compose = await gmail.compose();
  await compose.fill({ to: ANA, subject: "Samples", body: "They left this morning." });
  await compose.saved(sim, MARA, "They left this morning");
  await compose.root.locator(".ww-host").getByRole("button", { name: /^Send later/ }).click();
  const panel = await frame(gmail.page);
  await panel.getByRole("textbox", { name: "When" }).fill("tomorrow 9am");
  await pressAway(panel.getByRole("button", { name: /^Send \w+ 0?9:00/ }));
  await compose.gone();
  await gmail.page.close();

  const popup = await scheduledPage(browser);
  const [{ id }] = (await device.call("GET", "/scheduled?list=waiting")).body.scheduled;
  await card(popup, id).waitFor();
  assert.match(await words(card(popup, id)), /^Ana Ruiz Samples \w+, \w+ \d+ 0?9:00( AM)? Change time/);
  assert.deepEqual(await ways(popup, id), ["Change time", "Send now", "Cancel"]);
  assert.equal(await popup.getByRole("link", { name: /^Scheduled/ }).innerText(), "Scheduled1");

  const before = (await scheduled(device, id)).due_at;
  await press(popup, id, "Change time");
  const field = card(popup, id).getByLabel("When", { exact: true });
  await field.fill("tusday 10am");
  await card(popup, id).getByText("“tusday” is not understood.").waitFor();
  await field.fill("in 3 days at 10am");
  await card(popup, id).getByRole("button", { name: /^Send \w+.* 10:00/ }).click();
  await until(async () => (await scheduled(device, id)).due_at > before, { what: "another time" });
  await until(async () => /10:00/.test(await words(card(popup, id).locator(".ww-mail-say"))), { what: "the popup to say it" });

  await press(popup, id, "Cancel");
  await popup.getByText("Cancelled: Samples. The draft stays.").waitFor();
  await section(popup, "Scheduled").waitFor({ state: "hidden" });
  assert.equal((await scheduled(device, id)).state, "cancelled");
  await popup.getByRole("button", { name: "Undo" }).click();
  await section(popup, "Scheduled").getByText("Samples").waitFor();
  assert.equal((await scheduled(device, id)).state, "scheduled");

  await press(popup, id, "Send now");
  await popup.getByText("Goes out now: Samples").waitFor();
  assert.deepEqual(await sim.sentLog(MARA), [], "it can still be taken back");
  await section(popup, "Sent").getByText("Samples").waitFor(UNDO);
  await sim.arrived(ANA, (mail) => mail.subject === "Samples");
  assert.match(await words(card(popup, id)), /On time, tracked · What came of it/);
  assert.deepEqual(await recorder(popup, id), LINES);
  await popup.getByRole("link", { name: "All history" }).click();
  await popup.getByRole("heading", { name: "History of scheduled mails" }).waitFor();
  assert.deepEqual(await recorder(popup, id), LINES);
  await card(popup, id).getByRole("link", { name: "What came of it" }).click();
  await popup.getByText("Samples").filter({ visible: true }).first().waitFor();
  assert.equal((await sim.sentLog(MARA)).length, 1, "once");
  browser.expectNoErrors(/ERR_BLOCKED_BY_CLIENT/);
});

test("what needs the user: on top, told by a notification, with its words and ways out", async (t) => {
  const { browser, sim, device } = await start(t);
  const [mara, ana] = [await connectGmail(device, MARA), await connectGmail(device, ANA)];
  const notices = await Notices.of(browser);
  const popup = await scheduledPage(browser);
  const write = (address, subject, to, html = "Hello") => sim.draft({ address, to, subject, html });
  const later = (ms) => Date.now() + ms;

  // One that stays where it is, one whose draft goes away, one that Google does not take, one whose answer gets lost.
  const calm = await schedule(device, mara, await write(MARA, "Calm", ANA), later(5 * HOUR));
  const draft = await write(MARA, "Removed", ANA);
  const removed = await schedule(device, mara, draft, later(2_000));
  await removeDraft(sim, MARA, draft);
  await standing(device, removed.id, ["held"]);
  await sim.apiFaults({ method: "drafts.send", error: 413, times: 1 });
  const refused = await schedule(device, mara, await write(MARA, "Invoice", "b.okafor@acme.example"), later(500));
  await standing(device, refused.id, ["failed"]);
  await sim.apiFaults({ method: "drafts.send", dropAfterEffect: true, times: 1 });
  const lost = await schedule(device, ana, await write(ANA, "Contract", MARA), later(500));
  await standing(device, lost.id, ["unclear"], { every: 20 });
  // Nobody can look any more.
  await device.call("DELETE", `/mailboxes/${ana.id}`);
  await standing(device, lost.id, ["held"]);

  const needs = section(popup, "Needs you");
  await until(async () => (await needs.locator("li").count()) === 3, { what: "three that need the user" });
  assert.deepEqual((await popup.getByRole("heading", { level: 2 }).allTextContents()).slice(0, 2), ["Needs you", "Scheduled1"]);
  const heading = (id) => card(popup, id).getByRole("heading").innerText();
  assert.equal(await heading(removed.id), "Held: the draft is gone");
  assert.match(await words(card(popup, removed.id)), /Removed\. It was deleted or moved\. Waxwing did not send it\./);
  assert.deepEqual(await ways(popup, removed.id), ["Look in Gmail", "Write it again", "Do not send"]);
  assert.equal(await heading(refused.id), "Not sent: it is larger than the server takes");
  assert.match(await words(card(popup, refused.id)), /To b\.okafor@acme\.example, Invoice\. “.+”\.? The draft is still there\./);
  assert.deepEqual(await ways(popup, refused.id), ["Open the draft", "Change time", "Dismiss"]);
  assert.equal(await heading(lost.id), "Held: perhaps already sent");
  assert.deepEqual(await ways(popup, lost.id), ["It was sent", "Send again"]);
  const told = await until(async () => {
    const all = await notices.words();
    return ["Removed", "Invoice", "Contract"].every((it) => all.some((told) => told.includes(it))) && all;
  }, { what: "a notification of each", timeout: 10_000 }).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await notices.words())}`);
  });
  assert.ok(told.some((it) => it.startsWith("Held: perhaps already sent | To: ") && it.includes("It is not sent again without you.")), JSON.stringify(told));

  await press(popup, removed.id, "Do not send");
  await press(popup, refused.id, "Dismiss");
  await press(popup, lost.id, "It was sent");
  await needs.waitFor({ state: "hidden", ...UNDO });
  await standing(device, lost.id, ["sent"], UNDO);
  assert.equal((await sim.sentLog(ANA)).length, 1, "and it was, once");
  await until(async () => /Sent, as you said/.test(await words(card(popup, lost.id))), { what: "the list to say so" });

  // Google's permission is taken back while one is due: the notification leads to the options, the popup signs in again.
  const due = await schedule(device, mara, await write(MARA, "After the break", ANA), later(2_500));
  await sim.revokeGrant(MARA);
  await sim.post("/expire-tokens");
  await standing(device, due.id, ["held"]);
  await card(popup, due.id).getByRole("heading", { name: "Held: the mailbox needs you to sign in" }).waitFor();
  await popup.getByText(/mara@fjord\.example needs you to sign in again: the permission was taken back/).waitFor();
  const mailbox = await until(async () => (await notices.all()).find((it) => it.title === `Sign in again: ${MARA}`), { what: "its notification", timeout: 10_000 });
  assert.match(mailbox.message, /Why: the permission was taken back, or ended with a change of password\.\nScheduled mails that fall due wait until then\./);
  const opened = browser.context.waitForEvent("page");
  await notices.click(mailbox.id);
  const options = await opened;
  await options.getByText(/Needs you to sign in again, since .*: the permission was taken back/).waitFor();
  await popup.bringToFront();
  await allow(browser, () => press(popup, due.id, "Sign in again"), MARA);
  await standing(device, due.id, ["sent"]);
  await section(popup, "Sent").getByText("After the break").waitFor();
  await section(popup, "Needs you").waitFor({ state: "hidden" });
  await options.bringToFront();
  await options.locator(`[data-id="${mara.id}"]`).getByText("Works.").waitFor();
  assert.equal((await scheduled(device, calm.id)).state, "scheduled");
  browser.expectNoErrors();
});

test("an app password with a server that is none: the step that failed, and nothing kept", async (t) => {
  const { browser, device } = await start(t);
  const options = await browser.options();
  const part = options.locator("#mailboxes");
  await part.getByRole("button", { name: "With an app password" }).click();
  await part.getByLabel("Address", { exact: true }).fill("mara@posteo.example");
  await part.getByLabel("App password").fill("abcd efgh ijkl mnop");
  await part.getByText("Servers and user").click();
  for (const name of ["Incoming mail (IMAP)", "Outgoing mail (SMTP)"]) {
    await part.getByRole("group", { name }).getByLabel("Server").fill("127.0.0.1");
    await part.getByRole("group", { name }).getByLabel("Port").fill("9");
  }
  await part.getByRole("button", { name: "Sign in and connect" }).click();
  await part.getByText("Reach the server for incoming mail: no, it cannot be reached.").waitFor();
  await part.getByText(/^Check the name and the port below “Servers and user”/).waitFor();
  assert.deepEqual((await device.call("GET", "/mailboxes")).body.mailboxes, []);
  assert.ok(!JSON.stringify(await browser.storage()).includes("abcd"));
  browser.expectNoErrors();
});
