/** `--log`: a file for the main thread and one for each worker, in the original's line format. */
import { unreachable } from "../base/assert.ts";
import { plural } from "../base/text.ts";
import { writeText } from "../base/write.ts";
import type { Reporter, RunEvent } from "../events/run_event.ts";
import { threadName } from "../events/run_event.ts";
import type { LogLevel } from "../task/context.ts";
import { timestamp } from "./clock.ts";

/** Opens a file to append to. What it returns writes text, or closes the file. */
export type OpenLog = (name: string) => { write(text: string): void; close(): void };

/** See the head of this file. */
export class LogFilesReporter implements Reporter {
  readonly #prefix: string;
  readonly #open: OpenLog;
  readonly #now: () => Date;
  readonly #files = new Map<string, ReturnType<OpenLog>>();
  #names: readonly string[] = [];

  /**
   * @param prefix The files are called `<prefix>_main.log`, `<prefix>_thread_0.log`, …
   * @param now The wall clock.
   */
  constructor(prefix: string, open: OpenLog = appendTo, now: () => Date = () => new Date()) {
    this.#prefix = prefix;
    this.#open = open;
    this.#now = now;
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case "run-started": {
        this.#names = event.tasks.map((task) => task.name);
        const { tasks, workers } = event;
        const text = `running ${plural(tasks.length, "task")} on ${plural(workers, "thread")}`;
        return this.#write("main", "info", "scheduler", text);
      }
      case "task-queued":
        return this.#write("main", "debug", "scheduler", `queued ${this.#names[event.task]}`);
      case "task-started":
        return this.#write(threadName(event.worker), "debug", this.#names[event.task]!, "started");
      case "task-output": {
        const where = event.task === null ? "worker" : this.#names[event.task]!;
        return this.#write(threadName(event.worker), event.level, where, event.text);
      }
      case "task-retried": {
        const { task, worker, attempt, error } = event;
        const text = `attempt ${attempt} failed: ${
          error.stack ?? `${error.type}: ${error.message}`
        }`;
        return this.#write(threadName(worker), "warn", this.#names[task]!, text);
      }
      case "task-finished": {
        const { task, worker, outcome } = event;
        const thread = worker === null ? "main" : threadName(worker);
        const level = outcome.status === "passed" ? "info" : "error";
        const why = outcome.status === "failed"
          ? `: ${outcome.error.stack ?? `${outcome.error.type}: ${outcome.error.message}`}`
          : "";
        return this.#write(thread, level, this.#names[task]!, outcome.status.toUpperCase() + why);
      }
      case "stray-error":
      case "worker-lost": {
        const { type, message } = event.error;
        return this.#write(threadName(event.worker), "error", "worker", `${type}: ${message}`);
      }
      case "run-cancelled":
        return this.#write("main", "warn", "scheduler", `the run was ${event.reason}`);
      case "run-finished":
        return this.#write("main", "info", "scheduler", "all work completed");
      default:
        unreachable(event);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    return Promise.resolve();
  }

  #write(thread: string, level: LogLevel, where: string, text: string): void {
    const name = `${this.#prefix}_${thread}.log`;
    let file = this.#files.get(name);
    if (!file) this.#files.set(name, file = this.#open(name));
    const levelName = level.toUpperCase().padEnd(5);
    file.write(`${timestamp(this.#now())} ${levelName} [${thread}] ${where}: ${text}\n`);
  }
}

function appendTo(name: string): ReturnType<OpenLog> {
  const file = Deno.openSync(name, { append: true, create: true });
  return { write: (text) => writeText(file, text), close: () => file.close() };
}
