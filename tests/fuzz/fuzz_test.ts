/** A short fuzzing run: with a fixed seed, and with a random one. */
import { assert, assertEquals } from "@std/assert";
import { fuzz } from "./fuzz.ts";

const BUDGET_MS = 6_000;

const seeds = [1, crypto.getRandomValues(new Uint32Array(1))[0]!];
for (const [i, seed] of seeds.entries()) {
  // Test names are stable: they do not contain the random seed.
  const which = i === 0 ? "a fixed seed" : "a random seed";
  Deno.test({
    name: `fuzz() finds no problem in command lines, state files and modules, from ${which}`,
    fn: async () => {
      const { tried, problems } = await fuzz({ seed, inputs: 5_000, budgetMs: BUDGET_MS });
      assertEquals(problems, [], `deno task fuzz --seed=${seed}`);
      for (const kind of ["arguments", "state file", "module"]) assert(tried[kind], kind);
    },
    sanitizeOps: false, // modules may leak anything
    sanitizeResources: false,
  });
}
