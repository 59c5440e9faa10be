// The popup and the options page, against a worker that is played: labels, keys, live news, states, text as text.
// What the pages do with the real worker and backend is in the end-to-end tests.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import * as f from "./fixtures.mjs";
import { asked, assertNamed, opener, picture, tell } from "./helpers.mjs";
import { looks } from "./looks.mjs";
import { Stage, root } from "./stage.mjs";

let stage;
before(async () => void (stage = await Stage.open()));
after(async () => {
  await stage?.close();
  assert.deepEqual([...stage.missing].filter((key) => key !== "part_something_new"), [], "keys without words");
});

const unpaired = f.status({ connected: null, policy: null, link: null });

const on = opener(() => stage);
const rows = (page) => page.locator(".ww-mail:visible");
const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.slice(0, 60) ?? "");

test("looks: every state as it should: pictures, no complaints, no sideways scrolling", async (t) => {
  for (const [name, { act, ...look }] of Object.entries(looks)) {
    await t.test(name, async () => {
      const page = await stage.page(look);
      await page.locator("h1, h2, input").first().waitFor();
      if (act) await act(page);
      await picture(page, name);
      await assertNamed(page);
      assert.deepEqual(await stage.done(page), []);
    });
  }
});

test("connect: labels, Enter, the code as pasted, what was refused, and the first choice", async () => {
  let paired = null;
  let policy = null;
  const answers = {
    status: () => (paired ? f.status({ policy }) : unpaired),
    connect: ({ code }) => (code === "7KQ4 M2XT" ? ((paired = true), { ok: { answer: "done" } }) : f.fault("code_unknown")),
    set_policy: ({ policy: chosen }) => ((policy = chosen), { ok: { answer: "done" } }),
  };
  await on({ answers }, async (page) => {
    const server = page.getByLabel("Server address", { exact: true });
    const code = page.getByLabel("Pairing code", { exact: true });
    await server.waitFor();
    assert.ok(await server.evaluate((field) => field === document.activeElement), "the address has the focus");
    await page.keyboard.press("Enter");
    await page.getByText("The address of the server goes here.").waitFor();
    await server.fill("post.fjord.example");
    await page.keyboard.press("Enter");
    assert.ok(await code.evaluate((field) => field === document.activeElement), "the code is missing and has the focus");
    await code.fill("nonsense");
    const height = (await page.getByRole("button", { name: "Connect", exact: true }).boundingBox()).height;
    await page.keyboard.press("Enter");
    const alert = page.getByText("Not a code of this server.");
    await alert.waitFor();
    assert.equal(await code.getAttribute("aria-invalid"), "true");
    assert.match(await code.getAttribute("aria-describedby"), /code-error/);
    assert.equal(await server.getAttribute("aria-invalid"), null);
    await code.fill("  7KQ4 M2XT ");
    assert.equal(await alert.isVisible(), false, "typing takes the complaint away");
    assert.equal((await page.getByRole("button", { name: "Connect", exact: true }).boundingBox()).height, height);
    await page.keyboard.press("Enter");
    await page.getByRole("radio", { name: "Track every mail", exact: true }).waitFor();
    assert.deepEqual((await asked(page, "connect")).at(-1), { type: "connect", server: "post.fjord.example", code: "7KQ4 M2XT" });

    for (const radio of await page.getByRole("radio").all()) assert.equal(await radio.isChecked(), false, "nothing is ticked");
    await page.getByText("Nothing is tracked until you have chosen.").waitFor();
    // It can be pressed, and then says what is missing; aria-disabled is for who cannot see that it is grey.
    await page.getByRole("button", { name: "Use this" }).click({ force: true });
    await page.getByText("Choose one of the three.").waitFor();
    assert.equal((await asked(page, "set_policy")).length, 0);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    assert.equal(await page.getByRole("checkbox", { name: "Tell recipients in the mail" }).isChecked(), false, "the line is off");
    await page.getByRole("radio", { name: "Ask for each mail" }).check();
    await page.keyboard.press("Enter");
    await page.getByRole("searchbox").waitFor();
    const words = stage.words.en.line_default.message;
    assert.deepEqual((await asked(page, "set_policy")).at(-1), { type: "set_policy", policy: "ask", line: { on: false, words } });
  });
});

test("the button is pressed once, however often", async () => {
  await on({ answers: { status: unpaired, connect: "never" } }, async (page) => {
    await page.getByLabel("Server address").fill("x.example");
    await page.getByLabel("Pairing code").fill("1");
    const button = page.getByRole("button");
    const size = async () => {
      const { width, height } = await button.boundingBox();
      return { width, height };
    };
    const before = await size();
    for (let i = 0; i < 3; i++) await button.click({ force: true });
    await page.getByRole("button", { name: "Connecting …" }).waitFor();
    assert.deepEqual(await size(), before);
    assert.equal((await asked(page, "connect")).length, 1);
  });
});

test("the list by keyboard: into a mail and back to the same line", async () => {
  await on({ answers: { detail: f.detailOf(f.mails[1], f.hits) } }, async (page) => {
    await rows(page).first().waitFor();
    await page.getByRole("searchbox").focus();
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(page), /Ana Ruiz/);
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(page), /Jonas Weber/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Lease renewal" }).first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Back to all mails");
    await page.keyboard.press("Escape");
    assert.match(await focused(page), /Jonas Weber/);
    await page.keyboard.press("End");
    assert.match(await focused(page), /Boat shed roof/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    assert.match(await focused(page), /Ana Ruiz/);
    assert.equal((await asked(page, "seen")).length, 2, "coming back to the list is looking at it");
  });
});

test("search waits for a rest, keeps the focus, and Escape empties it", async () => {
  const list = ({ query, state }) => f.list(query ? f.mails.filter((mail) => mail.content.subject.includes(query)) : state === "clicked" ? [] : f.mails);
  await on({ answers: { list } }, async (page) => {
    await rows(page).first().waitFor();
    const search = page.getByRole("searchbox");
    await search.pressSequentially("Boat");
    await page.clock.runFor(250);
    await page.waitForFunction(() => document.querySelectorAll(".ww-mail").length === 1);
    assert.deepEqual((await asked(page, "list")).map((question) => question.query), ["", "Boat"]);
    assert.ok(await search.evaluate((field) => field === document.activeElement));
    await page.getByText("1 mail found").waitFor({ state: "attached" });
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelectorAll(".ww-mail").length > 1);
    assert.equal(await search.inputValue(), "");
    await page.getByRole("button", { name: "Clicked" }).click();
    await page.getByText("No link was followed yet").waitFor();
    assert.equal(await page.getByRole("button", { name: "Clicked" }).getAttribute("aria-pressed"), "true");
    await page.getByRole("button", { name: "Show all" }).click();
    await rows(page).first().waitFor();
    assert.equal(await page.getByRole("button", { name: "All", exact: true }).getAttribute("aria-pressed"), "true");
  });
});

test("a slow answer to an old question does not overwrite a newer one", async () => {
  let release;
  const held = new Promise((go) => (release = go));
  const list = async ({ query }) => {
    if (query === "old") await held;
    return f.list(query === "new" ? [f.mails[0]] : query === "old" ? f.mails : []);
  };
  await on({ answers: { list } }, async (page) => {
    const search = page.getByRole("searchbox");
    await search.fill("old");
    await page.clock.runFor(250);
    await search.fill("new");
    await page.clock.runFor(250);
    await rows(page).first().waitFor();
    release();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    assert.equal(await rows(page).count(), 1);
  });
});

test("pages follow by their cursor until there is none; ten thousand mails stay smooth", async () => {
  const total = 10_000;
  const size = 250;
  const mail = (i) => f.message({ id: f.uuid(100_000 + i), ago: i * 600_000, subject: `Mail ${i}`, to: [f.person(`Person ${i}`, `p${i}@x.example`)] });
  const list = ({ before }) => {
    const from = Number(before ?? 0);
    return f.list(Array.from({ length: size }, (_, i) => mail(from + i)), { next: from + size < total ? String(from + size) : null });
  };
  await on({ answers: { list } }, async (page) => {
    await rows(page).first().waitFor();
    const started = Date.now();
    for (;;) {
      const shown = await page.evaluate(() => (window.scrollTo(0, document.body.scrollHeight), document.querySelectorAll(".ww-mail").length));
      if (shown >= total) break;
      assert.ok(Date.now() - started < 300_000, `only ${shown} lines`);
      await page.waitForFunction((shown) => document.querySelectorAll(".ww-mail").length > shown, shown);
    }
    await page.getByText("“Opened” means that").waitFor();
    const cursors = (await asked(page, "list")).map((question) => question.before);
    assert.equal(cursors.length, total / size);
    assert.equal(new Set(cursors).size, total / size, "no page twice");
    // A frame of a list this long, with everything invalid, costs about as much as that of a short one.
    const cost = await page.evaluate(() => {
      const took = [];
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        window.scrollTo(0, i % 2 ? 0 : document.body.scrollHeight);
        document.querySelectorAll(".ww-mail")[i].classList.toggle("is-new");
        document.body.getBoundingClientRect();
        took.push(performance.now() - start);
      }
      return took.sort((a, b) => a - b)[10];
    });
    assert.ok(cost < 50, `a layout took ${cost} ms`);
  });
});

test("news change a line in place, and new mails wait behind a line on top", async () => {
  const fresh = f.message({ ago: 0, subject: "Fresh one", to: [f.person("Zoe", "zoe@x.example")] });
  await on({}, async (page) => {
    await rows(page).first().waitFor();
    const invoice = page.getByRole("link").filter({ hasText: "Invoice 2026-108" });
    const top = (await invoice.boundingBox()).y;
    await invoice.focus();
    await tell(page, { kind: "activity", message: f.mails[5].id, hit: "open", at: f.NOW, activity: { opens: 2, open_hits: 2, clicks: 0, click_hits: 0, first_open_at: f.NOW, last_open_at: f.NOW } });
    await invoice.getByText("loaded 2 times, last today 15:52").waitFor();
    assert.ok(await invoice.evaluate((line) => line.classList.contains("is-new")));
    assert.ok(await invoice.evaluate((line) => line === document.activeElement), "the focus stays on the line");

    await page.evaluate((answer) => window.__ww.answer("list", answer), f.list([fresh, ...f.mails], { not_tracked: f.notTracked }));
    await tell(page, { kind: "message", message: fresh.id });
    const news = page.getByRole("button", { name: "1 new" });
    await news.waitFor();
    assert.equal(await page.getByText("Fresh one").count(), 0);
    assert.ok((await invoice.boundingBox()).y - top < 60, "nothing jumps but for the line on top");
    await news.click();
    await page.getByText("Fresh one").waitFor();
    assert.equal(await news.count(), 0);
    await tell(page, { kind: "deleted", message: fresh.id });
    await page.waitForFunction(() => !document.body.textContent.includes("Fresh one"));
  });
});

test("delete is taken back, or carried out after a while, or when the popup closes", async () => {
  const mail = f.mails[0];
  await on({ answers: { detail: f.detailOf(mail) } }, async (page) => {
    const line = page.getByRole("link").filter({ hasText: "Offer for the March" });
    const remove = async () => {
      await line.click();
      await page.getByRole("button", { name: "Delete what is known of this mail" }).click();
      await line.waitFor({ state: "hidden" });
    };
    await remove();
    assert.match(await focused(page), /Jonas Weber/, "the neighbour has the focus");
    await page.getByRole("button", { name: "Undo" }).click();
    await line.waitFor();
    await page.clock.runFor(10_000);
    assert.equal((await asked(page, "delete")).length, 0);

    await remove();
    await page.keyboard.press("Control+z");
    await line.waitFor();

    await remove();
    await page.getByRole("button", { name: "Undo" }).hover();
    await page.clock.runFor(30_000);
    assert.equal((await asked(page, "delete")).length, 0, "the clock stands while somebody is there");
    await page.mouse.move(5, 5);
    await page.clock.runFor(6_100);
    assert.deepEqual(await asked(page, "delete"), [{ type: "delete", id: mail.id }]);
    assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0);
  });
  await on({ file: `popup.html#mail/${mail.id}`, answers: { detail: f.detailOf(mail) } }, async (page) => {
    await page.getByRole("button", { name: "Delete what is known of this mail" }).click();
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide")));
    assert.deepEqual(await asked(page, "delete"), [{ type: "delete", id: mail.id }]);
  });
});

test("one mail: exact times, what the agent says of itself, repeats folded, the way to Gmail", async () => {
  const mail = f.mails[4];
  await on({ file: `popup.html#mail/${mail.id}`, answers: { detail: f.detailOf(mail, f.hits) } }, async (page) => {
    await page.getByRole("heading", { name: "Loaded through Gmail" }).waitFor();
    await page.getByRole("heading", { name: "Loaded through Yahoo" }).waitFor();
    await page.getByText("And 2 times more within half a minute").waitFor();
    assert.equal(await page.getByText("GoogleImageProxy").isVisible(), false, "the raw agent is folded");
    await page.getByText("Where it came from").first().click();
    await page.getByText("GoogleImageProxy").waitFor();
    assert.equal(await page.getByText("66.249.93.84").isVisible(), true);
    const gmail = page.getByRole("link", { name: "Open in Gmail" });
    assert.equal(await gmail.getAttribute("href"), "https://mail.google.com/mail/u/?authuser=mara@fjord.example#all/18c1f0a2b3d4e5f6");
    assert.equal(await gmail.getAttribute("rel"), "noopener noreferrer");
    assert.equal(await page.locator("time").first().textContent(), "12:22:00");
    assert.equal(await page.locator("time").first().getAttribute("datetime"), "2026-11-23T11:22:00.000Z");
    assert.equal(await page.locator("table tr").nth(1).textContent(), "quinta.example/rooms1");

    const more = { ...mail, activity: { ...mail.activity, opens: 5 } };
    await page.evaluate((answer) => window.__ww.answer("detail", answer), f.detailOf(more, f.hits));
    await tell(page, { kind: "activity", message: mail.id, hit: "open", at: f.NOW, activity: more.activity });
    await page.getByText("Opened: loaded 5 times").waitFor();
  });
});

test("the connection's ups and downs reach the page", async () => {
  await on({}, async (page) => {
    await page.getByText("Up to date 15:52").waitFor();
    const become = async (status) => {
      await page.evaluate((answer) => window.__ww.answer("status", answer), status);
      await page.evaluate(() => window.__ww.tell({ type: "status_changed" }));
    };
    await become(f.status({ link: { state: "down", since: f.NOW, fault: { fault: "timeout" } }, waiting: 2 }));
    await page.getByText("2 wait here for the server.").waitFor();
    await page.getByRole("button", { name: "Try now" }).click();
    assert.equal((await asked(page, "flush")).length, 1);
    await become(f.status({ link: { state: "revoked", since: f.NOW } }));
    await page.getByRole("button", { name: "Pair again" }).click();
    assert.equal(await page.getByLabel("Server address").inputValue(), "https://post.fjord.example");
    assert.ok(await page.getByLabel("Pairing code").evaluate((field) => field === document.activeElement));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Pair again" }).waitFor();
    await become(unpaired);
    await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  });
});

test("the default is changed from the foot, and counts at once", async () => {
  await on({}, async (page) => {
    await page.getByRole("button", { name: "Ask for each mail" }).click();
    assert.equal(await page.getByRole("radio", { name: "Ask for each mail" }).isChecked(), true);
    await page.getByRole("radio", { name: "Track every mail" }).check();
    await page.getByText("Saved.").waitFor();
    assert.deepEqual(await asked(page, "set_policy"), [{ type: "set_policy", policy: "every" }]);
    await page.keyboard.press("Escape");
    await rows(page).first().waitFor();
  });
});

test("options: disconnect, revoke and clear can be taken back; the rest is shown", async () => {
  await on({ file: "options.html", width: 960, height: 900, answers: { status: f.status({ waiting: 3 }) } }, async (page) => {
    await page.evaluate((mails) => (window.__ww.local.not_tracked = mails), f.notTracked);
    await page.evaluate(() => window.__ww.change({ not_tracked: { newValue: [] } }));
    await page.getByText("1 mail in the list").waitFor();
    await page.getByRole("button", { name: "Clear the list" }).click();
    await page.clock.runFor(6_100);
    assert.deepEqual(await asked(page, "dismiss_not_tracked"), [{ type: "dismiss_not_tracked", id: f.notTracked[0].id }]);

    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("No server is connected.").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Disconnect" }).waitFor();
    assert.equal((await asked(page, "disconnect")).length, 0);

    await page.getByRole("button", { name: "Revoke Chrome on Windows" }).click();
    await page.getByText("Revoked: Chrome on Windows").waitFor();
    await page.clock.runFor(6_100);
    assert.deepEqual(await asked(page, "revoke_device"), [{ type: "revoke_device", id: f.uuid(7002) }]);
    assert.equal(await page.getByText("This browser · paired").count(), 1);

    await page.getByRole("button", { name: "Try now" }).click();
    assert.equal((await asked(page, "flush")).length, 1);
    assert.equal(await page.locator("bdi b").count(), 0, "a device's name is text");
  });
});

test("an empty clock, a worker that does not answer, an answer that is none: said, with a way on", async () => {
  await on({ answers: { status: { ok: { answer: "done" } } } }, async (page) => {
    await page.getByText("Waxwing did not start").waitFor();
    await page.evaluate((answer) => window.__ww.answer("status", answer), f.status());
    await page.getByRole("button", { name: "Try again" }).click();
    await rows(page).first().waitFor();
  });
  await on({ answers: { list: f.fault("timeout") } }, async (page) => {
    await page.getByText("It took too long to answer.").waitFor();
    await page.evaluate((answer) => window.__ww.answer("list", answer), f.list(f.mails));
    await page.getByRole("button", { name: "Try again" }).click();
    await rows(page).first().waitFor();
  });
});

test("hostile text is text: every payload as subject, name, address, link, agent and device", async (t) => {
  const peers = process.env.WAXWING_PEERS ?? join(root, "../shared/peers");
  const folder = join(peers, "payloads");
  if (!existsSync(folder)) {
    t.skip("no payloads: WAXWING_PEERS is not there");
    return;
  }
  const lines = [
    ...JSON.parse(await readFile(join(folder, "naughty-strings.json"), "utf8")),
    ...(await readFile(join(folder, "xss.txt"), "utf8")).split("\n"),
    ...(await readFile(join(folder, "open-redirect.txt"), "utf8")).split("\n"),
  ].filter(Boolean);
  const mails = lines.map((line, i) =>
    f.message({
      id: f.uuid(500_000 + i),
      ago: i * 1000,
      subject: line,
      to: [f.person(line, line)],
      links: [line],
      sender: line,
      activity: { clicks: 1, click_hits: 1, opens: 1, open_hits: 1, last_open_at: f.NOW, last_click_at: f.NOW, last_click_target: line },
    }),
  );
  const tags = (page) => page.evaluate(() => [...new Set([...document.querySelectorAll("body *")].map((element) => element.tagName.toLowerCase()))].sort());
  const plain = f.message({ id: f.uuid(499_999), subject: "x", to: [f.person("x", "x@x.example")], links: ["https://x.example"], activity: mails[0].activity });
  let normal;
  await on({ answers: { list: f.list([plain], { not_tracked: f.notTracked }) } }, async (page) => {
    await rows(page).first().waitFor();
    normal = await tags(page);
  });
  await on({ answers: { list: f.list(mails, { not_tracked: f.notTracked }) } }, async (page) => {
    await page.waitForFunction((n) => document.querySelectorAll(".ww-mail").length >= n, mails.length);
    assert.deepEqual(await tags(page), normal);
    const subjects = await page.locator(".ww-mail-sub").allTextContents();
    const kept = subjects.filter((text, i) => lines[i] !== undefined && lines[i].trim() && text === lines[i].slice(0, 300));
    assert.ok(kept.length > lines.length * 0.9, `${kept.length} of ${lines.length} subjects stand as they are`);
    const targets = await page.evaluate(() => [...document.querySelectorAll("a")].map((a) => a.getAttribute("href")).filter((href) => !/^(#mail\/[0-9a-f-]{36}|options\.html(#\w[\w-]*)?|#(stats|scheduled|waiting)?)$/.test(href)));
    assert.deepEqual(targets, []);
  });
  // One page for the detail, fed line after line.
  const hit = (line) => [{ id: 1, at: f.NOW, kind: "click", link: line, agent: line, address: line, repeat: false }];
  await on({ file: `popup.html#mail/${plain.id}`, answers: { detail: f.detailOf(plain, hit("x")) } }, async (page) => {
    await page.getByText("Link followed").waitFor();
    const usual = await tags(page);
    const details = lines.filter((line) => line.trim()).map((line, i) => [line, f.detailOf({ ...mails[i], id: plain.id }, hit(line))]);
    const stuck = await page.evaluate(async ([details, id]) => {
      for (const [line, answer] of details) {
        window.__ww.answer("detail", answer);
        window.__ww.tell({ type: "news", event: { kind: "message", message: id } });
        for (let turns = 0; document.querySelector(".ww-agent")?.textContent !== line; turns++) {
          if (turns > 1000) return line;
          await Promise.resolve();
        }
      }
    }, [details, plain.id]);
    assert.equal(stuck, undefined, "the agent stands there as it is");
    assert.deepEqual((await tags(page)).filter((tag) => !usual.includes(tag)), []);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("a[target]")].map((a) => a.href).filter((href) => !href.startsWith("https://mail.google.com/"))), []);
  });
  await on({ file: "options.html", width: 960, answers: { devices: { ok: { answer: "devices", devices: lines.map((name, i) => ({ id: f.uuid(600_000 + i), name, paired_at: f.NOW, seen_at: null, current: false })) } } } }, async (page) => {
    await page.waitForFunction((n) => document.querySelectorAll("#devices li").length === n, lines.length);
    const found = await tags(page);
    assert.deepEqual(found.filter((tag) => ["script", "img", "iframe", "style", "object", "embed", "link", "base", "meta"].includes(tag)), []);
  });
});

test("both languages have the same keys and the same holes", async () => {
  const [en, de] = [stage.words.en, stage.words.de];
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  const holes = (message) => [...new Set(message.match(/\$\d/g) ?? [])].sort().join(" ");
  const marks = (message) => (message.match(/[*`]/g) ?? []).length % 2;
  for (const key of Object.keys(en)) {
    assert.equal(holes(de[key].message), holes(en[key].message), key);
    assert.equal(marks(de[key].message) + marks(en[key].message), 0, key);
  }
  assert.ok(en.app_description.message.length <= 132 && de.app_description.message.length <= 132);
});
