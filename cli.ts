/**
 * The command line: `deno run -A jsr:@thread-order/cli module.ts`, or installed as `tdrun`.
 *
 * @module
 */
import { refusalOfDeno } from "./src/base/deno_version.ts";
import { ExitCode } from "./src/cli/exit_code.ts";
import { denoHost, type Host } from "./src/cli/host.ts";
import { runWithOwnConfig, runWithOwnPackages } from "./src/cli/own_config.ts";
import { usesThreads } from "./src/cli/uses_threads.ts";
import { EarlyWorker } from "./src/pool/early_worker.ts";
import { exitCall } from "./src/pool/exit_guard.ts";

if (import.meta.main) run();

/** Runs the command, by default with the arguments of the process, and ends the process. */
export async function run(args: readonly string[] = Deno.args): Promise<never> {
  const host = denoHost();
  const refusal = refusalOfDeno();
  if (refusal !== undefined) {
    host.err(`Error: ${refusal}`);
    Deno.exit(ExitCode.USAGE);
  }
  // Whether all went well is for this program to say, and for no module that ends the process.
  const exit: (code?: number) => never = Deno.exit;
  const refuse = (call: string, code?: number): never => {
    host.err(`Error: Cannot go on: the module, or a hook of it, has ended the process by ${call}`);
    return exit(code || ExitCode.USAGE);
  };
  Deno.exit = (code) => refuse(exitCall(code), code);
  globalThis.close = () => refuse("self.close()");
  const code = await runWithOwnConfig(args, host) ?? await command(args, host);
  // Who listens for the end of the process is called now, and could say otherwise: it comes too late.
  Deno.exit = () => exit(code);
  globalThis.addEventListener("unload", () => Deno.exitCode = code);
  // Not left to end by itself: a worker that is busy for ever would keep the process alive.
  exit(code);
}

/** Loaded by itself: whoever runs it again somewhere else does not need it. */
async function command(args: readonly string[], host: Host): Promise<number> {
  try {
    const early = usesThreads(args) ? new EarlyWorker() : undefined; // it starts while the rest is loaded
    const { main } = await import("./src/cli/main.ts");
    return await main(args, early === undefined ? host : { ...host, early });
  } catch (error) {
    return await runWithOwnPackages(error, args, host);
  }
}
