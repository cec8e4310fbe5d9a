/**
 * The cache is never stale: random edits of a random build against runs from scratch, runs that are
 * killed, and runs at once. `CACHE_ROUNDS=200` makes these tests longer.
 */
import { assertEquals } from "@std/assert";
import { TestSpace } from "../../support/command.ts";
import { bounded } from "../../support/bounded.ts";

const ROUNDS = Number(Deno.env.get("CACHE_ROUNDS") || 12);
const TASKS = 8;

/** A generator of random numbers below a limit: mulberry32. */
function randomFrom(seed: number): (limit: number) => number {
  return (limit) => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) % limit;
  };
}

/**
 * A build of tasks that depend on earlier ones. Each task joins its sources, the results of its
 * dependencies, and files that these wrote; it writes one file for each of its sources.
 */
function buildModule(random: (limit: number) => number): string {
  const tasks = Array.from({ length: TASKS }, (_, i) => {
    const after = Array.from({ length: i }, (_, j) => j).filter(() => random(3) === 0);
    const isCached = random(6) > 0;
    return { i, after, isCached, usesEnv: random(3) === 0, usesState: random(3) === 0 };
  });
  return `
  import { suffix } from "./lib.ts";
  const names = (folder) => {
    try { return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(); } catch { return []; }
  };
  function build(state, task, { i, after, usesEnv, usesState }) {
    const sources = names("src/" + i).map((name) => [name, Deno.readTextFileSync("src/" + i + "/" + name)]);
    const before = after.flatMap((j) =>
      names("out/t" + j).map((name) => Deno.readTextFileSync("out/t" + j + "/" + name)));
    const results = after.map((_, at) => task.results[at]);
    const text = JSON.stringify([sources, before.map((it) => it.length), results, usesEnv && Deno.env.get("MODE"),
      usesState && state.mode, suffix]);
    Deno.mkdirSync("out/t" + i, { recursive: true });
    for (const [name] of sources) Deno.writeTextFileSync("out/t" + i + "/" + name, name + text);
    console.log(text.length);
    // Few different results, so that dependents are often left as they are.
    return { sum: text.length % 4, at: new Map([[text.length % 2, new Date(text.length % 3)]]) };
  }
  ${
    tasks.map((task) => {
      const cache = task.isCached
        ? `, cache: { files: ["src/${task.i}/**"], outputs: ["out/t${task.i}/**"],
            env: ${task.usesEnv ? `["MODE"]` : "[]"}, state: ${
          task.usesState ? `["mode"]` : "[]"
        } }`
        : "";
      // Results of tasks that are not cached do not show which files they wrote.
      const uncached = task.after.filter((j) => !tasks[j]!.isCached);
      const files = uncached.map((j) => `"out/t${j}/**"`).join();
      return `export const t${task.i} = mark({ after: [${task.after.map((j) => `t${j}`)}]${
        cache.replace(`"src/${task.i}/**"`, `"src/${task.i}/**"${files && `, ${files}`}`)
      } }, (state, task) => {
        ${
        task.isCached
          ? ""
          : `try { Deno.removeSync("out/t${task.i}", { recursive: true }); } catch { /* none */ }`
      }
        return build(state, task, ${JSON.stringify(task)});
      });`;
    }).join("\n")
  }`;
}

interface Inputs {
  mode: string;
  env: string;
}

/** A random edit, as a person or a tool makes it. */
async function edit(
  { folder }: TestSpace,
  random: (limit: number) => number,
  inputs: Inputs,
): Promise<void> {
  const path = (i = random(TASKS), n = random(3)) => `${folder}/src/${i}/${n}.txt`;
  const exists = (file: string) => Deno.stat(file).then(() => true, () => false);
  const file = path();
  switch (random(9)) {
    case 0:
    case 1:
    case 2:
      return await Deno.writeTextFile(file, String(random(3)).repeat(1 + random(3)));
    case 3:
      return await Deno.remove(file).catch(() => {});
    case 4:
      if (await exists(file)) await Deno.rename(file, path());
      return;
    case 5:
      if (await exists(file)) await Deno.utime(file, random(1e9), random(1e9));
      return;
    case 6:
      inputs.mode = String(random(3));
      inputs.env = String(random(3));
      return;
    case 7:
      return await Deno.writeTextFile(`${folder}/lib.ts`, `export const suffix = ${random(2)};`);
    case 8: {
      // Outputs are lost or damaged.
      const output = `${folder}/out/t${random(TASKS)}`;
      if (!await exists(output)) return;
      if (random(2) === 0) return await Deno.remove(output, { recursive: true });
      return await Deno.writeTextFile(`${output}/0.txt`, "damaged");
    }
  }
}

async function createBuild(seed: number, random: (limit: number) => number) {
  const space = await TestSpace.create();
  for (let i = 0; i < TASKS; i++) {
    await Deno.mkdir(`${space.folder}/src/${i}`, { recursive: true });
    await space.file(`src/${i}/0.txt`, String(seed));
  }
  await space.file("lib.ts", "export const suffix = 0;");
  await space.module("module.ts", buildModule(random));
  return space;
}

const args = (
  { mode }: Inputs,
) => ["module.ts", `--mode=${mode}`, "--reporter=json", "--state-out=state.json"];

/** The output files of a run, and what its events and results show. */
async function outcomeOf(space: TestSpace, inputs: Inputs, extra: readonly string[] = []) {
  const { code, stdout, stderr } = await space.tdrun([...args(inputs), ...extra], {
    MODE: inputs.env,
  });
  assertEquals(code, 0, stderr);
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const output = events.filter(({ type }) => type === "task-output")
    .map(({ task, text }) => `${task}: ${text}`).sort();
  const cached = events.filter((event) => event.cached).length;
  const state = await Deno.readTextFile(`${space.folder}/state.json`);
  return { cached, seen: { output, state, files: filesOf(`${space.folder}/out`) } };
}

function filesOf(folder: string, path = ""): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${path}`)) {
    const at = path === "" ? name : `${path}/${name}`;
    if (isDirectory) Object.assign(files, filesOf(folder, at));
    else files[at] = Deno.readTextFileSync(`${folder}/${at}`);
  }
  return files;
}

/** Removes all outputs and runs without the cache, in the same folder. */
async function fromScratch(space: TestSpace, inputs: Inputs) {
  await Deno.remove(`${space.folder}/out`, { recursive: true }).catch(() => {});
  return (await outcomeOf(space, inputs, ["--no-cache"])).seen;
}

Deno.test("A run with the cache equals a run from scratch after any edits", async () => {
  const seed = Number(Deno.env.get("CACHE_SEED") || crypto.getRandomValues(new Uint32Array(1))[0]);
  const random = randomFrom(seed);
  let cached = 0;
  let space = await createBuild(seed, random);
  let inputs = { mode: "0", env: "0" };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 25 === 24) { // another graph
        await space[Symbol.asyncDispose]();
        space = await createBuild(seed, random);
        inputs = { mode: "0", env: "0" };
      }
      for (let edits = 1 + random(4); edits > 0; edits--) await edit(space, random, inputs);
      const found = await outcomeOf(space, inputs);
      cached += found.cached;
      assertEquals(
        found.seen,
        await fromScratch(space, inputs),
        `CACHE_SEED=${seed}, round ${round}`,
      );
    }
  } finally {
    await space[Symbol.asyncDispose]();
  }
  // A cache that never hits would be never stale, too.
  if (ROUNDS >= 10) assertEquals(cached > ROUNDS, true, `${cached} hits in ${ROUNDS} rounds`);
});

Deno.test("A run that is killed at any moment leaves no stale or partial entry", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const random = randomFrom(seed);
  await using space = await createBuild(seed, random);
  const inputs = { mode: "0", env: "0" };
  for (let round = 0; round < ROUNDS; round++) {
    await edit(space, random, inputs);
    const run = space.start(args(inputs), { env: { MODE: inputs.env } });
    await new Promise((resolve) => setTimeout(resolve, 60 + random(240)));
    try {
      run.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await bounded(run.ended, "the end of a killed run");
    const { seen } = await outcomeOf(space, inputs);
    assertEquals(seen, await fromScratch(space, inputs), `seed ${seed}, round ${round}`);
  }
});

Deno.test("Two runs at once share a cache, and both have the outputs of a run from scratch", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const random = randomFrom(seed);
  await using space = await createBuild(seed, random);
  const inputs = { mode: "0", env: "0" };
  for (let round = 0; round < Math.ceil(ROUNDS / 4); round++) {
    await edit(space, random, inputs);
    const ends = await Promise.all(
      [0, 1].map(() => space.tdrun(args(inputs), { MODE: inputs.env })),
    );
    const { seen } = await outcomeOf(space, inputs);
    assertEquals(seen, await fromScratch(space, inputs), `seed ${seed}: ${ends[0]!.stderr}`);
  }
});
