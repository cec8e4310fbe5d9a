/** Starts a run of the web UI in a child process. */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { nowMs } from "../../runtime/clock.ts";
import { setTimeout } from "../../runtime/timers.ts";
import type { RunRequest } from "../../gui/ui_protocol.ts";
import type { ProcessEnd, StartedRun } from "../../gui/run_registry.ts";
import { killProcessGroup } from "../../spawn/kill_process_group.ts";
import { DUPLICATE_SIGNAL_MS } from "../system/signal_thread.ts";
import { startTdrun } from "./child_command.ts";
import { watchChild } from "./watch_child.ts";
import { tailLines } from "./tail_lines.ts";
import { outputTail } from "./output_tail.ts";
import type { RoundStatus } from "../watch/round_process.ts";
import { runArgs } from "./run_args.ts";
import { RunTempDir } from "./run_temp_dir.ts";

/**
 * Time limit for reading the rest of a child's output after its exit, in milliseconds: a process
 * that the child started may keep the streams open.
 */
const DRAIN_TIMEOUT_MS = 500;

/**
 * Time for reading the output of a run whose process goes on, in milliseconds: all of it was
 * written before the run has ended.
 */
const HELD_DRAIN_MS = 50;

/** The process of a run, with its files. */
export interface RunProcess {
  readonly child: Deno.ChildProcess;
  readonly files: RunTempDir;
  /** Stops watching the process; called when it has exited. */
  readonly unwatch: () => void;
}

/** Options of {@linkcode startRunProcess}. */
export interface RunProcessOptions {
  /** The current folder of the process. */
  readonly folder: string;
  /** The URL of the engine, if tasks run on remote workers. */
  readonly engine?: string | undefined;
  /** Whether the process waits for the plan of a round. */
  readonly isRound?: boolean;
}

/** Starts a run. */
export function startChildRun(
  request: RunRequest,
  folder: string,
  engine: string | undefined,
): StartedRun {
  return followRun(startRunProcess(request, { folder, engine }));
}

/** Starts the process of a run. */
export function startRunProcess(
  request: RunRequest,
  { folder, engine, isRound = false }: RunProcessOptions,
): RunProcess {
  const files = RunTempDir.create(request);
  try {
    const round = isRound ? { roundMessages: files.roundMessages } : {};
    const child = startTdrun(runArgs(request, files, engine), { folder, ...round });
    return { child, files, unwatch: watchChild(child, files.folder) };
  } catch (error) {
    files.remove();
    throw error;
  }
}

/**
 * Follows a run. Its events, its end and its final state are read from files and streams.
 *
 * @param status The end of the run; that of its process, unless this goes on and holds resources.
 */
export function followRun(
  { child, files, unwatch }: RunProcess,
  status: Promise<RoundStatus> = child.status,
): StartedRun {
  const eventsRead = Promise.withResolvers<void>();
  const cancelling = new Cancellation(child);
  const process = { isRunning: true };
  const exited = child.status.finally(() => process.isRunning = false);
  void exited.then(() => cancelling.sweep());
  const onEnd = eventsRead.resolve;
  const ended = collectEnd(child, files, { status, eventsRead: eventsRead.promise, process });
  const cleanUp = () => {
    unwatch();
    files.remove();
  };
  return {
    lines: withoutRejectedRun(
      tailLines(files.events, { exited: status.then(() => {}), onEnd }),
    ),
    ended: ended.finally(() => process.isRunning ? void exited.finally(cleanUp) : cleanUp()),
    cancel: () => cancelling.step(),
  };
}

/** The first event of a rejected run: other runs have at least one task. */
const REJECTED_RUN = /^\{"schema":\d+,"type":"run-started","tasks":\[\],/;

/** Drops the events of a rejected run: the page shows the reason in the child's output instead. */
async function* withoutRejectedRun(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let isRejected: boolean | undefined;
  for await (const line of lines) {
    isRejected ??= REJECTED_RUN.test(line);
    if (!isRejected) yield line;
  }
}

/** Options of {@linkcode collectEnd}. */
interface EndOptions {
  readonly status: Promise<RoundStatus>;
  readonly eventsRead: Promise<void>;
  readonly process: { readonly isRunning: boolean };
}

async function collectEnd(
  child: Deno.ChildProcess,
  files: RunTempDir,
  { status, eventsRead, process }: EndOptions,
): Promise<ProcessEnd> {
  const output = outputTail([child.stdout, child.stderr]);
  const { code, signal } = await status;
  await settlesWithin(output.ended, process.isRunning ? HELD_DRAIN_MS : DRAIN_TIMEOUT_MS);
  await eventsRead;
  const state = await files.result();
  // Of a running process, the streams are read on: writing would block it, or fail.
  const text = process.isRunning ? output.text : output.stop();
  return {
    code: signal === null ? code : null,
    signal,
    output: rewriteForPage(text, files.finalState),
    state,
  };
}

/**
 * Minimum time between two signals to a child, in milliseconds. Signals within
 * `DUPLICATE_SIGNAL_MS` count as one, and the first may be handled late.
 */
const SIGNAL_GAP_MS = 3 * DUPLICATE_SIGNAL_MS;

/** Cancels a child in three steps: SIGINT, SIGINT again, then SIGKILL to its process group. */
class Cancellation {
  readonly #child: Deno.ChildProcess;
  #steps = 0;
  #firstMs = 0;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  step(): void {
    this.#steps++;
    if (this.#steps > 2) return killProcessGroup(this.#child);
    if (this.#steps === 1) {
      this.#firstMs = nowMs();
      this.#interrupt();
    } else {
      const delayMs = Math.max(0, this.#firstMs + SIGNAL_GAP_MS - nowMs());
      setTimeout(() => this.#interrupt(), delayMs);
    }
  }

  #interrupt(): void {
    try {
      this.#child.kill("SIGINT");
    } catch {
      // the process has exited
    }
  }

  /** Kills the descendants of an exited child that a second signal kept from waiting for tasks. */
  sweep(): void {
    if (this.#steps >= 2) killProcessGroup(this.#child);
  }
}

/**
 * Rewrites messages of the command for the page: its user knows neither the temporary files nor the
 * options that the page lacks.
 *
 * @param finalState The path of the file for the final state.
 */
function rewriteForPage(text: string, finalState: string): string {
  return text.replace(
    `Cannot write the state to "${finalState}"`,
    "Cannot show the state after the run",
  )
    .replace(
      "; run all tasks, or use --force to reuse the results that still apply",
      "; run all tasks",
    );
}
