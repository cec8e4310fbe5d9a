/** A slice of the fuzzing: one seed that is always the same, and one of chance. */
import { assert, assertEquals } from "@std/assert";
import { fuzz } from "./fuzz.ts";

const BUDGET_MS = 6_000;

const seeds = [1, crypto.getRandomValues(new Uint32Array(1))[0]!];
for (const [i, seed] of seeds.entries()) {
  // A seed of chance has no place in a name: names are the same each time.
  const which = i === 0 ? "a seed that is always the same" : "a seed of chance";
  Deno.test({
    name: `fuzz: command lines, state files and modules, from ${which}`,
    fn: async () => {
      const { tried, problems } = await fuzz({ seed, inputs: 5_000, budgetMs: BUDGET_MS });
      assertEquals(problems, [], `deno task fuzz --seed=${seed}`);
      for (const kind of ["arguments", "state file", "module"]) assert(tried[kind], kind);
    },
    sanitizeOps: false, // modules may leave anything behind
    sanitizeResources: false,
  });
}
