/**
 * The command line: `deno run -A jsr:@thread-order/cli module.ts`, or installed as `tdrun`.
 *
 * @module
 */
import { ExitCode } from "./src/cli/exit_code.ts";
import { denoHost } from "./src/cli/host.ts";
import { main } from "./src/cli/main.ts";

if (import.meta.main) run();

/** Runs the command, by default with the arguments of the process, and ends the process. */
export async function run(args: readonly string[] = Deno.args): Promise<never> {
  const host = denoHost();
  // What never comes, nobody waits for: a process without anything to do ends, and would end with 0.
  globalThis.addEventListener("beforeunload", () => {
    host.err("Error: Cannot go on: the module, or a hook of it, awaits what will never come");
    Deno.exitCode = ExitCode.USAGE;
  });
  // Not left to end by itself: a worker that is busy for ever would keep the process alive.
  Deno.exit(await main(args, host));
}
