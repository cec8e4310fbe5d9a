import { assertEquals } from "@std/assert";
import { EventStream } from "../../src/events/event_stream.ts";
import type { RunFact } from "../../src/events/run_event.ts";
import { plainStyle } from "../../src/report/style.ts";
import { SLOW_MS, SlowTaskReporter } from "../../src/report/text/slow_task_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";
import { FakeTicker } from "./live/fake_ticker.ts";

const [A, B] = [0 as TaskId, 1 as TaskId];
const started = (task: TaskId, worker: number, attempt = 1): RunFact => ({
  type: "task-started",
  task,
  worker,
  attempt,
});

/** A run of two tasks on two threads, with a clock of its own. */
class Run {
  readonly lines: string[] = [];
  readonly ticker = new FakeTicker();
  readonly #stream: EventStream;
  readonly #startMs = this.ticker.nowMs();

  constructor() {
    const reporter = new SlowTaskReporter({
      line: (text) => this.lines.push(text.slice("2026-11-23 20:56:47,573 ".length)),
      ticker: this.ticker,
      verbose: false,
      highlight: String,
      style: plainStyle,
      now: () => new Date(0),
    });
    this.#stream = new EventStream([reporter]);
    this.emit({
      type: "run-started",
      tasks: [{ name: "a", after: [], tags: [] }, { name: "b\n", after: [], tags: [] }],
      workers: 2,
      startedAt: "",
      mocked: [],
    });
  }

  emit(fact: RunFact): void {
    this.#stream.emit(fact, this.ticker.nowMs() - this.#startMs);
    assertEquals(this.#stream.failures, []);
  }
}

Deno.test("SlowTaskReporter writes a line after one, two, four minutes of an attempt", () => {
  const run = new Run();
  run.ticker.pass(30_000);
  run.emit(started(A, 0));
  run.ticker.pass(SLOW_MS - 1);
  assertEquals(run.lines, []);
  run.ticker.pass(1);
  assertEquals(run.lines, ["[thread_0] a SLOW: still running after 1m 00s"]);
  run.emit(started(B, 1));
  run.ticker.pass(200_000);
  assertEquals(
    run.lines.slice(1),
    [
      "[thread_0] a SLOW: still running after 2m 00s",
      "[thread_1] b\\n SLOW: still running after 1m 00s",
      "[thread_1] b\\n SLOW: still running after 2m 00s",
      "[thread_0] a SLOW: still running after 4m 00s",
    ],
  );
});

Deno.test("SlowTaskReporter counts each attempt on its own", () => {
  const run = new Run();
  run.emit(started(A, 0));
  run.ticker.pass(SLOW_MS);
  const error = { type: "Error", message: "no" };
  run.emit({ type: "task-retried", task: A, worker: 0, attempt: 1, error, delayMs: 0 });
  run.emit({ type: "task-queued", task: A });
  run.emit(started(A, 0, 2));
  run.ticker.pass(SLOW_MS);
  assertEquals(run.lines, Array(2).fill("[thread_0] a SLOW: still running after 1m 00s"));
});

Deno.test("SlowTaskReporter writes nothing about short tasks, nor after the run", () => {
  const run = new Run();
  for (let i = 0; i < 10; i++) {
    run.emit({ type: "task-queued", task: A });
    run.emit(started(A, 0));
    run.ticker.pass(SLOW_MS - 1);
    run.emit({ type: "task-finished", task: A, worker: 0, outcome: { status: "passed" } });
  }
  run.emit(started(B, 1));
  run.emit({ type: "run-finished", finishedAt: "" });
  run.ticker.pass(10 * SLOW_MS);
  assertEquals(run.lines, []);
  assertEquals(run.ticker.waiting, 0);
});
