// Gmail's page as a person uses it: opening a compose, typing, sending, answering. Written against Gmail's own structure
// (names, roles, then classes), so that it works in every language and with shuffled classes of the simulator.
import { until } from "./wait.mjs";

const KEPT = /^(editable$|gmail_|gs-)/;

/** The name of a class under the simulator's `shuffle`; gmail-sim/src/shuffle.rs has the same. */
export function renamed(name, seed) {
  if (!seed || KEPT.test(name)) return name;
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  let out = "z";
  for (let i = 0; i < 6; i++) {
    out += String.fromCharCode(97 + (hash % 26));
    hash = Math.floor(hash / 26);
  }
  return out;
}

/** A tab with Gmail in it. */
export class Gmail {
  constructor(page, shuffle) {
    this.page = page;
    this.shuffle = shuffle;
  }

  static async of(page) {
    await page.locator("#sim-config").waitFor({ state: "attached" });
    const { settings } = JSON.parse(await page.locator("#sim-config").textContent());
    return new Gmail(page, settings.shuffle);
  }

  /** A selector in Gmail's own class names, as this page has them. */
  css(selector) {
    return selector.replaceAll(/\.([A-Za-z][\w-]*)/g, (_, name) => `.${renamed(name, this.shuffle)}`);
  }

  /** Elements for a selector in Gmail's own class names. */
  find(selector, within = this.page) {
    return within.locator(this.css(selector));
  }

  /** Opens a new compose (docked), as a click on "Compose" does. */
  async compose() {
    const before = await this.composes().count();
    await this.find('[gh="cm"]').click();
    await until(async () => (await this.composes().count()) > before, { what: "the compose" });
    return this.newest();
  }

  /** Opens a draft by its row, in a compose. */
  async draft(subject) {
    const before = await this.composes().count();
    await this.row(subject).first().click();
    await until(async () => (await this.composes().count()) > before, { what: "the draft" });
    return this.newest();
  }

  /** All composes that are open. */
  composes() {
    return this.find("[data-compose-id]");
  }

  /** The compose that was opened last. */
  async newest() {
    const ids = await this.composes().evaluateAll((all) => all.map((it) => Number(it.dataset.composeId)));
    return new Compose(this, this.page.locator(`[data-compose-id="${Math.max(...ids)}"]`));
  }

  /** Goes to a folder: inbox, sent, drafts, scheduled, all. */
  async folder(name) {
    await this.page.evaluate((hash) => (location.hash = hash), `#${name}`);
    await this.list().first().waitFor();
  }

  /** The rows of the list that is shown. */
  list() {
    return this.find('[role="main"] [gh="tl"]');
  }

  /** A row of the list that is shown, by words of its subject. */
  row(subject) {
    return this.find('[role="main"] [gh="tl"] tr.zA').filter({ hasText: subject });
  }

  /** Opens a conversation by words of its subject. */
  async open(subject) {
    await this.row(subject).first().click();
    await this.find("h2.hP").filter({ hasText: subject }).waitFor();
  }

  /** Answers the last mail of the open conversation: "reply", "replyAll" or "forward". */
  async answer(kind = "reply") {
    const name = { reply: "bkH", replyAll: "bkI", forward: "bkG" }[kind];
    const before = await this.composes().count();
    const opened = async () => (await this.composes().count()) > before;
    // What comes into the conversation above it while it is clicked moves the button away: then it is clicked again.
    await until(
      async () => {
        if (await opened()) return true;
        await this.find(`.ams.${name}:visible`).last().click();
        return until(opened, { what: "the answer to a click", timeout: 5_000 });
      },
      { what: "the answer", timeout: 20_000 },
    );
    return this.newest();
  }

  /** Waits for the bar that says a mail has left (it is the one that offers Undo). */
  async sent() {
    await this.page.locator("#link_undo").waitFor();
  }

  /** Takes back the mail that has just left; gives the compose in which it opens again. */
  async undo() {
    const before = await this.composes().count();
    await this.page.locator("#link_undo").click();
    await until(async () => (await this.composes().count()) > before, { what: "the mail taken back" });
    return this.newest();
  }
}

/** One compose. `root` is its region element. */
export class Compose {
  constructor(gmail, root) {
    this.gmail = gmail;
    this.page = gmail.page;
    this.root = root;
  }

  find(selector) {
    return this.gmail.find(selector, this.root);
  }

  get body() {
    return this.find("[g_editable=true]");
  }

  get plainBody() {
    return this.find("textarea.Ak");
  }

  get sendButton() {
    return this.find("td.Up [role=button]:not(.Uo):not([aria-haspopup=true])").first();
  }

  get archiveButton() {
    return this.find("td.Up [role=button].Uo");
  }

  /** The draft's permanent id, `msg-a:r…`. */
  async draft() {
    return (await this.find("input[name=draft]").inputValue()).replace(/^#/, "");
  }

  /** Fills in what is given, as a person types. `body` is a string or a list of strings and `{text, href}`. */
  async fill({ to = [], cc = [], bcc = [], subject, body } = {}) {
    for (const [field, people] of Object.entries({ to, cc, bcc })) {
      for (const address of [people].flat()) await this.addRecipient(field, address);
    }
    if (subject !== undefined) await this.find("input[name=subjectbox]").fill(subject);
    if (body !== undefined) await this.write(body);
    return this;
  }

  /** Types an address into "to", "cc" or "bcc" and makes a chip of it. */
  async addRecipient(field, address) {
    const input = this.find(`[name=${field}] input[type=text], textarea[name=${field}]`).first();
    if (!(await input.isVisible())) await this.reveal(field);
    await input.fill(address);
    await input.press("Enter");
  }

  /** Shows the Cc or Bcc row, or the recipients of an answer that are folded into one line. */
  async reveal(field) {
    const collapsed = this.find(".oL.aDm");
    if (await collapsed.isVisible()) await collapsed.click();
    const adder = this.find({ cc: ".aB.gQ.pE", bcc: ".aB.gQ.pB" }[field] ?? ".none");
    if (await adder.isVisible()) await adder.click();
  }

  /** Types at the beginning of the body. */
  async write(body) {
    if (await this.plainBody.isVisible()) {
      await this.plainBody.fill([body].flat().map((part) => part.text ?? part).join(""));
      return;
    }
    await this.body.click();
    await this.page.keyboard.press("Control+Home");
    for (const part of [body].flat()) {
      if (typeof part === "string") await this.page.keyboard.insertText(part);
      else await this.insertLink(part);
    }
  }

  /** Puts a link where the caret is. The page's own dialog cannot be asked for a text, so the nodes are made here. */
  async insertLink({ text, href }) {
    await this.body.evaluate(
      (body, { text, href }) => {
        const link = document.createElement("a");
        link.href = href;
        link.textContent = text;
        const range = getSelection().getRangeAt(0);
        range.insertNode(link);
        range.setStartAfter(link);
        range.collapse(true);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        body.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertLink" }));
      },
      { text, href },
    );
  }

  /** Shows the quote that stands behind the three dots. */
  async unfold() {
    await this.find(".ajR").click();
  }

  /** Full screen, or back. Only a docked compose has it. */
  async fullScreen() {
    const dialog = this.page.getByRole("dialog").filter({ has: this.root });
    await this.gmail.find(".Hq", dialog).click();
  }

  /** Moves it into a window of its own; gives it there. */
  async popOut() {
    const dialog = this.page.getByRole("dialog").filter({ has: this.root });
    const opened = this.page.context().waitForEvent("page");
    await this.gmail.find(".Hq", dialog).click({ modifiers: ["Shift"] });
    const gmail = await Gmail.of(await opened);
    await gmail.composes().first().waitFor();
    return gmail.newest();
  }

  /** Waits until Gmail has saved a draft that holds `words`. */
  async saved(sim, address, words) {
    const id = await this.draft();
    return until(
      async () => (await sim.mailbox(address)).find((it) => it.id === id && JSON.stringify(it).includes(words)),
      { what: "the saved draft" },
    );
  }

  /** Sends it: by "mouse", "keys" (Ctrl+Enter in the body), "enter" or "space" (on the button), or "archive". */
  async send(by = "mouse") {
    if (by === "mouse") await this.sendButton.click();
    else if (by === "archive") await this.archiveButton.click();
    else if (by === "keys") await this.writingPlace().then((place) => place.press("Control+Enter"));
    else await this.sendButton.press({ enter: "Enter", space: "Space" }[by]);
  }

  async writingPlace() {
    return (await this.plainBody.isVisible()) ? this.plainBody : this.body;
  }

  /** Gmail's own "Schedule send", with the first of its presets. */
  async schedule() {
    await this.find("[role=button][aria-haspopup=true].hG").click();
    await this.page.locator('[role=menuitem][selector="scheduledSend"]:visible').click();
    await this.gmail.find('[role="dialog"] [role="menuitem"].Az').first().click();
  }

  /** Throws the draft away. */
  async discard() {
    await this.find("[role=button].oh").click();
  }

  /** Save and close, for a docked compose. */
  async close() {
    const dialog = this.page.getByRole("dialog").filter({ has: this.root });
    await this.gmail.find(".Ha", dialog).click();
  }

  /** Waits until it is gone from the page. */
  async gone() {
    await this.root.waitFor({ state: "detached" });
  }
}
