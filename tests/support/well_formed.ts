/** Checks a stream of events against the grammar in the head of src/events/run_event.ts. */
import { assertEquals, AssertionError } from "@std/assert";
import type {
  RunCancelled,
  RunEvent,
  RunStarted,
  StrayError,
  TaskFinished,
  TaskOutcome,
  TaskOutput,
  TaskRetried,
  TaskStarted,
} from "../../src/events/run_event.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { When } from "../../src/task/policy.ts";

type SkippedOutcome = TaskOutcome & { readonly status: "skipped" };

/** The expected properties of the run. */
export interface GrammarOptions {
  readonly skipDependents: boolean;
}

/** Throws an AssertionError that names the first violation of a rule. */
export function assertWellFormed(
  events: readonly RunEvent[],
  graph: Graph,
  options: GrammarOptions,
): void {
  assertEquals(JSON.parse(JSON.stringify(events)), events, "an event is not plain JSON");
  const grammar = new Grammar(graph, options);
  for (const [index, event] of events.entries()) grammar.take(index, event);
  grammar.end(events.at(-1));
}

class Grammar {
  readonly #graph: Graph;
  readonly #skipDependents: boolean;
  /** The tasks that were ever queued, and those that are queued and not started. */
  readonly #queued = new Set<number>();
  readonly #isQueued = new Set<number>();
  /** The number of attempts of each task. */
  readonly #attempts = new Map<number, number>();
  /** The workers on which each task was started. */
  readonly #workersOf = new Map<number, Set<number>>();
  /** The worker of each running attempt, by task. */
  readonly #workerOf = new Map<number, number>();
  readonly #outcomes = new Map<number, TaskOutcome>();
  /** The task that each worker runs. */
  readonly #running = new Map<number, number>();
  #workers = 0;
  #elapsedMs = 0;
  #cancelled: RunCancelled | undefined;
  #isOver = false;
  #where = "";

  constructor(graph: Graph, options: GrammarOptions) {
    this.#graph = graph;
    this.#skipDependents = options.skipDependents;
  }

  take(index: number, event: RunEvent): void {
    this.#where = `event ${index} (${event.type})`;
    this.#check(event.seq === index, `seq is ${event.seq}`);
    this.#check(event.elapsedMs >= this.#elapsedMs, "elapsedMs decreased");
    this.#elapsedMs = event.elapsedMs;
    this.#check((index === 0) === (event.type === "run-started"), "run-started comes first, once");
    this.#check(!this.#isOver, "it comes after run-finished");
    switch (event.type) {
      case "run-started":
        return this.#runStarted(event);
      case "task-queued":
        return this.#taskQueued(event.task);
      case "task-started":
        return this.#taskStarted(event);
      case "task-output":
        return this.#taskOutput(event);
      case "task-retried":
        return this.#taskRetried(event);
      case "task-finished":
        return this.#taskFinished(event);
      case "stray-error":
        return this.#strayError(event);
      case "worker-lost":
        return this.#knownWorker(event.worker);
      case "run-cancelled":
        this.#check(this.#cancelled === undefined, "the run was cancelled twice");
        this.#cancelled = event;
        return;
      case "run-finished":
        this.#isOver = true;
    }
  }

  end(last: RunEvent | undefined): void {
    this.#where = "the end";
    this.#check(last?.type === "run-finished", "run-finished comes last");
    for (let id = 0; id < this.#graph.size; id++) {
      this.#check(this.#outcomes.has(id), `task ${id} has no outcome`);
    }
  }

  #runStarted(event: RunStarted): void {
    this.#workers = event.workers;
    this.#check(event.workers > 0, "no workers");
    const { tasks } = this.#graph;
    assertEquals(event.tasks.map((it) => it.name), tasks.map((it) => it.name), this.#where);
    for (const [id, { after }] of event.tasks.entries()) {
      const expected = [...this.#graph.dependenciesOf(id)].sort();
      assertEquals([...after].map(Number).sort(), expected, `${this.#where}: after of task ${id}`);
    }
  }

  #taskQueued(task: number): void {
    this.#knownTask(task);
    const isUnderWay = this.#isQueued.has(task) || this.#workerOf.has(task);
    this.#check(!isUnderWay, `task ${task} was queued twice`);
    if (this.#mayRestart(task)) this.#outcomes.delete(task);
    this.#check(!this.#outcomes.has(task), `task ${task} has finished`);
    this.#queued.add(task);
    this.#isQueued.add(task);
    for (const dependency of this.#graph.dependenciesOf(task)) {
      if (this.#hasRestarted(dependency)) continue; // a user waits for it before its start
      const outcome = this.#outcomes.get(dependency);
      this.#check(outcome !== undefined, `dependency ${dependency} has not finished`);
      if (this.#isUse(task, dependency)) {
        this.#check(outcome!.status === "passed", `resource ${dependency} was not set up`);
      } else if (this.#skipDependents && this.#when(task) === "passed") {
        const mayRun = outcome!.status === "passed" ||
          (outcome!.status === "skipped" && outcome!.dependents === "run");
        this.#check(mayRun, `dependency ${dependency} did not pass`);
      }
    }
  }

  #taskStarted({ task, worker, attempt }: TaskStarted): void {
    this.#knownWorker(worker);
    this.#check(!this.#workerOf.has(task), `task ${task} was started twice`);
    this.#check(this.#isQueued.delete(task), `task ${task} was not queued`);
    const before = this.#attempts.get(task) ?? 0;
    this.#check(attempt === before + 1, `attempt ${attempt} comes after attempt ${before}`);
    this.#check(!this.#outcomes.has(task), `task ${task} has finished`);
    this.#check(!this.#running.has(worker), `worker ${worker} runs another task`);
    const mayStart = this.#cancelled === undefined || this.#when(task) !== "passed";
    this.#check(mayStart, "the run was cancelled");
    for (const used of this.#graph.dependenciesOf(task)) {
      const isUp = !this.#isUse(task, used) || this.#outcomes.get(used)?.status === "passed";
      this.#check(isUp, `resource ${used} is not set up`);
    }
    this.#attempts.set(task, attempt);
    this.#workerOf.set(task, worker);
    this.#workersOf.set(task, (this.#workersOf.get(task) ?? new Set()).add(worker));
    this.#running.set(worker, task);
    const tasks = [...this.#running.values()].filter((it) => !this.#kind(it));
    this.#check(tasks.length <= this.#workers, "more tasks run than there are workers");
  }

  #taskOutput({ task, worker, text }: TaskOutput): void {
    this.#knownWorker(worker);
    this.#check(!text.includes("\n"), "the text has a line break");
    if (task === null) return;
    const hasRun = this.#workersOf.get(task)?.has(worker);
    this.#check(hasRun, `task ${task} never ran on ${worker}`);
  }

  #taskRetried({ task, worker, attempt }: TaskRetried): void {
    this.#check(this.#workerOf.get(task) === worker, `task ${task} does not run on ${worker}`);
    this.#check(this.#attempts.get(task) === attempt, `attempt ${attempt} is not under way`);
    this.#workerOf.delete(task);
    this.#running.delete(worker);
  }

  #taskFinished({ task, worker, outcome }: TaskFinished): void {
    this.#knownTask(task);
    this.#check(!this.#outcomes.has(task), `task ${task} finished twice`);
    const ran = this.#workerOf.get(task) ?? null;
    this.#check(worker === ran, `task ${task} ran on worker ${ran}, not on ${worker}`);
    switch (outcome.status) {
      case "passed":
      case "failed":
        this.#check(worker !== null, "it never ran");
        break;
      case "skipped":
        if (outcome.via === null && this.#isUnneededSetUp(task, outcome)) break;
        if (outcome.via === null) this.#checkOwnSkip(worker, outcome);
        else if (this.#kind(outcome.via)) this.#checkWithoutResource(task, outcome.via, outcome);
        else this.#checkSkipped(task, outcome.via, outcome);
        break;
      case "cancelled":
        this.#check(this.#cancelled?.reason === outcome.reason, "the run was not cancelled so");
        this.#check(
          worker !== null || outcome.error === undefined,
          "it never ran, and has an error",
        );
    }
    this.#outcomes.set(task, outcome);
    this.#workerOf.delete(task);
    if (worker !== null) this.#running.delete(worker);
  }

  #checkOwnSkip(worker: number | null, { cause, reason }: SkippedOutcome): void {
    this.#check(worker !== null, "it skipped itself and never ran");
    this.#check(cause === null, `it skipped itself because of ${cause}`);
    this.#check(reason !== undefined && reason !== "", "it skipped itself without a reason");
  }

  #checkSkipped(task: number, via: number, { cause, reason }: SkippedOutcome): void {
    const before = this.#outcomes.get(via);
    this.#check(!this.#queued.has(task), `task ${task} was queued`);
    this.#check(this.#graph.dependenciesOf(task).includes(via), `${via} is no dependency`);
    this.#check(before !== undefined, `${via} has not finished`);
    if (this.#when(task) === "failed") {
      this.#check(cause === null, `task ${task} runs after a failure`);
      return;
    }
    this.#check(this.#skipDependents, "this run skips nothing");
    this.#check(this.#when(task) === "passed", `task ${task} always runs`);
    if (cause === null || cause !== via) {
      const isSame = before?.status === "skipped" && before.cause === cause;
      this.#check(isSame, `${via} was not skipped for ${cause}`);
    }
    this.#check(cause !== null || reason === undefined, "it has a reason without a cause");
    if (cause === null) return;
    const first = this.#outcomes.get(cause);
    if (this.#kind(cause) === "resource" && first?.status === "passed") return; // it was lost
    const isRight = reason === undefined
      ? first?.status === "failed"
      : first?.status === "skipped" && first.via === null && first.reason === reason;
    this.#check(isRight, `the cause ${cause} did not fail, nor skip itself`);
  }

  /** A user, or the tear-down, of a resource that was not set up or is lost. */
  #checkWithoutResource(task: number, via: number, { cause }: SkippedOutcome): void {
    const before = this.#outcomes.get(via);
    this.#check(before !== undefined, `${via} has not finished`);
    const isTearDown = this.#kind(task) === "teardown";
    this.#check(isTearDown || this.#isUse(task, via), `${task} does not use ${via}`);
    const isLost = (before!.status === "passed" && cause === via) || this.#hasRestarted(via);
    this.#check(isLost || !this.#queued.has(task), `task ${task} was queued`);
    this.#check(isLost || before!.status !== "passed", `resource ${via} was set up`);
    const status = cause === null ? undefined : this.#outcomes.get(cause)?.status;
    const isOther = cause !== null && this.#kind(cause) === "resource"; // that one was lost
    const isRight = cause === null || isOther || status === "failed" || status === "skipped";
    this.#check(isRight, `the cause ${cause} did not fail, nor skip itself`);
  }

  /** Whether a node that is queued is a set-up that has passed, and may be set up again. */
  #mayRestart(task: number): boolean {
    const { restarts = 0, policy } = this.#graph.tasks[task]!;
    const attemptsMax = 1 + restarts + (policy?.retries?.count ?? 0);
    return this.#outcomes.get(task)?.status === "passed" && this.#attempts.get(task)! < attemptsMax;
  }

  #hasRestarted(task: number): boolean {
    return this.#graph.tasks[task]!.restarts !== undefined && (this.#attempts.get(task) ?? 0) > 0;
  }

  #isUnneededSetUp(task: number, { cause, reason }: SkippedOutcome): boolean {
    const hasReason = cause !== null || reason !== undefined;
    const isUnneeded = !this.#workersOf.has(task) || this.#hasRestarted(task);
    return this.#kind(task) === "resource" && !hasReason && isUnneeded;
  }

  #kind(task: number): string | undefined {
    return this.#graph.tasks[task]?.kind;
  }

  #isUse(task: number, dependency: number): boolean {
    return this.#graph.tasks[task]!.use?.includes(this.#graph.names[dependency]!) ?? false;
  }

  #strayError({ worker, suspects, hook }: StrayError): void {
    if (worker !== null) this.#knownWorker(worker);
    this.#check(hook === undefined || suspects.length === 0, `${hook} and tasks are suspected`);
    for (const task of suspects) {
      const hasRun = worker !== null && this.#workersOf.get(task)?.has(worker);
      this.#check(hasRun, `task ${task} never ran on ${worker}`);
    }
  }

  #when(task: number): When {
    return this.#graph.tasks[task]?.policy?.when ?? "passed";
  }

  /** Number of resources, each with a thread. */
  get #resources(): number {
    return this.#graph.tasks.filter(({ kind }) => kind === "resource").length;
  }

  #knownTask(task: number): void {
    this.#check(task in this.#graph.tasks, `there is no task ${task}`);
  }

  #knownWorker(worker: number): void {
    this.#check(
      Number.isInteger(worker) && worker >= 0 && worker < this.#workers + this.#resources,
      `there is no worker ${worker}`,
    );
  }

  #check(holds: boolean | undefined, problem: string): void {
    if (!holds) throw new AssertionError(`${this.#where}: ${problem}`);
  }
}
