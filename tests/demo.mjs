// `./build.sh demo`: backend, simulated Gmail and a Chromium with the extension, to try the product without a Google
// account. Some mails were sent already; readers and machines have come to them, one was answered, and one is back since nobody
// did. The mailbox is connected to the backend, the extension to nothing: that is the first thing to try. Ends with the window or
// with Ctrl-C, and leaves nothing behind.
import { createInterface } from "node:readline";

import { Backend, Browser, GmailSim, Writer } from "./lib/harness.mjs";
import { LISTS, answers, histories } from "./lib/histories.mjs";
import { asGoogle, connectGmail } from "./lib/later.mjs";
import { bounce, letter, outOfOffice } from "./lib/remind.mjs";

const DEBUG_PORT = 9222;
/** Who comes to mails besides their readers in Gmail. */
const VISITORS = ["prefetch", "apple-relay", "outlook", "yahoo", "browser", "scanner", "barracuda", "microsoft-filter"];
const screen = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

const sim = await GmailSim.start({ mails: "demo", settings: { undoSeconds: 5 } });
const backend = await Backend.start({ trusting: true, lists: LISTS, env: asGoogle(sim) });
const owner = (await sim.accounts())[0].address;
const device = await backend.device("demo", "The demo itself");
const writer = new Writer({ sim }, device);
const sent = await histories(writer);
await connectGmail(device, owner);
await answers(writer, sent, owner);
const browser = await Browser.start({
  sim,
  lang: (process.env.LANG ?? "en").startsWith("de") ? "de" : "en",
  headless: !screen,
  args: screen ? ["--window-size=1280,900"] : [`--remote-debugging-port=${DEBUG_PORT}`],
});

let ending = false;
async function end() {
  if (ending) return;
  ending = true;
  await browser.dispose().catch(() => {});
  await sim.dispose();
  await backend.dispose();
  process.exit(0);
}
process.on("SIGINT", end);
process.on("SIGTERM", end);
browser.context.on("close", end);

const gmail = await browser.gmail();
for (const page of browser.context.pages()) if (page !== gmail.page) await page.close();
const accounts = await sim.accounts();

console.log(`
  A Gmail to play with is open as ${accounts[0].address}. It is gmail-sim at Gmail's address; nothing leaves this machine.

  Server address   ${backend.url}
  Pairing code     ${await backend.pair("demo")}   (type "code" for another one)

  1. Click Waxwing's icon (in the puzzle-piece menu), enter both, choose "Track every mail", and reload Gmail.
     Or open ${browser.origin}/popup.html
     Some mails were sent before: the popup tells what came of each, Gmail's Sent shows it beside the subjects.
  2. Send a mail, say to ${accounts[1].address}, with a link in it.
  3. Press the clock beside Send and write "in 1 minute". The mail goes out at its time, with Gmail's tab closed too; the popup's
     "Scheduled" has its story. (The mailbox is connected already. To see how that is done, disconnect it in the options: the
     simulator stands in for Google and asks for the right.)
  4. The mail on top of the inbox is one that nobody answered: open it. Press the bell beside Send, write "in 1 minute", and send: it
     comes back, unless somebody answers. The popup's "Waiting" has all that waits. Answers are known within 45 s.
  5. Be the recipient, or somebody on the way, here:
       open ${accounts[1].address}     their Gmail shows the newest mail: pictures load through the proxy
       click ${accounts[1].address}    they follow its first link (within 5 s of sending nobody is that fast)
       answer ${accounts[1].address}   they answer it
       away ${accounts[1].address}     their program answers: out of office for a week
       bounce ${accounts[1].address}   their mail server says that there is no such user
       NAME ${accounts[1].address}     comes to it: ${VISITORS.join(", ")}
     quit                 ends it
`);
if (!screen) {
  console.log(`  There is no display here, so Chromium has no window. From a Chrome on this machine look in through chrome://inspect,
  "Configure…", 127.0.0.1:${DEBUG_PORT}.
`);
}

/** What can come in, as a mail in bytes. */
const INCOMING = {
  answer: ({ subject, ...more }) => letter({ ...more, subject: `Re: ${subject}`, text: "Thank you, that is fine." }),
  away: (mail) => {
    const back = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(Date.now() + 7 * 86_400_000);
    return outOfOffice({ ...mail, text: `I am out of the office until ${back}.` });
  },
  bounce: ({ from, to, answers }) => bounce({ failed: from, to, original: answers }),
};

async function act(command, address) {
  await sim.flush();
  const inbox = (await sim.mailbox(address)).filter((message) => message.labels.includes("^i"));
  const newest = (command in INCOMING ? inbox.filter(({ from }) => from.address === owner) : inbox).at(-1);
  if (!newest) return console.log(`  ${address} has no mail.`);
  if (command === "open") {
    const { images } = await sim.open(address, newest);
    return console.log(`  ${newest.subject}: ${images.filter((image) => image.loaded).length} of ${images.length} pictures loaded.`);
  }
  if (command === "click") {
    const { status, location } = await sim.click(address, newest);
    return console.log(`  ${newest.subject}: ${status}, goes to ${location ?? "nowhere"}.`);
  }
  if (command === "prefetch") {
    const { images } = await sim.prefetch(address, newest);
    return console.log(`  ${newest.subject}: ${images} pictures loaded ahead.`);
  }
  if (command in INCOMING) {
    const at = { from: address, to: newest.from.address, subject: newest.subject, answers: newest.rfcId };
    await sim.deliverRaw(at.to, INCOMING[command](at));
    return console.log(`  ${newest.subject}: it is in the mailbox of ${at.to}.`);
  }
  const { pictures, links } = await sim.visit(address, newest, command);
  return console.log(`  ${newest.subject}: ${pictures.length} pictures loaded, ${links.length} links followed.`);
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const [command, address] = line.trim().split(/\s+/);
  try {
    if (command === "quit") await end();
    else if (command === "code") console.log(`  ${await backend.pair("demo")}`);
    else if (["open", "click", ...Object.keys(INCOMING), ...VISITORS].includes(command) && address) await act(command, address);
    else if (command) console.log(`  open, click, ${Object.keys(INCOMING).join(", ")}, ${VISITORS.join(", ")} and ADDRESS; code; quit`);
  } catch (error) {
    console.log(`  ${error.message}`);
  }
});
