// What Waxwing puts into a mail, seen from outside: in the wire's HTML and in what a recipient got.
import assert from "node:assert/strict";

const PIXEL = /<img\b[^>]*\bsrc="([^"]*\/o\/[a-z0-9]{6,16}\/[\w-]{32}\.gif)"[^>]*>/g;
const LINK = /href="([^"]*\/c\/[a-z0-9]{6,16}\/[\w-]{32}\/[\w-]{16}\?u=[^"]*)"/g;

const unescape = (text) => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"');

/** The addresses of all our pixels in a piece of HTML, proxied ones included. */
export const pixels = (html) => [...html.matchAll(PIXEL)].map(([, src]) => unescape(src));

/** The wrapped links in a piece of HTML. */
export const links = (html) => [...html.matchAll(LINK)].map(([, href]) => unescape(href));

/** The same HTML as its writer left it: pixels out, links back to where they went. */
export const unmarked = (html) =>
  html
    .replaceAll(PIXEL, "")
    .replaceAll(LINK, (_, href) => `href="${decodeURIComponent(new URL(unescape(href)).search.slice("?u=".length)).replaceAll("&", "&amp;")}"`);

/** Everything that one compose put on the wire. */
export async function wire(sim, draft) {
  const requests = await sim.requests();
  const all = requests.flatMap(({ summary, account, at }) => summary.map((op) => ({ ...op, account, at })));
  const mine = all.filter((op) => draft === undefined || op.draft === draft);
  return {
    drafts: mine.filter(({ kind }) => kind === "draft"),
    sends: mine.filter(({ kind }) => kind === "send"),
    scheduled: mine.filter(({ kind }) => kind === "scheduled"),
  };
}

/** Exactly one pixel, in the one send, after the writer's own words and before the quote; drafts carried nothing. */
export async function assertMarkedOnce(sim, { own, links: wanted = 0 }) {
  const { drafts, sends } = await wire(sim);
  for (const draft of drafts) {
    const html = draft.body + (draft.quoted ?? "");
    assert.deepEqual([pixels(html), links(html)], [[], []], `a draft carries marks: ${html}`);
  }
  assert.equal(sends.length, 1, "one send request");
  const [{ body, quoted }] = sends;
  const html = body + (quoted ?? "");
  assert.equal(pixels(html).length, 1, `one pixel: ${html}`);
  assert.equal(links(html).length, wanted, `wrapped links: ${html}`);
  const at = html.search(PIXEL);
  assert.ok(at > html.indexOf(own), "the pixel stands after the writer's own words");
  const quote = html.search(/class="[^"]*gmail_quote/);
  if (quote >= 0) assert.ok(at < quote, "the pixel stands before the quote");
  return { send: sends[0], html, pixel: pixels(html)[0], links: links(html) };
}

/** No mark anywhere on the wire. */
export async function assertUntouched(sim) {
  const { drafts, sends, scheduled } = await wire(sim);
  for (const { body, quoted } of [...drafts, ...sends, ...scheduled]) {
    const html = body + (quoted ?? "");
    assert.deepEqual([pixels(html), links(html)], [[], []], `the mail carries marks: ${html}`);
  }
  return { drafts, sends };
}
