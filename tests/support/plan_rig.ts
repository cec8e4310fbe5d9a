/** A plan on one thread, with a lane for each of several simulated threads. */
import type { RunEvent, RunFact, TaskOutcome, TaskStatus } from "../../src/events/run_event.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { NO_LANE, NO_TASK, RecordKind } from "../../src/plan/transition_log.ts";
import { Plan, type PlanOptions, type RanOutcome, TaskState } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";

const MAIN = 1;
const REASON = "aborted";
const ERROR = { type: "Error", message: "failed" };

/** Drives a plan by hand, one step of a simulated thread at a time. */
export class PlanRig {
  readonly graph: Graph;
  readonly main: Plan;
  /** The view of the plan for each lane, as its thread would have one. */
  readonly lanes: readonly Plan[];
  /** The task that each lane runs, or -1. */
  readonly running: number[];
  /** The tasks, in the order of taking. */
  readonly taken: number[] = [];
  #time = 0;

  constructor(graph: Graph, options: PlanOptions) {
    this.graph = graph;
    this.main = Plan.create(graph, options, MAIN);
    this.lanes = Array.from({ length: options.lanes }, (_, lane) => {
      const plan = Plan.attach(this.main.handle, MAIN + 1 + lane);
      plan.open(lane);
      return plan;
    });
    this.running = this.lanes.map(() => -1);
  }

  /** Takes a task on an idle lane. Returns whether there was one. */
  take(lane: number): boolean {
    const task = this.lanes[lane]!.take(lane, this.#time++);
    this.#runs(lane, task);
    return task >= 0;
  }

  /** Settles the task of a busy lane, and with `takeNext` takes the next in the same step. */
  settle(lane: number, outcome: RanOutcome, takeNext = false): void {
    const plan = this.lanes[lane]!;
    const task = this.running[lane]! as TaskId;
    if (takeNext) {
      this.#runs(lane, plan.settleAndTake(lane, task, outcome, this.#time++, 0));
    } else {
      plan.settle(lane, task, outcome, this.#time++);
      this.running[lane] = -1;
    }
  }

  cancel(): void {
    this.main.cancel(this.#time++);
  }

  /** The tasks in a retry delay. */
  get retrying(): TaskId[] {
    const tasks = this.graph.tasks.map((_, task) => task as TaskId);
    return tasks.filter((task) => this.main.stateOf(task) === TaskState.RETRYING);
  }

  /** Queues a task that is in a retry delay. */
  requeue(task: TaskId): void {
    this.main.requeue(task, this.#time++);
  }

  /** The events of the run so far, derived from the log. */
  events(): RunEvent[] {
    const facts: RunFact[] = [this.#runStarted()];
    const hasSkippedItself = new Set<number>();
    const times = [0];
    this.main.log.drain((kind, lane, task, a, b, timeMs) => {
      const isOwnSkip = lane !== NO_LANE && kind === RecordKind.SKIPPED;
      if (isOwnSkip) hasSkippedItself.add(task);
      const fact = factOf(kind, lane, task as TaskId, a, b);
      facts.push(hasSkippedItself.has(b) ? withReason(fact) : fact);
      times.push(timeMs);
      return true;
    });
    facts.push({ type: "run-finished", finishedAt: "" });
    times.push(this.#time);
    return facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: times[seq]! }));
  }

  #runs(lane: number, task: number): void {
    this.running[lane] = task;
    if (task >= 0) this.taken.push(task);
  }

  #runStarted(): RunFact {
    const tasks = this.graph.tasks.map(({ name, tags }, id) => ({
      name,
      tags,
      after: [...this.graph.dependenciesOf(id)] as TaskId[],
    }));
    return { type: "run-started", tasks, workers: this.lanes.length, startedAt: "", mocked: [] };
  }
}

/** The status of each task by name. */
export function outcomesOf(events: readonly RunEvent[], graph: Graph): Map<string, TaskStatus> {
  const outcomes = new Map<string, TaskStatus>();
  for (const event of events) {
    if (event.type !== "task-finished") continue;
    outcomes.set(graph.tasks[event.task]!.name, event.outcome.status);
  }
  return outcomes;
}

function factOf(kind: number, lane: number, task: TaskId, a: number, b: number): RunFact {
  const worker = lane === NO_LANE ? null : lane;
  const finished = (outcome: TaskOutcome): RunFact => ({
    type: "task-finished",
    task,
    worker,
    outcome,
  });
  switch (kind) {
    case RecordKind.QUEUED:
      return { type: "task-queued", task };
    case RecordKind.STARTED:
      return { type: "task-started", task, worker: lane, attempt: a };
    case RecordKind.PASSED:
      return finished({ status: "passed" });
    case RecordKind.FAILED:
      return finished({ status: "failed", error: ERROR });
    case RecordKind.SKIPPED:
    case RecordKind.SKIPPED_ALONE:
      return finished(skippedOutcome(kind, lane, a, b));
    case RecordKind.CANCELLED:
      return finished({ status: "cancelled", reason: REASON });
    case RecordKind.RUN_CANCELLED:
      return { type: "run-cancelled", reason: REASON };
    case RecordKind.RETRIED:
      return { type: "task-retried", task, worker: lane, attempt: b, error: ERROR, delayMs: 0 };
    default:
      throw new Error(`No such record: ${kind}`);
  }
}

const REASON_OF_SKIP = "not today";

function skippedOutcome(kind: number, lane: number, via: number, cause: number): TaskOutcome {
  if (lane === NO_LANE) {
    const failed = cause === NO_TASK ? null : cause as TaskId;
    return { status: "skipped", via: via as TaskId, cause: failed };
  }
  const own = { status: "skipped", via: null, cause: null, reason: REASON_OF_SKIP } as const;
  return kind === RecordKind.SKIPPED_ALONE ? { ...own, dependents: "run" } : own;
}

/** The event of a task whose cause has skipped itself. */
function withReason(fact: RunFact): RunFact {
  if (fact.type !== "task-finished" || fact.outcome.status !== "skipped") return fact;
  return { ...fact, outcome: { ...fact.outcome, reason: REASON_OF_SKIP } };
}
