/**
 * The state compared with the SharedJsonBuffer of npm `multithreading`, and with a key/value store
 * of JSON.
 *
 *     deno run -A --no-lock tests/bench/state/side_by_side.ts
 */
import { SharedState } from "../../../src/state/shared_state.ts";
import { JsonStore } from "./json_store.ts";
import { median, nanoseconds, print, Threads } from "./rig.ts";

// deno-lint-ignore no-explicit-any -- the compared libraries share no types
type Any = any;

// A variable, so that the package is not a dependency of the project.
const PACKAGE = "npm:multithreading@0.3.52";
const { initRuntime, move, Mutex, SharedJsonBuffer, shutdown, spawn } = await import(PACKAGE);

const THREADS = 4;
const EACH = 100_000;
const ROUNDS = 3;
const people = Array.from({ length: 100 }, (_, id) => ({ id, name: `name ${id}`, tags: ["a"] }));

/** A kind of work, in each of the three libraries. */
interface Row {
  readonly what: string;
  readonly count: number;
  readonly state: (root: Any) => unknown;
  readonly json: (store: JsonStore) => unknown;
}

const ROWS: readonly Row[] = [
  { what: "read of a number", count: 3e5, state: (s) => s.n, json: (s) => s.get("n") },
  {
    what: "write of a number",
    count: 1e5,
    state: (s) => s.n = 7,
    json: (s) => s.set("n", 7),
  },
  {
    what: "`a.b.c += 1`",
    count: 1e5,
    state: (s) => s.a.b.c += 1,
    json: (s) => s.update("a", (a: Any) => (a.b.c += 1, a)),
  },
  {
    what: "`list[50].name` of 100 objects",
    count: 1e5,
    state: (s) => s.people[50].name,
    json: (s) => (s.get("people") as Any)[50].name,
  },
  {
    what: "`push` to a list of up to 2,000",
    count: 2000,
    state: (s) => s.items.push(1),
    json: (s) => s.update("items", (items: Any) => (items.push(1), items)),
  },
];

function timed({ what, count }: Row, target: Any, act: (target: Any) => unknown): number {
  return nanoseconds(count, (count) => {
    if (what.includes("push")) {
      target instanceof JsonStore ? target.set("items", []) : target.items = [];
    }
    for (let n = 0; n < count; n++) act(target);
  });
}

async function race(lock: () => Promise<number>): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(THREADS * EACH / await lock() * 1000);
  return median(rates);
}

async function stateCounter(): Promise<number> {
  const shared = SharedState.create();
  using threads = await Threads.join(shared, THREADS);
  return await race(async () => {
    shared.root.n = 0;
    const ms = await threads.race("locked", EACH);
    if (shared.root.n !== THREADS * EACH) throw new Error(`the state lost some: ${shared.root.n}`);
    return ms;
  });
}

interface Span {
  start: number;
  end: number;
}

function spanOf(spans: readonly Span[]): number {
  return Math.max(...spans.map(({ end }) => end)) - Math.min(...spans.map(({ start }) => start));
}

async function heapCounter(): Promise<number> {
  initRuntime({ maxWorkers: THREADS });
  return await race(async () => {
    const mutex = new Mutex(new SharedJsonBuffer({ n: 0 }));
    const run = (mutex: Any, count: number) => {
      const start = performance.timeOrigin + performance.now();
      for (let n = 0; n < count; n++) {
        using guard = mutex.blockingLock();
        guard.value.n += 1;
      }
      return { start, end: performance.timeOrigin + performance.now() };
    };
    const handles = Array.from({ length: THREADS }, () => spawn(move(mutex, EACH), run));
    const spans = await Promise.all(handles.map(async (handle) => {
      const result = await handle.join();
      if (!result.ok) throw result.error;
      return result.value as Span;
    }));
    return spanOf(spans);
  });
}

async function jsonCounter(): Promise<number> {
  return await race(async () => {
    const store = new JsonStore(["n"], 1);
    store.set("n", 0);
    const url = new URL("./json_store.ts", import.meta.url);
    const workers = Array.from({ length: THREADS }, () => new Worker(url, { type: "module" }));
    const spans = await Promise.all(workers.map((worker, n) =>
      new Promise<Span>((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage({ buffer: store.buffer, owner: n + 2, count: EACH });
      })
    ));
    for (const worker of workers) worker.terminate();
    if (store.get("n") !== THREADS * EACH) throw new Error("the store lost some");
    return spanOf(spans);
  });
}

if (import.meta.main) {
  const start = () => ({ n: 1, a: { b: { c: 0 } }, people, items: [] as number[] });
  const { root } = SharedState.create({ mayBlock: true });
  Object.assign(root, start());
  const heap = new SharedJsonBuffer(start(), { size: 1 << 26 });
  const json = new JsonStore(Object.keys(start()), 1);
  for (const [key, value] of Object.entries(start())) json.set(key, value);
  print("| | the state | SharedJsonBuffer | JSON by key |\n| --- | ---: | ---: | ---: |");
  for (const row of ROWS) {
    const figures = [
      timed(row, root, row.state),
      timed(row, heap, row.state),
      timed(row, json, row.json),
    ];
    print(`| ${[row.what, ...figures.map((ns) => `${ns.toFixed(0)} ns`)].join(" | ")} |`);
  }
  const rates = [await stateCounter(), await heapCounter(), await jsonCounter()];
  const what = "locked counter, 4 threads";
  print(
    `| ${
      [
        what,
        ...rates.map((rate) => `${(Math.round(rate / 1000) * 1000).toLocaleString("en")}/s`),
      ].join(" | ")
    } |`,
  );
  shutdown();
  Deno.exit();
}
