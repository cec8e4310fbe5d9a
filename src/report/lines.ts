/**
 * The default output: a line for each task that has its outcome, in the original's format, and what
 * tasks print and log as it comes.
 */
import { unreachable } from "../base/assert.ts";
import { plural } from "../base/text.ts";
import type {
  Reporter,
  RunEvent,
  RunStarted,
  TaskFinished,
  TaskOutput,
  TaskRetried,
} from "../events/run_event.ts";
import { threadName } from "../events/run_event.ts";
import { timestamp } from "./clock.ts";

/** Where lines go, and which. */
export interface LinesOptions {
  /** Takes a finished line for people, without its line break. */
  readonly line: (text: string) => void;
  /** Takes a line that a task printed to its standard output. */
  readonly printed: (text: string) => void;
  /** Whether debug lines are shown, and levels and tasks named on each line. */
  readonly verbose: boolean;
  /** Sets off parts of a message. */
  readonly highlight: (text: string) => string;
  /** Makes a text step back. */
  readonly dim: (text: string) => string;
  /** The wall clock. */
  readonly now: () => Date;
}

/** Dots pad a line to this many columns. */
const WIDTH = 75;

/** See the head of this file. */
export class LinesReporter implements Reporter {
  readonly #options: LinesOptions;
  #names: readonly string[] = [];
  #finished = 0;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case "run-started":
        return this.#start(event);
      case "task-queued":
        return;
      case "task-started":
        return this.#say("debug", threadName(event.worker), this.#names[event.task], "started");
      case "task-output":
        return this.#output(event);
      case "task-retried":
        return this.#retry(event);
      case "task-finished":
        return this.#finish(event);
      case "stray-error": {
        const text = `uncaught ${event.error.type}: ${event.error.message}`;
        return this.#say("error", threadName(event.worker), undefined, text);
      }
      case "worker-lost":
        return this.#say("warn", threadName(event.worker), undefined, event.error.message);
      case "run-cancelled":
        return this.#say("warn", undefined, undefined, `the run was ${event.reason}`);
      case "run-finished":
        return this.#say("info", undefined, undefined, "all work completed");
      default:
        unreachable(event);
    }
  }

  #start(event: RunStarted): void {
    this.#names = event.tasks.map((task) => task.name);
    const mocked = event.mocked.length > 0
      ? `, ${event.mocked.length} mocked (${event.mocked.join(", ")})`
      : "";
    const collected = event.tasks.length + event.mocked.length;
    this.#say("info", undefined, undefined, `collected ${plural(collected, "task")}${mocked}`);
    const threads = `starting thread pool with ${plural(event.workers, "thread")}`;
    this.#say("info", undefined, undefined, threads);
  }

  #output({ worker, task, channel, level, text }: TaskOutput): void {
    const thread = threadName(worker);
    if (channel === "stdout") this.#options.printed(`[${thread}] ${text}`);
    else if (channel === "stderr") this.#options.line(`[${thread}] ${text}`);
    else this.#say(level, thread, task === null ? undefined : this.#names[task], text);
  }

  #retry({ task, worker, attempt, error, delayMs }: TaskRetried): void {
    const name = this.#names[task]!;
    const [message = ""] = error.message.split("\n");
    const again = delayMs > 0 ? `again in ${(delayMs / 1000).toFixed(1)}s` : "again";
    const text = `${name}: attempt ${attempt} failed, ${again}: ${error.type}: ${message}`;
    this.#say("warn", threadName(worker), name, text);
  }

  #finish({ task, worker, outcome }: TaskFinished): void {
    const name = this.#names[task]!;
    const thread = worker === null ? undefined : threadName(worker);
    if (outcome.status === "failed") {
      const [message = ""] = outcome.error.message.split("\n");
      this.#say("error", thread, name, `${name}: ${outcome.error.type}: ${message}`);
    }
    const percent = Math.floor(++this.#finished / this.#names.length * 100);
    const result = `${outcome.status.toUpperCase()} [${String(percent).padStart(3)}% ]`;
    const base = thread === undefined ? name : `[${thread}] ${name}`;
    const dots = ".".repeat(Math.max(0, WIDTH - [...base].length - result.length));
    this.#write("info", undefined, undefined, `${base} ${dots} ${result}`);
  }

  #say(
    level: TaskOutput["level"],
    thread: string | undefined,
    task: string | undefined,
    text: string,
  ): void {
    if (level === "debug" && !this.#options.verbose) return;
    this.#write(level, thread, task, text);
  }

  #write(
    level: TaskOutput["level"],
    thread: string | undefined,
    task: string | undefined,
    text: string,
  ): void {
    const { verbose, highlight, dim, now, line } = this.#options;
    const levelName = verbose ? `${level.toUpperCase().padEnd(5)} ` : "";
    const threadPart = thread === undefined ? "" : `[${thread}] `;
    const taskPart = verbose && task !== undefined ? `${task}: ` : "";
    line(`${dim(timestamp(now()))} ${levelName}${threadPart}${taskPart}${highlight(text)}`);
  }
}
