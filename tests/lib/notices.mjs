// What the extension shows as notifications. A browser tells only their ids, so what is in them is read where the worker
// hands them over; clicks are played where the browser would tell of them.
import { until } from "./wait.mjs";

export class Notices {
  /** Listens in the worker that runs now; after the worker's end, listen anew. What was heard before is kept. */
  static async of(browser) {
    const notices = new Notices();
    notices.browser = browser;
    notices.earlier = [];
    await notices.listen();
    return notices;
  }

  async listen() {
    const worker = await this.browser.worker();
    // Asked before the wake, so that it is there when the worker's script begins: an ended worker answers only once it runs again.
    const listening = worker.evaluate(() => {
      if (globalThis.heardNotices) return;
      globalThis.heardNotices = [];
      const { create } = chrome.notifications;
      chrome.notifications.create = (...args) => {
        const [id, options] = typeof args[0] === "string" ? args : ["", args[0]];
        globalThis.heardNotices.push({ id, ...options });
        return create.apply(chrome.notifications, args);
      };
    });
    await this.browser.wakeWorker();
    await listening;
  }

  /** All that were shown, oldest first, as `{id, title, message, …}`; one that was shown again in place is there again. */
  async all() {
    const worker = await this.browser.worker();
    return [...this.earlier, ...(await worker.evaluate(() => globalThis.heardNotices ?? []))];
  }

  /** The words of all that were shown. */
  async words() {
    return (await this.all()).map(({ title, message, contextMessage, items }) =>
      [title, message, contextMessage, ...(items ?? []).map((item) => `${item.title} ${item.message}`)].filter(Boolean).join(" | "),
    );
  }

  /** The ids of those that stand on the screen now. */
  async standing() {
    const worker = await this.browser.worker();
    return worker.evaluate(async () => Object.keys(await chrome.notifications.getAll()));
  }

  /** Waits for `n` of them, and gives them. */
  async come(n, more = {}) {
    const enough = async () => {
      const all = await this.all();
      return all.length >= n && all;
    };
    try {
      return await until(enough, { what: `${n} notifications`, timeout: 25_000, ...more });
    } catch (error) {
      throw new Error(`${error.message}; heard: ${JSON.stringify(await this.words())}`, { cause: error });
    }
  }

  /** Ends the worker, as Chromium does, and listens in the next one. */
  async throughWorkersEnd() {
    this.earlier = await this.all();
    await this.browser.stopWorkers();
    await this.listen();
  }

  /** A person clicks one. */
  async click(id) {
    const worker = await this.browser.worker();
    await worker.evaluate((it) => chrome.notifications.onClicked.dispatch(it), id);
  }
}
