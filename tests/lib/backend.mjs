// The real backend, in a folder of its own, on a port that stays the same over restarts.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MovableClock } from "./clock.mjs";
import { waxwingBin } from "./paths.mjs";
import { Program, freePort, run } from "./process.mjs";
import { until } from "./wait.mjs";

export class Backend {
  /**
   * Starts one. `args` go to `serve`; `dataDir` and `port` are made up unless given. `trusting`: it believes what the
   * simulator says of where requests come from. `lists`: address lists to import first, `{set: [CIDR]}`. `clock`: its clock can be
   * moved, by [`Backend.advance`].
   */
  static async start({ args = [], env = {}, dataDir, port, trusting = false, lists, clock = false } = {}) {
    const backend = new Backend();
    backend.ownsDataDir = dataDir === undefined;
    backend.dataDir = dataDir ?? (await mkdtemp(join(tmpdir(), "waxwing-")));
    backend.port = port ?? (await freePort());
    backend.args = trusting ? [...args, "--trusted-proxy", "127.0.0.1"] : args;
    backend.clock = clock ? await MovableClock.make() : undefined;
    backend.env = { ...env, ...backend.clock?.env };
    if (lists) await backend.importLists(lists);
    await backend.launch();
    return backend;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything that this and earlier runs wrote to stderr and stdout. */
  get log() {
    return this.earlier + this.program.stdout + this.program.stderr;
  }

  earlier = "";

  /** Starts it (again), and waits until it serves. */
  async launch() {
    const args = ["serve", "--data-dir", this.dataDir, "--listen", `127.0.0.1:${this.port}`, ...this.args];
    this.program = new Program(waxwingBin(), args, { env: this.env });
    await until(
      async () => {
        if (!this.program.running) throw new Error(`the backend ended: ${this.program.stderr}`);
        return (await fetch(`${this.url}/healthz`)).ok;
      },
      { what: "the backend" },
    );
  }

  /** Its clock goes forward by so many milliseconds, and what became due by that is done soon after. */
  async advance(ms) {
    if (!this.clock) throw new Error("a backend that was started without a clock of its own");
    await this.clock.advance(ms, () => this.program.running && fetch(`${this.url}/healthz`));
  }

  /** What it takes for now. */
  now() {
    return this.clock?.now() ?? Date.now();
  }

  /** Runs a subcommand on this backend's data; fails when it fails. */
  async command(...args) {
    const { code, stdout, stderr } = await run(waxwingBin(), [args[0], "--data-dir", this.dataDir, ...args.slice(1)]);
    if (code !== 0) throw new Error(`waxwing ${args[0]} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Brings address lists, `{set: [CIDR]}`; a running backend takes them within a minute. */
  async importLists(lists) {
    const sets = Object.fromEntries(
      Object.entries(lists).map(([set, blocks]) => [
        set,
        { ipv4: blocks.filter((it) => !it.includes(":")), ipv6: blocks.filter((it) => it.includes(":")) },
      ]),
    );
    const file = join(this.dataDir, "import.json");
    await writeFile(file, JSON.stringify({ sets }));
    await this.command("lists", "import", file);
    await rm(file);
  }

  /** A fresh pairing code. */
  async pair(account = "mara") {
    return (await this.command("pair", "--account", account)).trim();
  }

  /** `n` pixel addresses of new messages. */
  async mint(n, account = "mara") {
    return (await this.command("mint", "--account", account, "-n", String(n))).split("\n").filter(Boolean);
  }

  /** All stored hits, oldest first. */
  async hits() {
    const lines = (await this.command("hits")).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }

  /** Pairs a device by the API alone; gives a client that carries its token. */
  async device(account = "mara", name = "test") {
    const code = await this.pair(account);
    const answer = await fetch(`${this.url}/api/v1/pair`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, device: name }),
    });
    if (!answer.ok) throw new Error(`pairing: ${answer.status}`);
    const paired = await answer.json();
    const call = async (method, path, body, more = {}) => {
      const headers = { authorization: `Bearer ${paired.device_token}`, ...more };
      if (body !== undefined) headers["content-type"] = "application/json";
      const reply = await fetch(`${this.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
      const text = await reply.text();
      return { status: reply.status, body: text ? JSON.parse(text) : undefined };
    };
    return { paired, call };
  }

  /** Ends it as an operator does, and gives its exit. */
  async stop() {
    const end = await this.program.end("SIGTERM");
    this.keepLog();
    return end;
  }

  /** Ends it as a power cut does. */
  async kill() {
    await this.program.end("SIGKILL");
    this.keepLog();
  }

  /** Stops it gracefully and starts it again. */
  async restart() {
    await this.stop();
    await this.launch();
  }

  keepLog() {
    this.earlier += this.program.stdout + this.program.stderr;
    this.program.stdout = "";
    this.program.stderr = "";
  }

  /** Stops it and removes its data. */
  async dispose() {
    if (this.program.running) await this.program.end("SIGKILL");
    if (this.ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
    await this.clock?.dispose();
  }
}
