/**
 * The ways in which a run is made: on threads, and on an engine. A test that is registered for each of them says
 * that a run is the same in both; what differs by design stands in docs/scaling.md.
 *
 * The engine's server and its worker are started by the first test that needs them, and serve all tests of
 * the file: a worker reads its module again for each run.
 */
import { TestSpace } from "./command.ts";
import { EngineRig } from "./engine_rig.ts";
import { isInstalled, PROGRAMS } from "./servers.ts";

/** One of the ways. */
export interface Way {
  /** Whether tasks run on an engine. */
  readonly isEngine: boolean;
  /** Whether tasks run on the main thread. */
  readonly isInline: boolean;
  /** A folder for one test; `module.ts` in it is run in this way. */
  space(): Promise<TestSpace>;
}

/** How many tasks the worker runs at once: as many threads as tests ask for. */
const WORKERS = 4;
/** The worker is there for as long as the file's tests take. */
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

/** Registers a test for each way. */
export function inEachWay(name: string, fn: (way: Way) => Promise<void>): void {
  Deno.test(name, () => fn(THREADS));
  const why = program ? "" : ` (left out: no ${PROGRAMS[0]}; apt-get install ${PROGRAMS[0]})`;
  Deno.test({
    name: `${name}; on an engine${why}`,
    ignore: program === undefined,
    // The server and the worker live on from test to test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => fn(ENGINE),
  });
}

/** Registers a test for each way, and also for processes and for the main thread. */
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
