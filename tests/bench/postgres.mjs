// On PostgreSQL: durable pixel hits beside nginx, and two backends on one server beside one. The server is a fresh cluster of the
// installed version on 127.0.0.1, with its defaults, so that a commit is on its disk (fsync, synchronous_commit).
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Backend, Program, freePort, run, until } from "../lib/harness.mjs";
import { ADDRESSES, asking, hits, load, memory } from "./hits.mjs";
import { median } from "./stats.mjs";

/** What all backends of one database share. */
const KEYS = ["mint.root", "master.key"];

/** The folder of PostgreSQL's programs: the newest that the system has, unless told. */
async function programs() {
  if (process.env.POSTGRES_BIN) return process.env.POSTGRES_BIN;
  const root = "/usr/lib/postgresql";
  const versions = (await readdir(root).catch(() => [])).map(Number).filter(Number.isFinite);
  return versions.length ? `${root}/${Math.max(...versions)}/bin` : undefined;
}

/** A server of its own. It refuses to run as root: then it runs as the system's user for it. */
class Server {
  static async start() {
    const bin = await programs();
    if (!bin) return undefined;
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), "waxwing-pg-"));
    server.port = await freePort();
    const root = process.getuid() === 0;
    if (root) await done("chown", ["postgres:", server.folder]);
    const as = root ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] : [];
    server.command = (name, args) => [...as, join(bin, name), ...args];
    const data = join(server.folder, "data");
    const [initdb, ...made] = server.command("initdb", ["-D", data, "-U", "waxwing", "-A", "trust", "--locale=C", "-E", "UTF8"]);
    await done(initdb, made, { cwd: server.folder });
    const [postgres, ...args] = server.command("postgres", ["-D", data, "-p", String(server.port), "-k", server.folder, "-h", "127.0.0.1"]);
    server.program = new Program(postgres, args, { cwd: server.folder });
    server.version = (await run(join(bin, "postgres"), ["--version"])).stdout.trim();
    await until(
      async () => {
        if (!server.program.running) throw new Error(server.program.stderr);
        return (await server.sql("postgres", "SELECT 1")) === "1";
      },
      { what: "PostgreSQL" },
    );
    return server;
  }

  async sql(database, statement) {
    const args = ["-h", "127.0.0.1", "-p", String(this.port), "-U", "waxwing", "-d", database, "-Atqc", statement];
    return done(join(await programs(), "psql"), args, { cwd: this.folder });
  }

  /** The address of a new, empty database. */
  async database(name) {
    await this.sql("postgres", `CREATE DATABASE ${name}`);
    return `postgres://waxwing@127.0.0.1:${this.port}/${name}`;
  }

  async dispose() {
    // Fast: connections are cut.
    await this.program.end("SIGINT");
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs to its end; what it printed. */
async function done(command, args, options) {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout.trim();
}

/** A data folder whose backend, and whose commands, use this database; with the keys of the folder `like`. */
async function dataFolder(root, url, like) {
  const dataDir = await mkdtemp(join(root, "node-"));
  await writeFile(join(dataDir, "waxwing.toml"), `database = "${url}"\n`);
  for (const key of like ? KEYS : []) await cp(join(like, key), join(dataDir, key));
  return dataDir;
}

/** Hits a second on one backend, and on two at once; in turn. */
async function nodes(root, url, { rounds, seconds }) {
  const one = await Backend.start({ dataDir: await dataFolder(root, url) });
  const two = await Backend.start({ dataDir: await dataFolder(root, url, one.dataDir) });
  try {
    const script = await asking(root, await one.mint(ADDRESSES));
    const measured = { alone: [], together: [] };
    for (let round = 0; round < rounds; round += 1) {
      measured.alone.push([await load(one.url, script, seconds)]);
      // The same load, half of it to each.
      const half = ["-t1", "-c64", "--latency"];
      measured.together.push(await Promise.all([one, two].map(({ url }) => load(url, script, seconds, half))));
    }
    const rate = (round) => round.reduce((sum, it) => sum + it.rate, 0);
    return {
      ratio: median(measured.together.map((round, n) => rate(round) / rate(measured.alone[n]))),
      alone: median(measured.alone.map(rate)),
      together: median(measured.together.map(rate)),
      wrong: [...measured.alone, ...measured.together].flat().reduce((sum, { wrong }) => sum + wrong, 0),
      peak: Math.max((await memory(one.program.pid)).peak, (await memory(two.program.pid)).peak),
    };
  } finally {
    await one.dispose();
    await two.dispose();
  }
}

/** All of it; `undefined` where PostgreSQL is not installed. */
export async function postgres({ rounds = 5, seconds = 6 } = {}) {
  const server = await Server.start();
  if (!server) return undefined;
  const root = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  try {
    const load = await hits({ rounds, seconds, dataDir: await dataFolder(root, await server.database("alone")) });
    const both = await nodes(root, await server.database("shared"), { rounds, seconds });
    return { version: server.version, load, nodes: both };
  } finally {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  }
}
