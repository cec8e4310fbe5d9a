/** A run in a process of its own, as the page follows it. */
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
import { rewriteForPage } from "./rewrite_for_page.ts";
import { runArgs } from "./run_args.ts";
import { RunTempDir } from "./run_temp_dir.ts";

/** So long the last words of a process may take, when it has ended: what it started may hold its streams. */
const LAST_WORDS_MS = 500;

/** Starts a run. */
export async function startChildRun(
  request: RunRequest,
  folder: string,
  engine: string | undefined,
): Promise<StartedRun> {
  const files = await RunTempDir.create(request);
  try {
    const child = startTdrun(runArgs(request, files, engine), folder);
    const letGo = watchChild(child, files.folder);
    const read = Promise.withResolvers<void>();
    const isOver = child.status.then(() => {});
    const cancelling = new Cancelling(child);
    void isOver.then(() => cancelling.sweep());
    return {
      lines: ofRun(tailLines(files.events, { isOver, onRead: read.resolve })),
      ended: ended(child, files, read.promise).finally(letGo),
      cancel: () => cancelling.step(),
    };
  } catch (error) {
    await files.remove();
    throw error;
  }
}

/** How the events of a refused run begin: there is no run of no tasks. */
const REFUSED = /^\{"schema":\d+,"type":"run-started","tasks":\[\],/;

/** The events of a run. One that was refused has none for the page: the output of the process has the reason. */
async function* ofRun(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let isRefused: boolean | undefined;
  for await (const line of lines) {
    isRefused ??= REFUSED.test(line);
    if (!isRefused) yield line;
  }
}

async function ended(
  child: Deno.ChildProcess,
  files: RunTempDir,
  read: Promise<void>,
): Promise<ProcessEnd> {
  const said = outputTail([child.stdout, child.stderr]);
  const { code, signal } = await child.status;
  await settlesWithin(said.ended, LAST_WORDS_MS);
  await read;
  const state = await files.result();
  await files.remove();
  return {
    code: signal === null ? code : null,
    signal,
    output: rewriteForPage(said.give(), files.after),
    state,
  };
}

/** Signals that come closer to each other may be taken for one; the first may be heard some time later. */
const APART_MS = 3 * DUPLICATE_SIGNAL_MS;

/** Ctrl-C, and again; and what no process can ignore. */
class Cancelling {
  readonly #child: Deno.ChildProcess;
  #asked = 0;
  #firstMs = 0;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  step(): void {
    this.#asked++;
    if (this.#asked > 2) return killProcessGroup(this.#child);
    if (this.#asked === 1) {
      this.#firstMs = nowMs();
      this.#interrupt();
    } else {
      setTimeout(() => this.#interrupt(), this.#firstMs + APART_MS - nowMs());
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
    if (this.#asked >= 2) killProcessGroup(this.#child);
  }
}
