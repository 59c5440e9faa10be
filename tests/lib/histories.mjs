// Mails with a past, to look at: what the demo opens with, and what the pictures of the README show. Each was sent some time
// ago; who came to it comes now, from where such a visitor comes in reality.

import { bounce, letter, outOfOffice, remind, stands, waits } from "./remind.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Ranges for the backend's lists: a piece of Apple's relay, and of a data centre. */
export const LISTS = { "apple-proxy": ["104.28.0.0/16"], amazon: ["3.0.0.0/15"] };

const PLAN = ["The plan", "https://fjord.example/workshop/plan"];
const PRICES = ["Prices", "https://fjord.example/workshop/prices"];
const MAP = ["How to find us", "https://fjord.example/how-to-find-us"];

const ana = ["ana@quinta.example", "Ana Ruiz"];
const jonas = ["jonas@hafen.example", "Jonas Weber"];
const priya = ["priya@north.example", "Priya Nair"];
const claire = ["claire@atelier.example", "Claire Dubois"];
const tomas = ["tomas@quinta.example", "Tomás Oliveira"];
const ben = ["b.okafor@acme.example", "Ben Okafor"];
const kenji = ["kenji@sora.example", "Kenji Mori"];
const buyers = ["procurement@northwind.example"];

/** Who got what, how long ago, and who came to it. */
const MAILS = [
  { to: [kenji], subject: "Dates for the workshop", ago: 9 * DAY, links: [PLAN], come: (w, it) => w.visit(it, "yahoo") },
  { to: [ben], subject: "Invoice 2026-108", ago: 4 * DAY + 5 * HOUR, links: [] },
  { to: [tomas], subject: "Minutes and next steps", ago: 52 * HOUR, links: [PLAN], come: (w, it) => w.visit(it, "apple-relay") },
  {
    to: [claire], subject: "Photos for the brochure", ago: 27 * HOUR, links: [],
    come: (w, it) => w.visit(it, "browser", { from: "3.0.7.7", pictures: true, links: [] }),
  },
  { to: [buyers], subject: "Security questionnaire, answers attached", ago: 7 * HOUR, links: [PLAN, PRICES, MAP], come: (w, it) => w.visit(it, "scanner") },
  { to: [jonas, priya], subject: "Lease renewal, Hafenstraße 12: second draft", ago: 4 * HOUR, links: [MAP], come: (w, it) => w.visit(it, "outlook") },
  {
    to: [ana], subject: "Offer for the March workshop", ago: HOUR, links: [PLAN, PRICES],
    text: "Dear Ana, here is what we spoke about. Tell me if the second day is too full.",
    come: async (w, it) => {
      await w.prefetch(it);
      await w.visit(it, "barracuda");
      await w.visit(it, "apple-relay");
      await w.open(it);
      await w.click(it, 0);
    },
  },
];

/** Sends them all; gives them by subject. */
export async function histories(writer) {
  const sent = {};
  for (const { come, ...mail } of MAILS) {
    const it = await writer.send(mail);
    sent[mail.subject] = it;
    await come?.(writer, it);
  }
  return sent;
}

/**
 * What became of some of these mails: one is back since nobody answered, one was answered, one did not arrive, one waits for somebody
 * who is away, one for a reminder. `owner`'s mailbox is connected.
 */
export async function answers(writer, sent, owner) {
  const { sim, device } = writer;
  const reminding = async (mail, at) => {
    const content = { subject: mail.subject, recipients: mail.people.map((person) => ({ kind: "to", ...person })), links: [] };
    const gmail = { legacy_thread: mail.message.legacyThread, legacy_message: mail.message.legacy };
    await remind(device, { message: mail.id, sender: owner, sent_at: mail.at, gmail, content }, at);
  };
  const back = sent["Invoice 2026-108"];
  const answered = sent["Minutes and next steps"];
  const lost = sent["Photos for the brochure"];
  const away = sent["Lease renewal, Hafenstraße 12: second draft"];
  await reminding(sent["Dates for the workshop"], Date.now() + 3 * DAY);
  await reminding(away, Date.now() + DAY);
  const to = owner;
  const comes = (raw) => sim.deliverRaw(owner, raw);
  const original = ({ message }) => message.rfcId;
  await comes(letter({ from: "Tomás Oliveira <tomas@quinta.example>", to, subject: `Re: ${answered.subject}`, text: "Fine with me. See you on Thursday.", answers: original(answered) }));
  await comes(bounce({ failed: lost.to, to, original: original(lost) }));
  const until = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" }).format(Date.now() + 6 * DAY);
  const text = `Thank you for your mail. I am out of the office until ${until}.`;
  await comes(outOfOffice({ from: "Jonas Weber <jonas@hafen.example>", to, subject: away.subject, text, answers: original(away) }));
  // Before it comes the mailbox is looked at: all of that is known by then.
  await reminding(back, Date.now() + 1_000);
  await stands(device, back.id, "back", { timeout: 60_000 });
  await waits(device, away.id, "the absence", ({ away_until }) => away_until, { timeout: 60_000 });
}

/**
 * A month of mails, for totals: some read, some clicked, some hidden, and a house whose filter touches everything at once.
 * Gives how many were clicked.
 */
export async function month(writer) {
  const people = [ana, tomas, jonas, priya, claire, kenji, ben];
  let clicked = 0;
  for (let n = 0; n < 84; n++) {
    const to = [people[(n * 3) % people.length]];
    // More on some days than on others.
    const day = 1 + ((n * 17 + (n % 4)) % 29);
    const it = await writer.send({ to, subject: `Workshop, note ${n + 1}`, ago: day * DAY + (n % 9) * HOUR, links: [PLAN] });
    if (n % 9 === 3) await writer.visit(it, "apple-relay");
    else if (n % 11 === 5) await writer.prefetch(it);
    else if (n % 2 === 0) await writer.open(it);
    if (n % 8 === 2) {
      await writer.click(it);
      clicked += 1;
    }
  }
  for (let n = 0; n < 13; n++) {
    const it = await writer.send({ to: [buyers], subject: `Order ${4_400 + n}`, ago: 1_000, links: [PLAN, PRICES] });
    await writer.visit(it, "scanner");
  }
  return clicked;
}
