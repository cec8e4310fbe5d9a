/** `tdrun worker`: runs tasks for `tdrun --engine` on this machine until a signal arrives. */
import { HOST_WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { WORKER_ISOLATIONS, type WorkerIsolation } from "../../pool/isolation.ts";
import { UsageError } from "../../base/errors.ts";
import { realm } from "../../task/realm.ts";
import { loadWorkerModule } from "../run/load_engine.ts";
import { ExitCode } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import type { System } from "../system/system.ts";
import { interruptible } from "../system/interrupt.ts";
import { oneOf, wholeNumber } from "../args/option_values.ts";
import { anyText, valueOption } from "../args/option_entry.ts";
import { HELP } from "../args/option_table.ts";
import { parseSubcommand } from "../args/subcommand.ts";
import { helpLayout } from "../help/help_layout.ts";
import { subcommandHelp } from "../help/help_text.ts";

/** The parsed arguments of `tdrun worker`. */
export type WorkerRequest =
  | { readonly type: "help" }
  | {
    readonly type: "work";
    readonly module: string;
    readonly engine: string;
    readonly workers: number | undefined;
    readonly isolate: WorkerIsolation | undefined;
  };

/** The subcommand `worker`. */
export const WORKER_COMMAND = {
  name: "worker",
  usage: "[options] <module> --engine=<url>",
  description: "Runs the tasks of a module for tdrun --engine on this machine.",
  summary: "run tasks for tdrun --engine on this machine",
  options: [
    valueOption(
      "--engine <url>",
      "the engine: redis://host:6379, rediss://user:password@host/2",
      anyText,
    ),
    valueOption(
      "--workers <n>",
      "maximum number of tasks at once (default: min(8, cores))",
      wholeNumber("--workers", HOST_WORKERS_MAX, 1),
    ),
    valueOption(
      "--isolate <mode>",
      "where tasks run: process (default), or worker: on threads",
      oneOf("--isolate", WORKER_ISOLATIONS),
      { choices: WORKER_ISOLATIONS },
    ),
    HELP,
  ],
};

/** Runs `tdrun worker`. Returns the exit code. */
export async function workerCommand(args: readonly string[], system: System): Promise<number> {
  const request = parseWorkerArgs(args);
  if (request.type === "help") {
    system.out(subcommandHelp(WORKER_COMMAND, helpLayout(system)));
    return ExitCode.PASSED;
  }
  const { module, engine, workers, isolate } = request;
  realm().log = (_level, text) => system.err(text);
  const reportFailure = (error: unknown) => void reportError(error, false, system);
  return await interruptible(system, reportFailure, async ({ signal }) => {
    const { runWorker } = await loadWorkerModule();
    await runWorker({
      module,
      engine,
      signal,
      ...(workers === undefined ? {} : { workers }),
      ...(isolate === undefined ? {} : { isolate }),
    });
    return ExitCode.PASSED;
  });
}

/**
 * Parses the arguments after `worker`.
 *
 * @throws {UsageError} when an argument is invalid or missing.
 */
export function parseWorkerArgs(args: readonly string[]): WorkerRequest {
  const { module, options } = parseSubcommand(WORKER_COMMAND, args);
  const { help, engine, workers, isolate } = options;
  if (help) return { type: "help" };
  if (module === undefined) {
    throw new UsageError("Cannot start a worker: no module was given; use tdrun worker <module>");
  }
  if (engine === undefined) {
    throw new UsageError("Cannot start a worker: --engine=<url> is required, such as redis://host");
  }
  return { type: "work", module, engine, workers, isolate };
}
