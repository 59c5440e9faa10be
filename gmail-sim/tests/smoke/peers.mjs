// Against what others made: recordings of the wire, a kept page, payloads.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { ANA, context, control, deliver, fresh, sends, sent, summaries, test, until } from "./tab.mjs";

const peers = process.env.WAXWING_PEERS ?? new URL("../../../../shared/peers", import.meta.url).pathname;
const recordings = `${peers}/gmail-wire/`;

/** Which places of an array are taken, and how deep: null for what differs from mail to mail. */
const places = (array) =>
  array.map((value, i) => (value === null ? null : `${i}${Array.isArray(value) ? "[" : typeof value}`)).filter(Boolean);

test("requests have the shape of the recorded ones", async () => {
  if (!existsSync(recordings)) {
    console.log("  no recordings here: passed over");
    return;
  }
  const it = await fresh();
  await deliver("<p>Why?</p>");
  await it.compose({ to: `Ana <${ANA}>`, text: "a" });
  await it.page.locator("input[name=subjectbox]").press("Tab");
  await it.page.keyboard.type("b");
  await until(async () => (await summaries()).some((one) => one.position === "update"), "an update");
  await it.send.click();
  await sent(it);
  await it.open("Question");
  await it.at(".ams.bkH").click();
  await it.page.keyboard.type("c");
  await until(async () => (await summaries()).some((one) => one.kind === "draft" && one.text === "c"), "a reply draft");
  await it.page.keyboard.press("Control+Enter");
  await until(async () => (await sends()).length === 2, "the reply");
  const ours = (await control("/requests"))
    .filter((one) => one.summary.some((op) => op.position))
    .map((one) => [one.summary[0], JSON.parse(one.request)]);
  const message = (payload) => payload[2]?.[0]?.[4]?.[0] ?? payload[1]?.[0] ?? payload[13][0];
  const compare = (kind, position, reply, name) => {
    const file = readdirSync(recordings).find((one) => one.endsWith(`${name}_request.json`));
    const theirs = JSON.parse(readFileSync(recordings + file, "utf8"));
    const [, mine] = ours.find(
      ([one]) => one.kind === kind && one.position === position && one.thread.startsWith("thread-f") === reply,
    );
    assert.deepEqual(
      places(mine).filter((one) => one !== "2["),
      places(theirs).filter((one) => one !== "2["),
      `${name}: envelope`,
    );
    const [a, b] = [mine[1][0][0][1][1], theirs[1][0][0][1][1]];
    assert.deepEqual(places(a), places(b), `${name}: payload`);
    const m = (payload) => places(message(payload)).filter((one) => !["2[", "3[", "4[", "35[", "36["].includes(one));
    assert.deepEqual(m(a), m(b), `${name}: message`);
    assert.equal(message(a).length, message(b).length, name);
    assert.deepEqual(message(a)[10].slice(0, 3), message(b)[10].slice(0, 3), name);
  };
  compare("draft", "first-new", false, "cvOnDraftSave");
  compare("draft", "update", false, "cvOnDraftUpdate");
  compare("send", "update", false, "cvOnSend_3");
  compare("draft", "first-reply", true, "cvOnReplyDraftSave");
  compare("send", "update", true, "cvOnReplySend_2");
});

// The structure, against a compose that somebody kept in October 2020

const STRUCTURE = [
  ".nH.Hd[role=dialog] .aaZ > .M9[jslog] > .aoI[role=region] > table.aoP td.I5 > form.bAs",
  "td.I5 > table.iN td.GQ > .GP > .qz > .et",
  "table.An td.Ap > .Ar.Au > .Am.Al.editable",
  ".Ap [g_editable=true][contenteditable=true][role=textbox][aria-multiline=true]",
  ".Ap .Ar.As textarea.Ak",
  ".et > .ajR[role=button]",
  "form.bAs > .fX table.GS tr.bzf td.eV .oj .wO textarea.vO[name=to]",
  "form.bAs > .aoD.hl > .oL.aDm",
  "form.bAs > .aoD.az6 input[name=subjectbox].aoT",
  ".aDg > .aDj > .aDh > table.IZ[role=group] tr.btC > td.gU.Up",
  "table.IZ > colgroup > col",
  "td.Up .J-J5-Ji.btA > .dC > [role=button][data-tooltip][aria-label].T-I.J-J5-Ji.aoO.v7.T-I-atl.L3",
  "td.Up .dC > .T-I.J-J5-Ji.hG.T-I-atl.L3[role=button][aria-haspopup=true]",
  "tr.btC > td.oc.gU",
  "tr.btC > td.gU.btB",
  "tr.btC > td.a8X.gU .bAK",
  "tr.btC > td.gU.az5 .oh[role=button]",
  ".M9 .q8NmZb.J-M.jQjAxd[role=menu] > .SK.AX > .J-N.yr[selector=scheduledSend][role=menuitem] > .J-N-Jz",
  "table.Ht td > .Hp > h2.a3E > .aYF",
  "td.Hm > img.Hl",
  "td.Hm > img.Hq",
  "td.Hm > img.Ha",
];
const INPUTS = ["composeid", "from", "subject", "draft", "rt", "lts", "rm", "ishtml", "body", "uet"];

test("a compose has the structure of the one that was kept", async () => {
  const file = `${peers}/gmail-dom/compose-2020-10-01.html`;
  if (!existsSync(file)) {
    console.log("  no kept page here: passed over");
    return;
  }
  const it = await fresh({ recipients: "classic", titleBar: "img" });
  await it.compose({ to: null });
  const kept = await context.newPage();
  await kept.setContent(readFileSync(file, "utf8"));
  const log = (page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('[jslog*="; 11:"]')]
        .filter((one) => /^(77394|32601);/.test(one.getAttribute("jslog")))
        .map((one) =>
          JSON.parse(atob(/; 11:([\w-]+)/.exec(one.getAttribute("jslog"))[1].replaceAll("-", "+").replaceAll("_", "/"))).map(
            (part) => (part === null ? null : typeof part),
          ),
        ),
    );
  const inputs = (page) =>
    page.evaluate(
      (names) => names.map((name) => document.querySelectorAll(`form.bAs > input[type=hidden][name="${name}"]`).length),
      INPUTS,
    );
  for (const selector of STRUCTURE) {
    assert.equal(await kept.locator(selector).count(), await it.at(selector).count(), selector);
    assert.notEqual(await kept.locator(selector).count(), 0, selector);
  }
  assert.deepEqual(await inputs(it.page), await inputs(kept));
  assert.deepEqual(await log(it.page), await log(kept));
  await kept.close();
});

// Payloads that others collected

test("no payload in a mail runs or leaves anything but what is allowed", async () => {
  const folder = `${peers}/payloads/`;
  if (!existsSync(folder)) {
    console.log("  no payloads here: passed over");
    return;
  }
  const lines = readdirSync(folder).flatMap((name) => {
    const text = readFileSync(folder + name, "utf8");
    return name.endsWith(".json") ? JSON.parse(text).map(String) : text.split("\n");
  });
  // Without a policy nothing but the page itself stands in the way.
  const it = await fresh({ csp: "none" });
  const ran = [];
  it.page.on("dialog", (dialog) => ran.push(dialog.message()) && dialog.dismiss());
  for (let i = 0; i < lines.length; i += 300) {
    const some = lines.slice(i, i + 300);
    const html = some.map((line) => `<p>${line}</p><a href="${line}">l</a><img src="${line}">`).join("\n");
    const mail = await deliver(html, {
      subject: some.join(" ").slice(0, 10_000),
      from: { address: ANA, name: some[0].slice(0, 100) },
    });
    await it.page.evaluate(() => {
      location.hash = "#inbox";
    });
    await it.at(`[role=main] .bog > [data-thread-id="#${mail.thread}"]`).click();
    await it.at(".a3s").waitFor({ state: "attached" });
    await it.at(".ams.bkH").last().click();
    await it.at(".M9 .ajR").click();
    const found = await it.page.evaluate(() =>
      [...document.querySelectorAll(".a3s *, [g_editable=true] *")]
        .filter(
          (one) =>
            /^(script|iframe|svg|object|embed|form|style|math|base|meta|link)$/.test(one.localName) ||
            [...one.attributes].some(
              ({ name, value }) =>
                /^on/.test(name) || (/^(href|src)$/.test(name) && !/^\s*(https?:|mailto:|tel:|#|data:image)/i.test(value)),
            ),
        )
        .map((one) => one.outerHTML.slice(0, 200)),
    );
    assert.deepEqual(found, []);
    await it.at(".gU .oh").click();
  }
  assert.deepEqual(ran, []);
  // Most of the addresses lead nowhere.
  it.errors.splice(0);
});
