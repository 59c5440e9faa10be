// Programs that a test starts: their output is kept, and they are ended by their own handle.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

import { within } from "./wait.mjs";

/** A running program. `stdout` and `stderr` hold all that it has printed. */
export class Program {
  stdout = "";
  stderr = "";

  constructor(command, args, { env = {}, cwd } = {}) {
    this.child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout.setEncoding("utf8").on("data", (text) => (this.stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => resolve({ code, signal }));
    });
    // Whoever awaits it sees the error; nobody has to.
    this.ended.catch(() => {});
  }

  get pid() {
    return this.child.pid;
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The first whole line on stdout. */
  async firstLine() {
    while (!this.stdout.includes("\n")) {
      await within(Promise.race([once(this.child.stdout, "data"), this.ended]), "its first line");
      if (!this.running && !this.stdout.includes("\n")) throw new Error(`it ended at once: ${this.stderr || this.stdout}`);
    }
    return this.stdout.slice(0, this.stdout.indexOf("\n"));
  }

  /** Sends a signal and waits for the end, a minute at most: then it is killed, and that is an error. */
  async end(signal = "SIGTERM") {
    if (this.running) this.child.kill(signal);
    try {
      return await within(this.ended, `${this.child.spawnfile} after ${signal}`);
    } catch (error) {
      this.child.kill("SIGKILL");
      throw error;
    }
  }
}

/** Runs a program to its end. */
export async function run(command, args, options) {
  const program = new Program(command, args, options);
  const { code } = await program.ended;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
