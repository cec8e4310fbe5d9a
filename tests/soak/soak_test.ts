/** A slice of the soak: one seed that is always the same, and one of chance, which is printed. */
import { assert, assertEquals } from "@std/assert";
import { soak } from "./soak.ts";

const BUDGET_MS = 15_000;

const seeds = [1, crypto.getRandomValues(new Uint32Array(1))[0]!];
for (const [i, seed] of seeds.entries()) {
  // A seed of chance has no place in a name: names are the same each time.
  const which = i === 0 ? "a seed that is always the same" : "a seed of chance";
  Deno.test({
    name: `soak: random graphs, policies, faults and cancels, from ${which}`,
    fn: async () => {
      const report = await soak({ seed, budgetMs: BUDGET_MS });
      assertEquals(report.problems, [], `deno task soak --seed=${seed}`);
      assert(report.runs > 0, "nothing was tried");
    },
    sanitizeOps: false, // threads that loop end some time after their run
    sanitizeResources: false,
  });
}
