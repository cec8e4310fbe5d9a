/** `tdrun worker`: takes part in runs that others drive with `--engine`, until it is told to end. */
import { HOST_WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { UsageError } from "../../base/errors.ts";
import { realm } from "../../task/realm.ts";
import { loadWorker } from "../run/load_engine.ts";
import { ExitCode } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import type { System } from "../system/system.ts";
import { interruptible } from "../system/interrupt.ts";
import { wholeNumber } from "../args/option_values.ts";
import { createSubcommand, parseSubcommand } from "../args/subcommand.ts";

/** What was asked for. */
export type WorkerRequest =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "work";
    readonly module: string;
    readonly engine: string;
    readonly workers: number | undefined;
  };

/** Runs `tdrun worker` with its arguments. Returns the exit code. */
export async function workerCommand(args: readonly string[], system: System): Promise<number> {
  const request = parseWorkerArgs(args);
  if (request.type === "text") {
    system.out(request.text);
    return ExitCode.PASSED;
  }
  const { module, engine, workers } = request;
  realm().log = (_level, text) => system.err(text);
  const tell = (error: unknown) => void reportError(error, false, system);
  return await interruptible(system, tell, async ({ signal }) => {
    const { runWorker } = await loadWorker();
    await runWorker({ module, engine, signal, ...(workers === undefined ? {} : { workers }) });
    return ExitCode.PASSED;
  });
}

/**
 * Reads the arguments after `worker`.
 *
 * @throws {UsageError} when they are not understood.
 */
export function parseWorkerArgs(args: readonly string[]): WorkerRequest {
  const command = workerCommandLine();
  const text = parseSubcommand(command, args, "Cannot start a worker");
  if (text !== undefined) return { type: "text", text };
  const [module] = command.processedArgs;
  const { engine, workers } = command.opts();
  if (module === undefined) {
    throw new UsageError("Cannot start a worker: no module was given: tdrun worker <module>");
  }
  if (engine === undefined) {
    throw new UsageError("Cannot start a worker: it needs --engine=<url>, such as redis://host");
  }
  return { type: "work", module, engine, workers };
}

/** Builds the parser. */
export function workerCommandLine() {
  return createSubcommand(
    "worker",
    "Takes part in runs of a module that are driven elsewhere, with tdrun --engine.",
    "[options] <module> --engine=<url>",
  )
    .option("--engine <url>", "where they are: redis://host:6379, rediss://user:password@host/2")
    .option(
      "--workers <n>",
      "tasks at once, each in a process (default: min(8, cores))",
      wholeNumber("--workers", HOST_WORKERS_MAX, 1),
    );
}
