/** A run in a process of its own, as the page follows it. */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { nowMs } from "../../runtime/clock.ts";
import { setTimeout } from "../../runtime/timers.ts";
import type { RunRequest } from "../../gui/ui_protocol.ts";
import type { ProcessEnd, StartedRun } from "../../gui/run_registry.ts";
import { killProcessGroup } from "../../spawn/kill_process_group.ts";
import { SAME_MS } from "../system/signal_thread.ts";
import { startTdrun } from "./child_command.ts";
import { watchChild } from "./watch_child.ts";
import { tailLines } from "./tail_lines.ts";
import { outputTail } from "./output_tail.ts";
import { runArgs } from "./run_args.ts";
import { RunTempDir } from "./run_temp_dir.ts";

/** So long the last words of a process may take, when it has ended: what it started may hold its streams. */
const DRAIN_TIMEOUT_MS = 500;

/** Starts a run. */
export async function startChildRun(
  request: RunRequest,
  folder: string,
  engine: string | undefined,
): Promise<StartedRun> {
  const files = await RunTempDir.create(request);
  try {
    const child = startTdrun(runArgs(request, files, engine), folder);
    const unwatch = watchChild(child, files.folder);
    const eventsRead = Promise.withResolvers<void>();
    const exited = child.status.then(() => {});
    const cancelling = new Cancellation(child);
    void exited.then(() => cancelling.sweep());
    return {
      lines: withoutRejectedRun(tailLines(files.events, { exited, onEnd: eventsRead.resolve })),
      ended: collectEnd(child, files, eventsRead.promise).finally(unwatch),
      cancel: () => cancelling.step(),
    };
  } catch (error) {
    await files.remove();
    throw error;
  }
}

/** How the events of a refused run begin: there is no run of no tasks. */
const REJECTED_RUN = /^\{"schema":\d+,"type":"run-started","tasks":\[\],/;

/** The events of a run. One that was refused has none for the page: the output of the process has the reason. */
async function* withoutRejectedRun(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let isRejected: boolean | undefined;
  for await (const line of lines) {
    isRejected ??= REJECTED_RUN.test(line);
    if (!isRejected) yield line;
  }
}

async function collectEnd(
  child: Deno.ChildProcess,
  files: RunTempDir,
  eventsRead: Promise<void>,
): Promise<ProcessEnd> {
  const output = outputTail([child.stdout, child.stderr]);
  const { code, signal } = await child.status;
  await settlesWithin(output.ended, DRAIN_TIMEOUT_MS);
  await eventsRead;
  const state = await files.result();
  await files.remove();
  return {
    code: signal === null ? code : null,
    signal,
    said: rewriteForPage(output.stop(), files.finalState),
    state,
  };
}

/** Signals that come closer to each other may be taken for one; the first may be heard some time later. */
const SIGNAL_GAP_MS = 3 * SAME_MS;

/** Ctrl-C, and again; and what no process can ignore. */
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
      setTimeout(() => this.#interrupt(), this.#firstMs + SIGNAL_GAP_MS - nowMs());
    }
  }

  #interrupt(): void {
    try {
      this.#child.kill("SIGINT");
    } catch {
      // it has ended by itself
    }
  }

  /** It has ended. Where it was not to wait for tasks, what these have started is not waited for either. */
  sweep(): void {
    if (this.#steps >= 2) killProcessGroup(this.#child);
  }
}

/**
 * What the command has said, for whoever has asked on the page: the files it was given there, and the
 * options the page has no place for, mean nothing to them.
 *
 * @param after Where it was to write the state.
 */
function rewriteForPage(text: string, finalState: string): string {
  return text.replace(
    `Cannot write the state to "${finalState}"`,
    "Cannot show the state after the run",
  )
    .replace("; run all tasks, or use --force to take over what still fits", "; run all tasks");
}
