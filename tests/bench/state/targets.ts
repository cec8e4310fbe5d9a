/**
 * The figures of the state: reads, writes, locked increments, pushes, a late thread.
 *
 *     deno run -A tests/bench/state/targets.ts
 */
import { SharedState } from "../../../src/state/shared_state.ts";
import { median, nanoseconds, print, Threads } from "./rig.ts";

const THREADS = 4;
const EACH = 100_000;
const ROUNDS = 5;

function alone(): void {
  const { root } = SharedState.create({ mayBlock: true });
  root.n = 1;
  root.a = { b: { c: 0 } };
  root.list = Array.from({ length: 100 }, (_, id) => ({ id, name: `name ${id}` }));
  const line = (what: string, ns: number) => print(`${what.padEnd(34)} ${ns.toFixed(0)} ns`);
  line(
    "read of a number",
    nanoseconds(1e6, (count) => {
      let sum = 0;
      for (let n = 0; n < count; n++) sum += root.n;
      return sum;
    }),
  );
  line(
    "write of a number",
    nanoseconds(2e5, (count) => {
      for (let n = 0; n < count; n++) root.n = n;
    }),
  );
  line(
    "nested increment a.b.c += 1",
    nanoseconds(2e5, (count) => {
      for (let n = 0; n < count; n++) root.a.b.c += 1;
    }),
  );
  line(
    "list[50].name",
    nanoseconds(5e5, (count) => {
      let sum = 0;
      for (let n = 0; n < count; n++) sum += root.list[50].name.length;
      return sum;
    }),
  );
  line(
    "locked increment, one thread",
    nanoseconds(1e5, (count) => {
      for (let n = 0; n < count; n++) {
        using _lock = root._state_lock.acquire();
        root.n += 1;
      }
    }),
  );
  line(
    "lock and unlock",
    nanoseconds(2e5, (count) => {
      for (let n = 0; n < count; n++) root._state_lock.acquire()[Symbol.dispose]();
    }),
  );
}

async function together(work: "locked" | "push" | "lockedPush"): Promise<void> {
  const rates: number[] = [];
  const shared = SharedState.create();
  const { root } = shared;
  using threads = await Threads.join(shared, THREADS);
  for (let round = 0; round < ROUNDS; round++) {
    root.n = 0;
    root.list = [];
    const ms = await threads.race(work, EACH);
    const got = work === "locked" ? root.n : root.list.length;
    if (got !== THREADS * EACH) throw new Error(`${work}: ${got} of ${THREADS * EACH}`);
    rates.push(THREADS * EACH / ms * 1000);
  }
  const all = rates.map((rate) => (rate / 1000).toFixed(0)).join(" ");
  print(
    `${work}, ${THREADS} x ${EACH}, exact`.padEnd(34) + ` ${median(rates).toFixed(0)}/s  (${all})`,
  );
}

/** A thread that joins when there are 10,000 results: a new one, whose code is cold. */
async function late(): Promise<void> {
  const shared = SharedState.create();
  for (let n = 0; n < 10_000; n++) {
    shared.setResult(`task_${n}`, { id: n, name: `name ${n}`, ok: n % 2 === 0 });
  }
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < 5; round++) {
    using threads = await Threads.join(shared, 1);
    cold.push(threads.joinMs[0]!);
  }
  for (let round = 0; round < 9; round++) {
    const handle = shared.invite("late");
    const start = performance.now();
    const joined = SharedState.join(handle);
    warm.push(performance.now() - start);
    if (joined.root.results.task_9999.id !== 9999) throw new Error("not loaded");
    joined.leave();
  }
  const line = `${median(cold).toFixed(1)} ms in a new thread, ${median(warm).toFixed(1)} ms warm`;
  print("10,000 results loaded late".padEnd(34) + ` ${line}`);
}

if (import.meta.main) {
  const only = Deno.args[0];
  if (!only || only === "alone") alone();
  if (!only || only === "late") await late();
  for (const work of ["locked", "push", "lockedPush"] as const) {
    if (!only || only === work) await together(work);
  }
}
