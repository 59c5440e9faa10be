// Tracked mails without the page: minted, sent and registered as the extension does it, at any time of the past. For tests
// of what comes after sending; that the extension itself marks and registers mails is other tests' matter.
import { createHmac, randomUUID } from "node:crypto";

/** Marks mails for one paired account. */
export class Mint {
  /** `paired`: what `POST /pair` answered. */
  constructor(paired) {
    this.account = paired.account.id;
    this.minting = paired.minting;
    this.key = Buffer.from(paired.minting.mint_key, "base64url");
  }

  mac(length, purpose, id, more = "") {
    const full = createHmac("sha256", this.key).update(purpose).update(id).update(more).digest();
    return full.subarray(0, length);
  }

  /** A new message's id, pixel, links to `targets` and its recipient's page, as addresses. */
  marks(targets = []) {
    const { tracking_url: url, epoch } = this.minting;
    const id = randomUUID();
    const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
    const token = Buffer.concat([Buffer.from([epoch]), bytes, this.mac(7, "open", bytes)]).toString("base64url");
    const link = (target) => {
      const mac = this.mac(12, "click", bytes, target).toString("base64url");
      return `${url}/c/${this.account}/${token}/${mac}?u=${encodeURIComponent(target)}`;
    };
    const page = `${url}/r/${this.account}/${token}/${this.mac(12, "consent", bytes).toString("base64url")}`;
    return { id, epoch, pixel: `${url}/o/${this.account}/${token}.gif`, links: targets.map(link), page };
  }
}

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** Sends tracked mails of one account: `world` is the harness's, `device` one that is paired with its backend. */
export class Writer {
  constructor({ sim }, device, sender = "mara@fjord.example") {
    this.sim = sim;
    this.device = device;
    this.sender = sender;
    this.mint = new Mint(device.paired);
  }

  /**
   * Sends a mail `ago` milliseconds ago. `to` is an address or a list of addresses and `[address, name]`; `links` are
   * targets or `[text, target]`. Gives `{id, pixel, links, thread, own, to, copies, …}`: Waxwing's id, the addresses in it, Gmail's legacy thread
   * id, the permanent id in Sent, the first recipient, and where the copies lie.
   */
  async send({ to, subject, links = [], ago = 3_600_000, text = "Hello,", registered = true }) {
    const people = asPeople(to);
    const at = Date.now() - ago;
    const named = links.map((link, n) => (Array.isArray(link) ? { text: link[0], target: link[1] } : { text: `Link ${n + 1}`, target: link }));
    const marks = this.mint.marks(named.map(({ target }) => target));
    const anchors = marks.links.map((href, n) => `<p><a href="${escape(href)}">${escape(named[n].text)}</a></p>`).join("");
    const html = `<div dir="ltr"><p>${escape(text)}</p>${anchors}<img src="${escape(marks.pixel)}" width="1" height="1" alt=""></div>`;
    const { message, delivered } = await this.sim.post("/sent", { from: this.sender, to: people, subject, html, at });
    const mail = { ...marks, at, subject, thread: message.legacyThread, own: message.id, to: people[0].address, copies: delivered, message, people, named };
    if (registered) await this.register(mail);
    return mail;
  }

  /** Tells the backend of a mail. */
  async register({ id, epoch, at, subject, message, people, named }) {
    const answer = await this.device.call("PUT", `/messages/${id}`, {
      epoch,
      sent_at: at,
      sender: this.sender,
      gmail: { draft: message.id, thread: message.thread, legacy_thread: message.legacyThread, legacy_message: message.legacy, rfc_id: message.rfcId },
      content: {
        subject,
        recipients: people.map((person) => ({ kind: "to", ...person })),
        links: named,
      },
    });
    if (answer.status >= 300) throw new Error(`registering ${subject}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** A recipient's copy: the first's unless an address is given. */
  copy(mail, address = mail.to) {
    return mail.copies.find((copy) => copy.address === address).message;
  }

  /** Somebody comes to a mail from outside Gmail: `as` and the rest are gmail-sim's. */
  visit(mail, as, more = {}) {
    return this.sim.visit(mail.to, this.copy(mail), as, more);
  }

  /** The recipient opens it in Gmail. */
  open(mail, more = {}) {
    return this.sim.open(mail.to, this.copy(mail), more);
  }

  /** Gmail loads its pictures ahead. */
  prefetch(mail) {
    return this.sim.prefetch(mail.to, this.copy(mail));
  }

  /** A person follows the `n`th link. */
  click(mail, n = 0, more = {}) {
    return this.sim.click(mail.to, this.copy(mail), n, more);
  }

  /** What the backend says of a mail: `GET /messages/{id}`. */
  async detail(mail) {
    return (await this.device.call("GET", `/messages/${mail.id}`)).body;
  }

  /** What came of it. */
  async activity(mail) {
    return (await this.detail(mail)).activity;
  }
}

function asPeople(to) {
  const list = Array.isArray(to) ? to : [to];
  return list.map((person) => (Array.isArray(person) ? { address: person[0], name: person[1] } : { address: person }));
}
