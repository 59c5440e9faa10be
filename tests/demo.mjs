// `./build.sh demo`: backend, simulated Gmail and a Chromium with the extension, to try the product without a Google
// account. Some mails were sent already, and readers and machines have come to them; the extension is connected to nothing:
// that is the first thing to try. Ends with the window or with Ctrl-C, and leaves nothing behind.
import { createInterface } from "node:readline";

import { Backend, Browser, GmailSim, Writer } from "./lib/harness.mjs";
import { LISTS, histories } from "./lib/histories.mjs";
import { asGoogle } from "./lib/later.mjs";

const DEBUG_PORT = 9222;
/** Who comes to mails besides their readers in Gmail. */
const VISITORS = ["prefetch", "apple-relay", "outlook", "yahoo", "browser", "scanner", "barracuda", "microsoft-filter"];
const screen = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

const sim = await GmailSim.start({ mails: "demo", settings: { undoSeconds: 5 } });
const backend = await Backend.start({ trusting: true, lists: LISTS, env: asGoogle(sim) });
await histories(new Writer({ sim }, await backend.device("demo", "The demo itself")));
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
  3. Press the clock beside Send: connect the mailbox (the simulator stands in for Google and asks for the rights), then write
     "in 1 minute". The mail goes out at its time, with Gmail's tab closed too; the popup's "Scheduled" has its story.
  4. Be the recipient, or somebody on the way, here:
       open ${accounts[1].address}     their Gmail shows the newest mail: pictures load through the proxy
       click ${accounts[1].address}    they follow its first link (within 5 s of sending nobody is that fast)
       NAME ${accounts[1].address}     comes to it: ${VISITORS.join(", ")}
     quit                 ends it
`);
if (!screen) {
  console.log(`  There is no display here, so Chromium has no window. From a Chrome on this machine look in through chrome://inspect,
  "Configure…", 127.0.0.1:${DEBUG_PORT}.
`);
}

async function act(command, address) {
  await sim.flush();
  const newest = (await sim.mailbox(address)).filter((message) => message.labels.includes("^i")).at(-1);
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
  const { pictures, links } = await sim.visit(address, newest, command);
  return console.log(`  ${newest.subject}: ${pictures.length} pictures loaded, ${links.length} links followed.`);
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const [command, address] = line.trim().split(/\s+/);
  try {
    if (command === "quit") await end();
    else if (command === "code") console.log(`  ${await backend.pair("demo")}`);
    else if (["open", "click", ...VISITORS].includes(command) && address) await act(command, address);
    else if (command) console.log(`  open ADDRESS, click ADDRESS, one of ${VISITORS.join(", ")} and ADDRESS, code, quit`);
  } catch (error) {
    console.log(`  ${error.message}`);
  }
});
