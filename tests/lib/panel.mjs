// The panel over Gmail, as a person uses it: a frame that stands behind a closed shadow root, found by its address.
import { until } from "./wait.mjs";

const panels = (page) => page.frames().filter((it) => it.url().includes("panel.html") && !it.isDetached());

/** The panel's frame, once it stands: it says how high it is, and what is clicked while it moves is missed. */
export async function frame(page) {
  const panel = await until(() => panels(page)[0], { what: "the panel's frame" });
  await panel.locator("button[type=submit], .ww-note").first().waitFor();
  await still(page);
  return panel;
}

/** Waits until the panel is to be seen and has its height. */
export async function still(page) {
  let before;
  const stands = async () => {
    const now = await page.locator(".ww-host-panel").getAttribute("style");
    const same = now === before && !/opacity/.test(now ?? "");
    before = now;
    return same;
  };
  await until(stands, { what: "the panel to stand", every: 100 });
}

/** The button that does what was typed, once that is understood. */
export async function understood(panel) {
  const button = panel.locator("button[type=submit][aria-disabled=false]");
  await button.waitFor();
  await still(panel.page());
  return button;
}

/** Waits until there is no panel. */
export function noFrame(page) {
  return until(() => panels(page).length === 0, { what: "the panel to be gone" });
}

/**
 * Presses a control of the panel which the panel goes by, without mouse and keys: a browser answers for a key when its frame has
 * taken it, so perhaps never for one that the frame went by, and for none after that.
 */
export async function pressAway(control) {
  await control.waitFor();
  // In a moment: the answer to this leaves first.
  await control.evaluate((it) => void setTimeout(() => it.click()));
  await noFrame(control.page());
}

const KEYS = {
  Enter: { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" },
  Escape: { type: "rawKeyDown", key: "Escape", code: "Escape", windowsVirtualKeyCode: 27 },
};

/** By a real key: Enter or Escape, where the focus is. Through a connection of its own, since one that got no answer takes no further key. */
export async function keyAway(page, key) {
  const session = await page.context().newCDPSession(page);
  session.send("Input.dispatchKeyEvent", KEYS[key]).catch(() => {});
  await noFrame(page);
  await session.detach();
}
