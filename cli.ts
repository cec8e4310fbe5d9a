/**
 * The command line: `deno run -A jsr:@thread-order/cli module.ts`, or installed as `tdrun`.
 *
 * @module
 */
import { denoHost } from "./src/cli/host.ts";
import { main } from "./src/cli/main.ts";

if (import.meta.main) run();

/** Runs the command with the arguments of the process, and ends the process. */
export async function run(): Promise<never> {
  // Not left to end by itself: a worker that is busy for ever would keep the process alive.
  Deno.exit(await main(Deno.args, denoHost()));
}
