// What the tests of the pages share: opening a page, what every page must have, and the hand on the worker that is played.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";

import { Stage, out } from "./stage.mjs";

// A stage for the tests of one file; its pages must not ask for words that are not there. Gives what opens a page on it.
export const staged = () => {
  let stage;
  before(async () => void (stage = await Stage.open()));
  after(async () => {
    await stage?.close();
    assert.deepEqual([...stage.missing], [], "keys without words");
  });
  return opener(() => stage);
};

// Opens a page, uses it, and fails when the page complained of anything.
export const opener = (stage) => async (options, use) => {
  const page = await stage().page(options);
  await use(page);
  await assertNamed(page);
  assert.deepEqual(await stage().done(page), []);
};

// What everything that can be pressed or typed into must have: a name. And ids are there once.
export const assertNamed = async (page) => {
  const wrong = await page.evaluate(() => {
    const shown = (element) => element.checkVisibility?.({ checkOpacity: true }) ?? true;
    const text = (id) => document.getElementById(id)?.textContent ?? "";
    const name = (element) =>
      element.getAttribute("aria-label") ||
      (element.getAttribute("aria-labelledby") ?? "").split(" ").map(text).join("") ||
      [...(element.labels ?? [])].map((label) => label.textContent).join("") ||
      element.textContent.trim();
    const unnamed = [...document.querySelectorAll("a, button, input, select, summary, nav, [role=group], [role=search] input")]
      .filter((element) => shown(element) && !name(element))
      .map((element) => element.outerHTML.slice(0, 120));
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
    const dangling = [...document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for]")]
      .flatMap((element) => ["aria-labelledby", "aria-describedby", "for"].flatMap((a) => (element.getAttribute(a) ?? "").split(" ")))
      .filter((id) => id && !document.getElementById(id));
    const images = [...document.querySelectorAll("svg")].filter((svg) => svg.getAttribute("aria-hidden") !== "true" && svg.getAttribute("role") !== "img");
    return { unnamed, twice, dangling, images: images.length, lang: document.documentElement.lang ? [] : ["no language"] };
  });
  assert.deepEqual(wrong, { unnamed: [], twice: [], dangling: [], images: 0, lang: [] });
};

// A picture of the whole page, for people to judge; what is wider than the window is a mistake.
export const picture = async (page, name) => {
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.screenshot({ path: join(out, `${name}.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: ${wide} px too wide`);
};

export const asked = (page, type) => page.evaluate((type) => window.__ww.asked.filter((question) => question.type === type), type);
export const askedLater = (page, later) => page.evaluate((later) => window.__ww.asked.filter((question) => question.later === later), later);
export const answer = (page, type, reply) => page.evaluate(([type, reply]) => window.__ww.answer(type, reply), [type, reply]);
export const tell = (page, event) => page.evaluate((event) => window.__ww.tell({ type: "news", event }), event);
export const focusedName = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.slice(0, 60) ?? "");
