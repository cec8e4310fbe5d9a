/** A short soak: with a fixed seed, and with a random one, which is printed. */
import { assert, assertEquals } from "@std/assert";
import { soak } from "./soak.ts";

const BUDGET_MS = 15_000;

const seeds = [1, crypto.getRandomValues(new Uint32Array(1))[0]!];
for (const [i, seed] of seeds.entries()) {
  // Test names are stable: they do not contain the random seed.
  const which = i === 0 ? "a fixed seed" : "a random seed";
  Deno.test({
    name: `soak() finds no violated invariant in random runs, from ${which}`,
    fn: async () => {
      const report = await soak({ seed, budgetMs: BUDGET_MS });
      assertEquals(report.problems, [], `deno task soak --seed=${seed}`);
      assert(report.runs > 0, "nothing was tried");
    },
    sanitizeOps: false, // blocking loops end some time after their run
    sanitizeResources: false,
  });
}
