/**
 * Registers a test for each kind of pool: threads, and an engine. Such a test asserts that a run is
 * the same on both; docs/scaling.md has the intended differences.
 *
 * The first test that needs the engine's server and worker starts them, and they serve all tests of
 * the file: a worker imports its module again for each run.
 */
import { TestSpace } from "./command.ts";
import { EngineRig } from "./engine_rig.ts";
import { isInstalled, PROGRAMS } from "./servers.ts";

/** A kind of pool to run tests on. */
export interface Way {
  /** Whether tasks run on an engine. */
  readonly isEngine: boolean;
  /** Whether tasks run on the main thread. */
  readonly isInline: boolean;
  /** Creates a folder for one test; `module.ts` in it runs on this kind of pool. */
  space(): Promise<TestSpace>;
}

/** Number of tasks that the worker runs at once: the maximum number of threads in these tests. */
const WORKERS = 4;
/** Lifetime of the worker in ms: longer than the tests of a file. */
const FILE_MS = 3_600_000;

const program = PROGRAMS.find(isInstalled);
let rig: Promise<EngineRig> | undefined;

const THREADS: Way = {
  isEngine: false,
  isInline: false,
  space: () => TestSpace.create(),
};
const PROCESSES: Way = { ...THREADS, space: () => TestSpace.create(["--isolate=process"]) };
const INLINE: Way = {
  isEngine: false,
  isInline: true,
  space: () => TestSpace.create(["--workers=0"]),
};
const ENGINE: Way = {
  isEngine: true,
  isInline: false,
  async space() {
    const { server, space } = await (rig ??= startRig());
    return space.shared([`--engine=${server.url}`]);
  },
};

/** Registers a test for threads and for an engine. */
export function inEachWay(name: string, fn: (way: Way) => Promise<void>): void {
  Deno.test(name, () => fn(THREADS));
  const why = program ? "" : ` (left out: no ${PROGRAMS[0]}; apt-get install ${PROGRAMS[0]})`;
  Deno.test({
    name: `${name}; on an engine${why}`,
    ignore: program === undefined,
    // The server and the worker outlive each test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => fn(ENGINE),
  });
}

/** Registers a test for threads and an engine, and also for processes and the main thread. */
export function inEveryWay(name: string, fn: (way: Way) => Promise<void>): void {
  inEachWay(name, fn);
  Deno.test(`${name}; in processes`, () => fn(PROCESSES));
  Deno.test(`${name}; on the main thread`, () => fn(INLINE));
}

async function startRig(): Promise<EngineRig> {
  const rig = await EngineRig.start(program!, "");
  await rig.worker([`--workers=${WORKERS}`], { limitMs: FILE_MS });
  return rig;
}

Deno.test.afterAll(async () => {
  await (await rig)?.[Symbol.asyncDispose]();
});
