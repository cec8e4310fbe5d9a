/**
 * The time that a thread waits for the state lock while three others compete for ten seconds: with
 * short sections, and with sections held across an await.
 *
 *     deno run -A tests/bench/state/fairness.ts [seconds]
 */
import { SharedState } from "../../../src/state/shared_state.ts";
import { print, Threads } from "./rig.ts";

const SECONDS = Number(Deno.args[0] ?? 10);
const THREADS = 4;

if (import.meta.main) {
  const shared = SharedState.create();
  shared.root.n = 0;
  using threads = await Threads.join(shared, THREADS);
  for (const work of ["waits", "waitsAsync"] as const) {
    shared.root.n = 0;
    const waits = await threads.measureWaits(work, SECONDS * 1000);
    const sections = waits.map(({ sections }) => sections);
    const worst = Math.max(...waits.map(({ worstMs }) => worstMs));
    const exact = shared.root.n === sections.reduce((a, b) => a + b);
    print(
      `${work.padEnd(11)} worst wait ${worst.toFixed(1)} ms, sections of each thread ` +
        `${sections.join(" ")}, ${exact ? "exact" : "NOT EXACT"}`,
    );
  }
}
