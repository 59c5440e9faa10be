// Durable pixel hits per second, beside nginx's `empty_gif` with its access log on the same machine in the same run. The
// rounds alternate, so that a slow minute of the machine hits both; what is reported is the median of the rounds' ratios. The backend
// moves hits into its database and judges them behind its answers: nginx has its turn when that is done, and how long it takes is told.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { Backend, Program, freePort, run, until, waxwingBin } from "../lib/harness.mjs";
import { median, milliseconds } from "./stats.mjs";

/** How the load is made. */
export const WRK = ["-t1", "-c128", "--latency"];
/** How many different addresses it asks for. */
export const ADDRESSES = 2_000;

/** Resident memory of a process and its peak, in MiB. */
export async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]);
  return { now: kib("VmRSS") / 1024, peak: kib("VmHWM") / 1024 };
}

async function startNginx(folder) {
  const port = await freePort();
  const config = join(folder, "nginx.conf");
  // As a careful operator would have it: one worker a core, connections kept, an access log.
  await writeFile(
    config,
    `daemon off;
worker_processes auto;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  keepalive_requests 1000000000;
  server { listen 127.0.0.1:${port}; location / { empty_gif; } }
}
`,
  );
  const command = process.env.NGINX ?? "/usr/sbin/nginx";
  const program = new Program(command, ["-c", config, "-p", folder]);
  await until(
    async () => {
      if (!program.running) throw new Error(program.stderr);
      return (await fetch(`http://127.0.0.1:${port}/x.gif`)).ok;
    },
    { what: "nginx" },
  );
  return { program, url: `http://127.0.0.1:${port}` };
}

/** One round of load on `url`. */
export async function load(url, script, seconds, wrk = WRK) {
  const { code, stdout, stderr } = await run("wrk", [...wrk, `-d${seconds}s`, "-s", script, url]);
  if (code !== 0) throw new Error(`wrk: ${stderr}`);
  const figure = (pattern) => pattern.exec(stdout)?.[1];
  // Not one answer.
  if (!Number(figure(/(\d+) requests in/))) throw new Error(`wrk got no answer:\n${stdout}`);
  return {
    rate: Number(figure(/Requests\/sec:\s+([\d.]+)/)),
    // At the beginning of its line: shares end in 99% too.
    p99: milliseconds(figure(/^\s+99%\s+(\S+)/m)),
    requests: Number(figure(/(\d+) requests in/)),
    wrong: Number(figure(/Non-2xx or 3xx responses: (\d+)/) ?? 0),
    broken: figure(/Socket errors: (.*)/),
  };
}

/** How many hits are stored. There may be millions: the lines are counted, not kept. */
async function countHits(backend) {
  const { code, stdout, stderr } = await run("sh", ["-c", '"$0" hits --data-dir "$1" | wc -l', waxwingBin(), backend.dataDir]);
  if (code !== 0) throw new Error(`waxwing hits: ${stderr}`);
  return Number(stdout);
}

/** A script for wrk that asks for these addresses in turn. */
export async function asking(folder, urls) {
  const script = join(folder, `paths-${urls.length}.lua`);
  const paths = urls.map((url) => JSON.stringify(new URL(url).pathname));
  await writeFile(
    script,
    `local paths = {${paths.join(",")}}
local at = 0
request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end
`,
  );
  return script;
}

/** Processor time of a process so far, in seconds. */
async function used(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/**
 * Waits until the process has caught up with what it does behind its answers, so that the next server has the machine to itself;
 * gives the seconds that took.
 */
async function rested(pid) {
  const began = performance.now();
  for (let before = await used(pid); ; ) {
    await setTimeout(500);
    const now = await used(pid);
    if (now - before < 0.02) return (performance.now() - began) / 1000;
    before = now;
  }
}

/** Runs `rounds` of `seconds` each, both servers in turn. `options`: how the backend is started. */
export async function hits({ rounds = 5, seconds = 6, ...options } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  const backend = await Backend.start(options);
  const nginx = await startNginx(folder);
  try {
    const idle = await memory(backend.program.pid);
    const script = await asking(folder, await backend.mint(ADDRESSES));
    const measured = { ours: [], nginx: [] };
    for (let round = 0; round < rounds; round += 1) {
      const ours = await load(backend.url, script, seconds);
      ours.behind = await rested(backend.program.pid);
      measured.ours.push(ours);
      measured.nginx.push(await load(nginx.url, script, seconds));
    }
    const answered = measured.ours.reduce((sum, { requests }) => sum + requests, 0);
    const stored = await countHits(backend);
    const rates = (who) => median(measured[who].map(({ rate }) => rate));
    return {
      rounds,
      seconds,
      ours: { rate: rates("ours"), p99: median(measured.ours.map(({ p99 }) => p99)) },
      nginx: { rate: rates("nginx"), p99: median(measured.nginx.map(({ p99 }) => p99)) },
      ratio: median(measured.ours.map(({ rate }, round) => rate / measured.nginx[round].rate)),
      // All of it: answered, in the table and judged.
      through: median(measured.ours.map(({ requests, behind }) => requests / (seconds + behind))),
      answered,
      stored,
      wrong: measured.ours.reduce((sum, { wrong }) => sum + wrong, 0),
      broken: measured.ours.map(({ broken }) => broken).filter(Boolean),
      memory: { idle: idle.now, peak: (await memory(backend.program.pid)).peak },
    };
  } finally {
    await nginx.program.end("SIGTERM");
    await backend.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}
