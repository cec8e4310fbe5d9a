/**
 * The command `tdrun`, which runs the tasks of a module.
 *
 * ```sh
 * deno install -gA -n tdrun jsr:@thread-order/cli
 * tdrun tasks.ts --workers=4
 * tdrun --help
 * ```
 *
 * Without an installation: `deno run -A jsr:@thread-order/cli tasks.ts`.
 *
 * @module
 */
import { unsupportedDenoMessage } from "./src/runtime/unsupported_deno_message.ts";
import { ExitCode } from "./src/cli/exit_code.ts";
import { denoSystem, type System } from "./src/cli/system/system.ts";
import { respawnWithProjectConfig } from "./src/cli/respawn/project_config.ts";
import { changeFolder } from "./src/cli/args/change_folder.ts";
import { peekArgs } from "./src/cli/args/peek_args.ts";
import { PrestartedWorker } from "./src/pool/prestarted_worker.ts";
import { exitCall } from "./src/thread/exit_guard.ts";
import { printError } from "./src/cli/system/print_message.ts";

if (import.meta.main) run();

/**
 * Runs the command and ends the process: for a program that is `tdrun` under another name.
 *
 * ```ts
 * import { run } from "@thread-order/cli/cli";
 *
 * if (import.meta.main) await run(["tasks.ts", "--workers=4"]);
 * ```
 *
 * @param args The arguments of the command; by default those of the process.
 * @returns Never: the process ends with an exit code of the command, such as 0 if all tasks passed.
 */
export async function run(args: readonly string[] = Deno.args): Promise<never> {
  let code: number | undefined;
  // The exit code is this program's decision; a module cannot end the process with success.
  const exit: (code?: number) => never = Deno.exit;
  endWith(() => exit(code ?? (Deno.exitCode || ExitCode.USAGE))); // before any other listener
  let refusal = unsupportedDenoMessage();
  try {
    args = await changeFolder(args);
  } catch (error) {
    refusal ??= (error as Error).message;
  }
  const system = denoSystem();
  if (refusal !== undefined) {
    printError(system, refusal);
    exit(code = ExitCode.USAGE);
  }
  const refuse = (call: string, own?: number): never => {
    printError(system, `Cannot continue: the module or one of its hooks called ${call}`);
    return exit(code = own || ExitCode.USAGE);
  };
  Deno.exit = (code) => refuse(exitCall(code), code);
  globalThis.close = () => refuse("self.close()");
  code = await respawnWithProjectConfig(args, system) ?? await command(args, system);
  Deno.exit = () => exit(code);
  // Explicitly, since a busy loop in a worker would keep the process alive.
  exit(code);
}

/**
 * Ends the process after all other `unload` listeners, which may set another exit code or stop the
 * event. So this listener is the first one, stops the event, and dispatches another event to the
 * others. It has to be called before any user code runs.
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

/** Runs the command in this process; loaded on demand, since a respawn does not need it. */
async function command(args: readonly string[], system: System): Promise<number> {
  try {
    // The worker starts while the command is loaded.
    const early = peekArgs(args).usesThreads ? new PrestartedWorker() : undefined;
    const { main } = await import("./src/cli/main.ts");
    return await main(args, early === undefined ? system : { ...system, prestartedWorker: early });
  } catch (error) {
    const { missingModuleHint } = await import("./src/cli/respawn/missing_module_hint.ts");
    const hint = missingModuleHint(error);
    if (hint === undefined) throw error;
    printError(system, hint);
    return ExitCode.USAGE;
  }
}
