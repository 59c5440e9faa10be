// Mailboxes in the options, against a worker that is played: state, rights, limit, test, ledger, connecting, disconnecting.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as f from "./fixtures.mjs";
import { answer, askedLater, picture, staged, tell } from "./helpers.mjs";
import * as l from "./later.mjs";

const on = staged();
const since = f.NOW - 102 * 60_000;
const usual = { "later:mailboxes": l.mailboxes([l.mailbox({ rights: ["https://www.googleapis.com/auth/gmail.compose", "https://www.googleapis.com/auth/gmail.readonly"] }), l.imap()]), "later:access": l.access(l.entries), "later:list": l.lists([], [l.sent]) };
const open = (answers = {}, more = {}) => ({ file: "options.html#mailboxes", width: 960, height: 900, answers: { ...usual, ...answers }, ...more });
const card = (page, box) => page.locator(`[data-id="${box}"]`);
const text = async (locator) => (await locator.innerText()).replaceAll("\u00a0", " ").replaceAll(/\s+/g, " ").trim();
const part = (page) => page.locator("#mailboxes");

test("each mailbox says how it is, how it is reached, what it may do and why", async () => {
  const troubled = [
    l.mailbox({ state: { state: "sign_in", since, trouble: "grant_revoked" }, rights: ["https://mail.google.com/", "https://x.example/<b>auth"] }),
    l.imap({ state: { state: "away", since, trouble: "certificate" }, address: "<i>a@x.example" }),
  ];
  await on(open(), async (page) => {
    await card(page, l.GMAIL).waitFor();
    assert.match(await text(card(page, l.GMAIL)), /mara@fjord\.example Works\. With Google’s permission · connected 14 Oct|connected Wed 14 Oct/);
    assert.deepEqual((await card(page, l.GMAIL).locator("li b").allTextContents()).slice(0, 2), ["Manage drafts and send mails:", "Read mails:"]);
    assert.match(await text(card(page, l.IMAP)), /With an app password, by IMAP and SMTP.*A password may do everything\./);
    assert.match(await text(card(page, l.GMAIL)), /12 went out through Waxwing in the last 24 hours\./);
  });
  await on(open({ "later:mailboxes": l.mailboxes(troubled) }), async (page) => {
    await page.getByText("Needs you to sign in again, since 14:10: the permission was taken back, or ended with a change of password. What falls due waits until then.").waitFor();
    await page.getByText("Cannot be used since 14:10: its certificate is not one for it, or not trusted. It is tried again by itself.").waitFor();
    assert.equal(await part(page).locator("h3 i").count(), 0);
    assert.match(await text(card(page, l.GMAIL)), /A right named https:\/\/x\.example\/<b>auth\./);
    await card(page, l.GMAIL).getByRole("button", { name: "Sign in again" }).click();
    assert.equal((await askedLater(page, "connect_gmail")).length, 1);
  });
  const servers = { user: "mara", imap: { host: "imap.posteo.example", port: 1993, tls: "implicit" }, smtp: { host: "smtp.posteo.example", port: 587, tls: "start_tls" } };
  const expired = l.imap({ state: { state: "sign_in", since, trouble: "wrong_password" }, servers });
  const failed = l.connecting([{ step: "imap", trouble: "unreachable" }]);
  await on(open({ "later:mailboxes": l.mailboxes([expired]), "later:connect_imap": failed }), async (page) => {
    await page.getByRole("button", { name: "Sign in again" }).click();
    assert.equal(await page.getByRole("region", { name: "Mailboxes" }).getByLabel("Address", { exact: true }).inputValue(), "mara@posteo.example");
    const password = page.getByLabel("App password");
    assert.ok(await password.evaluate((field) => field === document.activeElement));
    // Nobody types again what is known: the password alone is new.
    await password.fill("new one");
    await page.keyboard.press("Enter");
    await page.getByText("Reach the server for incoming mail").waitFor();
    const [asked] = await askedLater(page, "connect_imap");
    assert.deepEqual(asked.connect, { address: "mara@posteo.example", password: "new one", ...servers });
  });
});

test("the list follows: an event, the focus that comes back, no server, a fault", async () => {
  await on(open({ "later:mailboxes": l.mailboxes([], true) }), async (page) => {
    await page.getByText("None is connected. Mails that go out later leave").waitFor();
    await answer(page, "later:mailboxes", l.mailboxes([l.imap()]));
    await tell(page, { kind: "mailbox", mailbox: l.IMAP });
    await card(page, l.IMAP).waitFor();
    await answer(page, "later:mailboxes", l.mailboxes([l.imap(), l.mailbox()]));
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await card(page, l.GMAIL).waitFor();
  });
  await on(open({ status: f.status({ connected: null, policy: null, link: null }) }), async (page) => {
    await part(page).getByText("They are listed here once a server is connected.").waitFor();
    assert.deepEqual(await askedLater(page, "mailboxes"), []);
    assert.equal(await part(page).getByRole("button").count(), 0);
  });
  await on(open({ "later:mailboxes": f.fault("too_old") }), async (page) => {
    await part(page).getByText("The server is older than this extension and cannot do this yet.").waitFor();
  });
});

test("the daily limit: saved when it makes sense", async () => {
  await on(open(), async (page) => {
    const limit = card(page, l.GMAIL).getByLabel("Mails a day, at most");
    for (const wrong of ["0", "2001", "", "-3"]) {
      await limit.fill(wrong);
      await limit.blur();
      await card(page, l.GMAIL).getByText("A whole number from 1 to 2,000.").waitFor();
      assert.equal(await limit.getAttribute("aria-invalid"), "true", wrong);
    }
    assert.deepEqual(await askedLater(page, "set_mailbox"), []);
    await limit.fill("250");
    await limit.blur();
    await card(page, l.GMAIL).getByText(/^Saved\. More than that .* 12 went out/).waitFor();
    assert.deepEqual(await askedLater(page, "set_mailbox"), [{ later: "set_mailbox", id: l.GMAIL, settings: { daily_limit: 250 } }]);
    await answer(page, "later:set_mailbox", f.fault("timeout"));
    await limit.fill("300");
    await limit.blur();
    await page.getByText("That did not work. It took too long to answer.").waitFor();
    assert.equal(await limit.inputValue(), "250");
  });
});

test("a test shows its steps; the server's words are text", async () => {
  const steps = [{ step: "imap" }, { step: "imap_sign_in", trouble: "wrong_password", said: "[AUTHENTICATIONFAILED] <b>no</b>" }];
  await on(open({ "later:test_mailbox": l.connecting(steps) }), async (page) => {
    await card(page, l.IMAP).getByRole("button", { name: "Test mara@posteo.example" }).click();
    await card(page, l.IMAP).getByText("Sign in there: no, user or password are wrong.").waitFor();
    const said = await text(card(page, l.IMAP).getByRole("status"));
    assert.match(said, /^Reach the server for incoming mail: yes Sign in there: no, user or password are wrong\. “\[AUTHENTICATIONFAILED\] <b>no<\/b>” Most providers want a password made for apps/);
    assert.deepEqual(await askedLater(page, "test_mailbox"), [{ later: "test_mailbox", id: l.IMAP }]);
    await answer(page, "later:test_mailbox", l.connecting([{ step: "gmail" }], l.mailbox()));
    await card(page, l.GMAIL).getByRole("button", { name: "Test mara@fjord.example" }).click();
    await card(page, l.GMAIL).getByText("All is well.").waitFor();
  });
});

test("an app password: labels, keyboard, steps; it is kept nowhere", async () => {
  const secret = "abcd efgh ijkl mnop";
  const failed = l.connecting([{ step: "imap" }, { step: "imap_sign_in", trouble: "wrong_password", said: "Invalid credentials" }]);
  await on(open({ "later:mailboxes": l.mailboxes([], false), "later:connect_imap": failed }), async (page) => {
    await part(page).getByText("This server has no Google client yet.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Connect with Google" }).isVisible(), false);
    const toggle = page.getByRole("button", { name: "With an app password" });
    await toggle.focus();
    await page.keyboard.press("Enter");
    assert.equal(await toggle.getAttribute("aria-expanded"), "true");
    const [address, password] = [page.getByRole("region", { name: "Mailboxes" }).getByLabel("Address", { exact: true }), page.getByLabel("App password")];
    assert.ok(await address.evaluate((field) => field === document.activeElement));
    assert.deepEqual([await password.getAttribute("type"), await password.getAttribute("autocomplete")], ["password", "new-password"]);
    await page.keyboard.press("Enter");
    await page.getByText("The address of the mailbox goes here.").waitFor();
    await address.fill("mara@gmail.com");
    await page.keyboard.press("Enter");
    await page.getByText("The password for apps goes here.").waitFor();
    assert.ok(await password.evaluate((field) => field === document.activeElement));
    await password.fill(secret);
    await page.keyboard.press("Enter");
    await page.getByText("Sign in there: no, user or password are wrong.").waitFor();
    await page.getByText("“Invalid credentials”").waitFor();
    assert.deepEqual(await askedLater(page, "connect_imap"), [{ later: "connect_imap", connect: { address: "mara@gmail.com", password: secret } }]);
    assert.equal(await password.inputValue(), secret, "it can be corrected as long as the form is open");
    await toggle.click();
    await toggle.click();
    assert.equal(await password.inputValue(), "", "closing the form empties it");

    await password.fill(secret);
    await page.getByText("Servers and user").click();
    await page.getByLabel("User", { exact: true }).fill("mara");
    const imap = page.getByRole("group", { name: "Incoming mail (IMAP)" });
    await imap.getByLabel("Server").fill("mail.fjord.example");
    await imap.getByLabel("Port").fill("99999");
    await page.keyboard.press("Enter");
    await page.getByText("A port is a number from 1 to 65535.").waitFor();
    await imap.getByLabel("Port").fill("");
    await imap.getByLabel("Encryption").selectOption("start_tls");
    assert.equal(await imap.getByLabel("Port").getAttribute("placeholder"), "143");
    await answer(page, "later:connect_imap", l.connecting([{ step: "imap" }, { step: "imap_sign_in" }, { step: "folders" }, { step: "smtp" }, { step: "smtp_sign_in" }], l.imap()));
    await answer(page, "later:mailboxes", l.mailboxes([l.imap()], false));
    await page.getByRole("button", { name: "Sign in and connect" }).click();
    await page.getByText("Connected. Mails can go out later from here now.").waitFor();
    await card(page, l.IMAP).waitFor();
    const last = (await askedLater(page, "connect_imap")).at(-1).connect;
    assert.deepEqual([last.user, last.imap, last.smtp], ["mara", { host: "mail.fjord.example", port: 143, tls: "start_tls" }, undefined]);
    assert.equal(await password.inputValue(), "");
    const kept = await page.evaluate(() => [document.body.innerHTML, JSON.stringify(window.__ww.local), JSON.stringify({ ...localStorage }), location.href].join());
    assert.ok(!kept.includes(secret) && !kept.includes(secret.slice(0, 4)));
  });
});

test("Google: what is asked for stands there first; a refusal is said", async () => {
  await on(open({ "later:mailboxes": l.mailboxes([], true), "later:connect_gmail": f.fault("no_google_client") }), async (page) => {
    await page.getByText("Google’s page asks you for one right").waitFor();
    await part(page).getByText("Nothing else is read; the list of accesses shows it.").waitFor();
    await page.getByRole("button", { name: "Connect with Google" }).click();
    await part(page).getByRole("alert").filter({ hasText: "This server has no Google client yet." }).waitFor();
  });
});

test("disconnecting says what it does, and can be taken back", async () => {
  await on(open(), async (page) => {
    await card(page, l.GMAIL).getByText("Disconnecting gives the permission back to Google and deletes it on your server. Mails that wait are held; their drafts stay.").waitFor();
    await page.getByRole("button", { name: "Disconnect mara@fjord.example" }).click();
    assert.equal(await card(page, l.GMAIL).isVisible(), false);
    await page.getByRole("button", { name: "Undo" }).click();
    await card(page, l.GMAIL).waitFor();
    await page.clock.runFor(7_000);
    assert.deepEqual(await askedLater(page, "drop_mailbox"), []);
    await page.getByRole("button", { name: "Disconnect mara@fjord.example" }).click();
    await answer(page, "later:mailboxes", l.mailboxes([l.imap()]));
    await page.clock.runFor(6_100);
    await page.waitForFunction(() => window.__ww.asked.some((question) => question.later === "drop_mailbox"));
    await page.waitForFunction((id) => !document.querySelector(`[data-id="${id}"]`), l.GMAIL);
    assert.deepEqual(await askedLater(page, "drop_mailbox"), [{ later: "drop_mailbox", id: l.GMAIL }]);
  });
});

test("the ledger: by day, with reason and mail, page by page", async () => {
  const access = ({ before }) => (before ? l.access(l.entries.slice(3)) : l.access(l.entries.slice(0, 3), 4));
  await on(open({ "later:access": access }), async (page) => {
    const box = card(page, l.GMAIL);
    await box.getByText("Every access to this mailbox").click();
    await box.locator("tbody tr").nth(2).waitFor();
    const rows = async () => Promise.all((await box.locator("tbody tr").all()).map(text));
    assert.deepEqual(await rows(), [
      "15:42:00 Sent a mail A scheduled mail was due Train times for Saturday",
      "15:41:00 Read one draft A scheduled mail was due Train times for Saturday",
      "10:52:00 Looked whether somebody wrote in a conversation, by headers alone A scheduled mail was due 00000000",
    ]);
    await box.getByRole("button", { name: "Show more" }).click();
    await box.locator("tbody tr").nth(4).waitFor();
    assert.match((await rows())[3], /Looked for a draft It failed\. A mail was scheduled Train times/);
    assert.equal(await box.locator("table").count(), 3, "a table a day");
    assert.deepEqual((await askedLater(page, "access")).map((question) => question.before), [null, 4]);
    assert.equal(await box.getByRole("button", { name: "Show more" }).isVisible(), false);
  });
  await on(open({ "later:access": f.fault("timeout") }), async (page) => {
    await card(page, l.GMAIL).getByText("Every access to this mailbox").click();
    await card(page, l.GMAIL).getByRole("alert").waitFor();
  });
});

for (const [look, more] of Object.entries({ light: {}, dark: { theme: "dark" }, de: { language: "de-DE" }, 360: { width: 360 }, large: { textScale: 2, width: 700 } })) {
  test(`looks: ${look}`, async () => {
    const troubled = l.imap({ state: { state: "sign_in", since, trouble: "wrong_password" } });
    const failed = l.connecting([{ step: "imap" }, { step: "imap_sign_in", trouble: "wrong_password", said: "[AUTHENTICATIONFAILED] Invalid credentials (Failure)" }]);
    const two = [l.mailbox({ rights: ["https://www.googleapis.com/auth/gmail.compose", "https://www.googleapis.com/auth/gmail.readonly"] }), troubled];
    await on(open({ "later:mailboxes": l.mailboxes(two), "later:connect_imap": failed }, { height: 2300, ...more }), async (page) => {
      await card(page, l.GMAIL).locator("summary").click();
      await card(page, l.GMAIL).locator("tbody tr").first().waitFor();
      await card(page, l.IMAP).getByRole("button").first().click();
      await page.locator("#mail-password").fill("abcdefgh");
      await page.keyboard.press("Enter");
      await part(page).locator("form [role=status]").waitFor();
      await part(page).locator("form summary").click();
      await page.evaluate(() => document.querySelector("#mailboxes").scrollIntoView());
      await picture(page, `mailboxes-${look}`);
    });
  });
}
