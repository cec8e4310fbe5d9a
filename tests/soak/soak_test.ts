/**
 * A short soak: with a fixed seed, and with a random one, which is printed. In a process of its
 * own: all test files share one process, whose files and threads would hide a leak here.
 */
import { assertMatch, assertStrictEquals } from "@std/assert";
import { inRepository, startScript } from "../support/command.ts";

const MINUTES = 0.25;
/** Far more than a soak of {@linkcode MINUTES} needs: a slow machine is no failure. */
const LIMIT_MS = 300_000;

const seeds = [1, crypto.getRandomValues(new Uint32Array(1))[0]!];
for (const [i, seed] of seeds.entries()) {
  // Test names are stable: they do not contain the random seed.
  const which = i === 0 ? "a fixed seed" : "a random seed";
  Deno.test(`soak() finds no violated invariant in random runs, from ${which}`, async () => {
    const args = [`--seed=${seed}`, `--minutes=${MINUTES}`];
    const soak = startScript(inRepository("tests/soak/soak.ts"), args, { limitMs: LIMIT_MS });
    const { code, stdout, stderr } = await soak.ended;
    assertStrictEquals(code, 0, `${stdout}\n${stderr}`);
    assertMatch(stdout, /^ {2}runs: [1-9]/m, "nothing was tried");
  });
}
