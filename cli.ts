/**
 * The command line: `deno run -A jsr:@thread-order/cli module.ts`, or installed as `tdrun`.
 *
 * @module
 */
import { unsupportedDenoMessage } from "./src/runtime/unsupported_deno_message.ts";
import { ExitCode } from "./src/cli/exit_code.ts";
import { denoSystem, type System } from "./src/cli/system/system.ts";
import {
  respawnWithProjectConfig,
  respawnWithProjectPackages,
} from "./src/cli/respawn/project_config.ts";
import { usesThreads } from "./src/cli/args/uses_threads.ts";
import { PrestartedWorker } from "./src/pool/prestarted_worker.ts";
import { exitCall } from "./src/thread/exit_guard.ts";

if (import.meta.main) run();

/** Runs the command, by default with the arguments of the process, and ends the process. */
export async function run(args: readonly string[] = Deno.args): Promise<never> {
  let code: number | undefined;
  // Whether all went well is for this program to say, and for no module that ends the process.
  const exit: (code?: number) => never = Deno.exit;
  endWith(() => exit(code ?? (Deno.exitCode || ExitCode.USAGE))); // first: see there
  const system = denoSystem();
  const refusal = unsupportedDenoMessage();
  if (refusal !== undefined) {
    system.err(`Error: ${refusal}`);
    exit(code = ExitCode.USAGE);
  }
  const refuse = (call: string, own?: number): never => {
    system.err(
      `Error: Cannot continue: the module or one of its hooks called ${call}`,
    );
    return exit(code = own || ExitCode.USAGE);
  };
  Deno.exit = (code) => refuse(exitCall(code), code);
  globalThis.close = () => refuse("self.close()");
  code = await respawnWithProjectConfig(args, system) ?? await command(args, system);
  Deno.exit = () => exit(code);
  // Not left to end by itself: a worker that is busy for ever would keep the process alive.
  exit(code);
}

/**
 * Ends the process after all that listens for its end, whatever that does: it may set another exit code, or
 * keep the event from other listeners. So this listener is the first, stops the event, and dispatches
 * another to the rest. Called before any code of the user's runs.
 */
function endWith(exit: () => never): void {
  const { dispatchEvent, Event } = globalThis;
  const { stopImmediatePropagation } = Event.prototype;
  let isDispatching = false;
  globalThis.addEventListener("unload", (event) => {
    if (isDispatching) return;
    isDispatching = true;
    stopImmediatePropagation.call(event);
    dispatchEvent.call(globalThis, new Event("unload"));
    exit();
  }, { capture: true });
}

/** Loaded by itself: whoever runs it again somewhere else does not need it. */
async function command(args: readonly string[], system: System): Promise<number> {
  try {
    const early = usesThreads(args) ? new PrestartedWorker() : undefined; // it starts while the rest is loaded
    const { main } = await import("./src/cli/main.ts");
    return await main(args, early === undefined ? system : { ...system, prestartedWorker: early });
  } catch (error) {
    return await respawnWithProjectPackages(error, args, system);
  }
}
