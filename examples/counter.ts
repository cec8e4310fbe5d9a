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

const scheduler = new Scheduler({
  workers: COUNTERS.length,
  state: { total: 0, stats: { rounds: { done: 0 } }, visits: new Map(), log: [] },
});

for (const name of COUNTERS) {
  scheduler.register((state: State) => count(state, name), name, { withState: true });
}
scheduler.register(check, "check", { after: COUNTERS, withState: true });

function count(state: State, name: string): number {
  for (let round = 0; round < ROUNDS; round++) {
    using _lock = state._state_lock.acquire(); // makes read and write atomic
    state.total += 1;
    state.stats.rounds.done += 1;
    state.visits.set(name, (state.visits.get(name) ?? 0) + 1);
  }
  state.log.push(`${name} has counted to ${ROUNDS}`); // a single change needs no lock
  return ROUNDS;
}

/** Runs after all others, and reads their results. */
function check(state: State): boolean {
  const sum = COUNTERS.reduce((so_far, name) => so_far + state.results[name], 0);
  return sum === state.total;
}

if (import.meta.main) {
  const summary = await scheduler.start();
  console.log(scheduler.sanitizedState);
  console.log(summary.text);
}
