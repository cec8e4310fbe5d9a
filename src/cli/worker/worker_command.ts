/** `tdrun worker`: runs tasks for `tdrun --engine` on this machine until a signal arrives. */
import { HOST_WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { UsageError } from "../../base/errors.ts";
import { realm } from "../../task/realm.ts";
import { loadWorkerModule } from "../run/load_engine.ts";
import { ExitCode } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import type { System } from "../system/system.ts";
import { interruptible } from "../system/interrupt.ts";
import { wholeNumber } from "../args/option_values.ts";
import { createSubcommand, parseSubcommand } from "../args/subcommand.ts";

/** The parsed arguments of `tdrun worker`. */
export type WorkerRequest =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "work";
    readonly module: string;
    readonly engine: string;
    readonly workers: number | undefined;
  };

/** Runs `tdrun worker`. Returns the exit code. */
export async function workerCommand(args: readonly string[], system: System): Promise<number> {
  const request = parseWorkerArgs(args);
  if (request.type === "text") {
    system.out(request.text);
    return ExitCode.PASSED;
  }
  const { module, engine, workers } = request;
  realm().log = (_level, text) => system.err(text);
  const reportFailure = (error: unknown) => void reportError(error, false, system);
  return await interruptible(system, reportFailure, async ({ signal }) => {
    const { runWorker } = await loadWorkerModule();
    await runWorker({ module, engine, signal, ...(workers === undefined ? {} : { workers }) });
    return ExitCode.PASSED;
  });
}

/**
 * Parses the arguments after `worker`.
 *
 * @throws {UsageError} when an argument is invalid or missing.
 */
export function parseWorkerArgs(args: readonly string[]): WorkerRequest {
  const command = workerCommandLine();
  const text = parseSubcommand(command, args, "Cannot start a worker");
  if (text !== undefined) return { type: "text", text };
  const [module] = command.processedArgs;
  const { engine, workers } = command.opts();
  if (module === undefined) {
    throw new UsageError("Cannot start a worker: no module was given; use tdrun worker <module>");
  }
  if (engine === undefined) {
    throw new UsageError("Cannot start a worker: --engine=<url> is required, such as redis://host");
  }
  return { type: "work", module, engine, workers };
}

/** Creates the parser, which the help and the completions use too. */
export function workerCommandLine() {
  return createSubcommand(
    "worker",
    "Runs the tasks of a module for tdrun --engine on this machine.",
    "[options] <module> --engine=<url>",
  )
    .option("--engine <url>", "the engine: redis://host:6379, rediss://user:password@system/2")
    .option(
      "--workers <n>",
      "maximum number of tasks at once, each in a process (default: min(8, cores))",
      wholeNumber("--workers", HOST_WORKERS_MAX, 1),
    );
}
