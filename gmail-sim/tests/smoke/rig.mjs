// A simulator and a Chromium on it, for the tests of this folder.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// playwright-core is installed once, with the end-to-end tests.
const { chromium } = createRequire(new URL("../../../tests/package.json", import.meta.url))("playwright-core");

const BINARY = process.env.GMAIL_SIM ?? new URL("../../../target/debug/gmail-sim", import.meta.url).pathname;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Starts everything; `stop` ends it. */
export async function start() {
  const sim = spawn(BINARY, ["--mails", "none", ...(process.env.GMAIL_SIM_WEB ? ["--web", process.env.GMAIL_SIM_WEB] : [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await Promise.race([
    new Promise((resolve) => createInterface(sim.stdout).once("line", (text) => resolve([text]))),
    new Promise((_, reject) => sim.once("exit", (code) => reject(new Error(`gmail-sim ended with ${code}`)))),
  ]);
  const ports = JSON.parse(line);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP mail.google.com 127.0.0.1:${ports.page}, MAP *.googleusercontent.com 127.0.0.1:${ports.page}, MAP * ~NOTFOUND , EXCLUDE 127.0.0.1`,
      `--ignore-certificate-errors-spki-list=${ports.spki}`,
      "--ignore-certificate-errors",
    ],
  });
  const control = async (path, body) => {
    const response = await fetch(
      `http://127.0.0.1:${ports.control}${path}`,
      body === undefined
        ? {}
        : {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          },
    );
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const pictures = await pictureServer();
  return {
    ports,
    browser,
    control,
    pictures,
    async stop() {
      await browser.close();
      pictures.server.close();
      sim.kill("SIGTERM");
      await new Promise((resolve) => sim.once("exit", resolve));
    },
  };
}

const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** An origin for pictures and links that keeps what was asked of it. */
async function pictureServer() {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url, headers: request.headers });
    if (request.url.startsWith("/go")) {
      response.writeHead(302, { location: "https://elsewhere.example/" }).end();
    } else {
      const cache = request.url.startsWith("/kept")
        ? "public, max-age=600"
        : "no-cache, no-store, max-age=0, must-revalidate, private";
      response.writeHead(200, { "content-type": "image/gif", "content-length": GIF.length, "cache-control": cache }).end(GIF);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, requests, url: `http://127.0.0.1:${server.address().port}` };
}

/** Waits until `look` gives something true, and gives that. */
export async function until(look, what) {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
