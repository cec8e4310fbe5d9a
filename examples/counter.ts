// deno-lint-ignore-file no-console -- the example prints its result
/**
 * The shared state is one object on all threads: numbers, nested objects, arrays, a Map. Four
 * threads count in it at once, and no count is lost.
 *
 *     deno run -A examples/counter.ts
 */
import { Scheduler, type State } from "@thread-order/cli";

const ROUNDS = 1_000;
const COUNTERS = ["north", "east", "south", "west"];

/** The shared state. */
interface Counts {
  total: number;
  stats: { rounds: { done: number } };
  visits: Map<string, number>;
  log: string[];
}

const scheduler = new Scheduler<Counts, true>({
  workers: COUNTERS.length,
  skipDependents: true, // so all results are there when `check` runs
  state: { total: 0, stats: { rounds: { done: 0 } }, visits: new Map(), log: [] },
});

const counters = COUNTERS.map((name) =>
  scheduler.register((state) => count(state, name), name, { withState: true })
);

/** Runs after all others, and reads their results. */
scheduler.register(
  (state, task) => state.total === task.results.reduce((sum, counted) => sum + counted, 0),
  "check",
  { after: counters, withState: true },
);

function count(state: State<Counts>, name: string): number {
  for (let round = 0; round < ROUNDS; round++) {
    using _lock = state._state_lock.acquire(); // makes read and write atomic
    state.total += 1;
    state.stats.rounds.done += 1;
    state.visits.set(name, (state.visits.get(name) ?? 0) + 1);
  }
  state.log.push(`${name} has counted to ${ROUNDS}`); // a single change needs no lock
  return ROUNDS;
}

if (import.meta.main) {
  const summary = await scheduler.start();
  console.log(scheduler.sanitizedState);
  console.log(summary.text);
}
