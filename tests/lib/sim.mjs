// The simulated Gmail and a client of its control API. What each setting and call does: gmail-sim/README.md.
import { simBin } from "./paths.mjs";
import { Program } from "./process.mjs";
import { until } from "./wait.mjs";

export class GmailSim {
  /** Starts one. `settings` and `mails` ("none" or "demo") as in its README. */
  static async start({ settings = {}, mails = "none", args = [] } = {}) {
    const sim = new GmailSim();
    sim.program = new Program(simBin(), ["--mails", mails, "--settings", JSON.stringify(settings), ...args]);
    sim.ports = JSON.parse(await sim.program.firstLine());
    return sim;
  }

  /** The port of the page (TLS), to which Gmail's names are mapped. */
  get pagePort() {
    return this.ports.page;
  }

  /** Where the REST API and Google's authorisation are: what a backend is given as its Google. */
  get apiUrl() {
    return `http://127.0.0.1:${this.ports.api}`;
  }

  async get(path) {
    return this.call(path);
  }

  async post(path, body = {}) {
    return this.call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  }

  async call(path, init) {
    const answer = await fetch(`http://127.0.0.1:${this.ports.control}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`gmail-sim ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** Back to empty mailboxes and no requests, with these settings (and accounts). */
  reset(settings = {}, more = {}) {
    return this.post("/reset", { settings, ...more });
  }

  /** Changes some settings. */
  set(settings) {
    return this.post("/settings", settings);
  }

  /** The signed-in accounts, in the order of /u/0, /u/1, … */
  accounts() {
    return this.get("/accounts");
  }

  /** Every save and send call so far, with a summary of what was in it. */
  requests() {
    return this.get("/requests");
  }

  /** The messages of a mailbox, oldest first. */
  async mailbox(address) {
    return (await this.get(`/mailbox/${encodeURIComponent(address)}`)).messages;
  }

  /** Waits for the first message of a mailbox that `test` takes; undo windows are ended at once. */
  async arrived(address, test = () => true) {
    return until(
      async () => {
        await this.flush();
        return (await this.mailbox(address)).find((message) => message.labels.includes("^i") && test(message));
      },
      { what: `a mail for ${address}` },
    );
  }

  /** Puts a mail from outside into a mailbox. */
  deliver(mail) {
    return this.post("/deliver", mail);
  }

  /** The same as bytes; `more`: `{at, read, spam}`. It is in the conversation of the mail that it refers to. */
  deliverRaw(address, raw, more = {}) {
    const query = new URLSearchParams({ address, ...more });
    return this.call(`/deliver-raw?${query}`, { method: "POST", headers: { "content-type": "message/rfc822" }, body: raw });
  }

  /** Somebody here sent a mail, perhaps some time ago: `{from, to: [{address, name?}], html, subject?, at?}`; gives it as it lies in Sent. */
  async sent(mail) {
    return (await this.post("/sent", mail)).message;
  }

  /** Ends all undo windows now. */
  flush() {
    return this.post("/flush");
  }

  /** A recipient opens a mail in Gmail: its pictures are fetched through the image proxy. */
  open(address, message, more = {}) {
    return this.post("/open", { address, message: message.id ?? message, ...more });
  }

  /** Gmail fetches the pictures before anybody opens the mail. */
  prefetch(address, message) {
    return this.post("/prefetch", { address, message: message.id ?? message });
  }

  /** A recipient follows the `n`th link; gives status and Location. */
  click(address, message, n = 0, more = {}) {
    return this.post("/click", { address, message: message.id ?? message, n, ...more });
  }

  /**
   * Somebody, or something, comes from outside Gmail: "apple-relay", "outlook", "scanner", …; `more` as in gmail-sim's README.
   * Gives `{pictures, links}` with the status of each.
   */
  visit(address, message, as, more = {}) {
    return this.post("/visit", { address, message: message.id ?? message, as, ...more });
  }

  /** What the image proxy fetched. */
  fetches() {
    return this.get("/proxy-fetches");
  }

  /** What should go wrong from now on. */
  faults(faults) {
    return this.post("/faults", faults);
  }

  /**
   * A draft as the page would save it: `{address, to, subject, html, cc?, bcc?, plain?, attachments?, thread?, draft?}`.
   * Gives its ids: `{draft, message, thread}` as the REST API names them, `id`, `permanentThread`, `rfcId`.
   */
  draft(draft) {
    return this.post("/draft", draft);
  }

  /** A refresh token for an account, without a browser: `{refreshToken, clientId, clientSecret}`. */
  grant(address, scope) {
    const query = new URLSearchParams(scope ? { address, scope } : { address });
    return this.get(`/grant?${query}`);
  }

  /** Every mail that was handed over to recipients, in order; of one account if it is named. */
  async sentLog(account) {
    const query = account ? `?account=${encodeURIComponent(account)}` : "";
    return (await this.get(`/sent-log${query}`)).mails;
  }

  /** Every call to the REST API and to the token endpoint: `{at, method, account, status, fault}`. */
  apiCalls() {
    return this.get("/api-calls");
  }

  /** What should go wrong with the REST API from now on; each rule as in gmail-sim's README. */
  apiFaults(...api) {
    return this.post("/faults", { api });
  }

  /** The person takes an app's rights back. */
  revokeGrant(address) {
    return this.post("/revoke-grant", { address });
  }

  /** The person changes the password: refresh tokens for mail die. */
  changePassword(address) {
    return this.post("/change-password", { address });
  }

  /** A mail's bytes as they lie in a mailbox. */
  async raw(address, message) {
    const query = new URLSearchParams({ address, message: message.id ?? message });
    const answer = await fetch(`http://127.0.0.1:${this.ports.control}/raw?${query}`);
    if (!answer.ok) throw new Error(`gmail-sim /raw: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async dispose() {
    await this.program.end("SIGTERM");
  }
}
