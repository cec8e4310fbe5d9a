/**
 * Runs a graph: creates the plan, hands it to a pool, and emits events until every task has
 * its outcome. Threads take and settle tasks in the plan by themselves; this loop does what no
 * thread of the pool can: handle lost threads, cancel, and emit.
 */
import { epochNowMs, nowMs, wallTime } from "../runtime/clock.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import { repairErrorRecord } from "../base/repair_error_record.ts";
import { clearInterval, setInterval } from "../runtime/timers.ts";
import { EventStream, type ReporterFailure } from "../events/event_stream.ts";
import type { Reporter } from "../events/reporter.ts";
import {
  type CancelReason,
  type RunEvent,
  type RunShard,
  threadName,
} from "../events/run_event.ts";
import type { MutableRunView } from "../events/run_view.ts";
import type { Graph } from "../graph/graph.ts";
import { graphWidth } from "../graph/graph_width.ts";
import { withoutResources } from "../graph/resources.ts";
import type { CacheRules } from "../cache/cache_rules.ts";
import { Plan, type RanOutcome, TaskState } from "../plan/plan.ts";
import { receivedMessage } from "../lane/lane_message.ts";
import type { OutlivingResource } from "../pool/outliving_resource.ts";
import type { Pool, PoolListener } from "../pool/pool.ts";
import { ResourceLanes } from "../pool/resource_lanes.ts";
import type { CodeSource, WorkerHooks } from "../lane/run_spec.ts";
import { retryDelayMs } from "../task/policy.ts";
import type { FoundTask, NamedTask, TaskId } from "../task/task.ts";
import { ThreadTerminator } from "./thread_terminator.ts";
import { WakeupCoalescer } from "./wakeup_coalescer.ts";
import { effectivePolicies, planResources, ranksOfRun, taskInfos } from "./plan_options.ts";
import { RunningResources } from "./running_resources.ts";
import type { RunPolicy } from "./run_policy.ts";
import { EventSequencer } from "./event_sequencer.ts";
import { RunTimers } from "./run_timers.ts";

/** Options of {@linkcode runGraph}. */
export interface RunGraphOptions {
  readonly graph: Graph;
  readonly pool: Pool;
  readonly code: CodeSource;
  /** The tasks and their functions, if this thread has loaded them. */
  readonly local: ReadonlyMap<string, FoundTask>;
  /** Returns the result of a completed start, for code that a worker runs again. */
  readonly startSummary?: (key: string, start: number) => unknown;
  readonly storeResults: boolean;
  /** Whether tasks read missing results of dependencies as `undefined`; an error by default. */
  readonly resultsMayBeMissing?: boolean;
  /** Whether events list the keys of the state that each task has written. */
  readonly recordsWrites?: boolean;
  /** The cache of results; none by default. */
  readonly cache?: CacheRules | undefined;
  /** The module's hooks that each worker runs. */
  readonly hooks?: WorkerHooks;
  readonly skipDependents: boolean;
  readonly reporters: readonly Reporter[];
  /** Tasks that are not run, since their results were given. */
  readonly mocked?: readonly string[];
  /** Dependencies that were not selected. */
  readonly unselected?: readonly NamedTask[];
  /** The larger run that this one is a shard of, if any. */
  readonly shard?: RunShard | undefined;
  /** The run's policy, which applies to tasks without one of their own. */
  readonly policy?: RunPolicy;
  /** Cancels the run when aborted; its reason may be a {@linkcode CancelReason}. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the resources that outlive the run, before its last event; without it, none does. */
  readonly keepResource?: ((resource: OutlivingResource) => void) | undefined;
  /** Called when the pool has finished the run. Reporters may still be active. */
  readonly onPoolFinished?: () => void;
}

/** The result of a run. */
export interface RunResult {
  readonly view: MutableRunView;
  readonly reporterFailures: readonly ReporterFailure[];
}

/** The main thread's owner id in a plan. */
const MAIN_OWNER = 1;

/** Runs a graph. Resolves when every task has its outcome; failing tasks do not reject it. */
export async function runGraph(options: RunGraphOptions): Promise<RunResult> {
  const run = new Run(options);
  await run.run();
  options.onPoolFinished?.();
  return { view: run.view, reporterFailures: await run.close() };
}

class Run implements PoolListener, Reporter {
  readonly #options: RunGraphOptions;
  readonly #stream: EventStream;
  readonly #epochMs = epochNowMs();
  readonly #startMs = nowMs();
  readonly #plan: Plan;
  readonly #coalescer: WakeupCoalescer;
  readonly #sequencer: EventSequencer;
  readonly #timers: RunTimers;
  readonly #terminator: ThreadTerminator;
  readonly #resources: RunningResources;
  /**
   * Keeps the process alive when no thread does: the last one may be lost while its task waits for
   * a retry, and a process that ends receives no wakeup.
   */
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  constructor(given: RunGraphOptions) {
    const { graph, skipDependents, policy = {} } = given;
    const policies = effectivePolicies(graph, policy);
    const { size, createResourceLane } = given.pool;
    const resources = planResources(graph, createResourceLane && size);
    const nodes = resources?.nodes ?? [];
    const ofRun = createResourceLane ? nodes.filter(({ thread }) => thread === undefined) : [];
    const keeping = given.keepResource && {
      names: graph.names,
      timeoutMsOf: (id: number) => policies[id]?.timeoutMs ?? policy.timeoutMs,
      keep: given.keepResource,
    };
    const pool = ofRun.length === 0 ? given.pool : new ResourceLanes(given.pool, ofRun, keeping);
    const lanes = size + ofRun.length;
    const options = this.#options = { ...given, pool };
    // A run without timers does not need to read its own events.
    const isTimed = policies.length > 0 || policy.deadlineMs !== undefined ||
      policy.failFast?.mode === "kill";
    const own = isTimed ? [this] : [];
    const stream = this.#stream = new EventStream([...own, ...options.reporters]);
    this.#plan = Plan.create(graph, {
      lanes,
      resources,
      skipDependents,
      policies,
      tokens: policy.tokens,
      failLimit: policy.failFast?.count,
      ranks: ranksOfRun(graph, policies, policy),
      memory: given.pool.planBuffers,
    }, MAIN_OWNER);
    this.#terminator = new ThreadTerminator(this.#plan, pool, graph.names, policies);
    const nowMs = () => this.#nowMs();
    this.#resources = new RunningResources(graph, nodes, nowMs, {
      fail: (lane, task, attempt, error) => pool.failTask(lane, task, attempt, error),
      terminate: (lane, task, error) => this.#terminator.terminateFailed(lane, task, error),
    });
    this.#coalescer = new WakeupCoalescer(this.#plan.wakeups, pool.hasThreads ?? false, nowMs);
    this.#sequencer = new EventSequencer(
      stream,
      this.#plan.log,
      lanes,
      nowMs,
      (task, attempt) => {
        const { retries } = policies[task] ?? {};
        return retries === undefined ? 0 : retryDelayMs(retries, attempt, Math.random());
      },
    );
    this.#timers = new RunTimers(policies, policy.deadlineMs, nowMs, {
      expire: (lane, task, attempt) => pool.expire(lane, task, attempt),
      terminate: (lane, task, timeoutMs) =>
        this.#terminator.terminateTimedOut(lane, task, timeoutMs),
      requeue: (task) => this.#plan.requeue(task, this.#nowMs()),
      deadline: () => this.#cancel("deadline", true),
    });
  }

  /** Receives the run's own events. */
  report(event: RunEvent): void {
    this.#timers.report(event);
    const isKilled = event.type === "run-cancelled" && event.reason === "fail-fast" &&
      this.#options.policy?.failFast?.mode === "kill";
    if (isKilled) this.#cancel("fail-fast", true);
    if (event.type === "task-finished") this.#dropValueAfter(event.task);
  }

  /** A resource that was disposed of has no value any more. */
  #dropValueAfter(task: TaskId): void {
    const setUp = this.#resources.setUpOf(task);
    if (setUp === undefined) return;
    this.#options.pool.state.dropResult(setUp, this.#options.graph.names[setUp]!);
  }

  async run(): Promise<void> {
    const { graph, pool, mocked = [], signal, shard } = this.#options;
    this.#stream.emit({
      type: "run-started",
      tasks: taskInfos(graph, this.#options.policy),
      workers: pool.size,
      startedAt: wallTime().toISOString(),
      mocked,
      ...(shard && { shard }),
    }, 0);
    const onAbort = () => this.#cancel(reasonOf(signal!), false);
    signal?.addEventListener("abort", onAbort);
    try {
      if (signal?.aborted) onAbort();
      if (this.#plan.remaining > 0) await this.#runTasks();
      else this.#sequencer.flush();
    } finally {
      signal?.removeEventListener("abort", onAbort);
      clearInterval(this.#keepAlive);
      this.#coalescer[Symbol.dispose]();
      this.#timers[Symbol.dispose]();
      this.#terminator[Symbol.dispose]();
      this.#resources[Symbol.dispose]();
    }
    this.#stream.emit(
      { type: "run-finished", finishedAt: wallTime().toISOString() },
      this.#nowMs(),
    );
  }

  async #runTasks(): Promise<void> {
    const { graph, pool, code, local, storeResults, hooks = {}, unselected = [] } = this.#options;
    const { recordsWrites = false, resultsMayBeMissing, cache } = this.#options;
    const startSummary = this.#options.startSummary ?? (() => undefined);
    const plan = this.#plan;
    const { names } = graph;
    const { timeoutMs, isStrict = false } = this.#options.policy ?? {};
    const rules = {
      storeResults,
      resultsMayBeMissing,
      recordsWrites,
      isStrict,
      timeoutMs,
      epochMs: this.#epochMs,
      ...(unselected.length === 0 ? {} : { unselected }),
      ...(cache === undefined ? {} : { cache }),
    };
    // Threads do not start for what each of them sets up.
    const width = () =>
      graphWidth(plan.handle.threadResources > 0 ? withoutResources(graph) : graph);
    pool.run({ plan, names, graphWidth: width, code, local, startSummary, hooks, rules }, this);
    if (!pool.hasThreads) this.#keepProcessAlive();
    for (;;) {
      const before = plan.log.read;
      const isDrained = this.#sequencer.flush();
      const isPauseDue = this.#coalescer.shouldPause(plan.log.read - before);
      pool.nudge();
      if (!isDrained) await this.#sequencer.next();
      else if (plan.remaining > 0 || plan.log.hasUnread) {
        if (isPauseDue) await this.#coalescer.pause();
        else await plan.wakeups.parkMain(() => plan.log.hasUnread);
      } else break;
    }
    await pool.finish();
    this.#sequencer.flush();
    if (this.#timers.isLate) this.#sequencer.emitMissedDeadline(this.#nowMs());
  }

  /** Closes the reporters, which write what they have buffered. Returns those that failed. */
  async close(): Promise<readonly ReporterFailure[]> {
    await this.#stream.close();
    return this.#stream.failures;
  }

  get view(): MutableRunView {
    return this.#stream.view;
  }

  get isReporting(): boolean {
    return this.#stream.isDelivering;
  }

  message: PoolListener["message"] = (lane, sent) => {
    const message = receivedMessage(sent);
    this.#sequencer.receive(lane, message);
    if (message.type !== "lost") return;
    this.#resources.reported(message, lane, this.#plan);
  };

  notice(lane: number, text: string): void {
    const where = { task: null, worker: lane, channel: "log", level: "warn" } as const;
    this.#stream.emit(
      { type: "task-output", ...where, text: `${threadName(lane)} ${text}` },
      this.#nowMs(),
    );
  }

  lost(lane: number, sent: ErrorRecord, firstSeq: number): void {
    const error = repairErrorRecord(sent);
    this.#keepProcessAlive();
    const task = this.#plan.fence(lane);
    const result = this.#terminator.resultFor(error);
    const hasFailed = result.outcome === TaskState.FAILED;
    if (task >= 0 && hasFailed) this.#sequencer.setFailureReason(task as TaskId, result.error);
    this.#sequencer.replaceThread(lane, firstSeq);
    try {
      this.#sequencer.flush();
      this.#stream.emit({ type: "worker-lost", worker: lane, error }, this.#nowMs());
    } finally { // even if a reporter throws, the task must not be waited for
      if (task >= 0) this.#settleLost(lane, task as TaskId, result.outcome, firstSeq);
      this.#resources.threadLost(lane, this.#plan, error);
    }
  }

  #settleLost(lane: number, task: TaskId, outcome: RanOutcome, firstSeq: number): void {
    const { storeResults, pool, graph } = this.#options;
    // The thread may have stored the result without having settled the task.
    if (storeResults) pool.state.dropResult(task, graph.names[task]!);
    this.#plan.settle(lane, task, outcome, this.#nowMs(), firstSeq);
  }

  exhausted(sent: ErrorRecord, lane?: number): void {
    const error = repairErrorRecord(sent);
    if (lane === undefined) this.#plan.endRetries(this.#nowMs());
    this.#failReady(lane ?? 0, error);
  }

  /** Fails the ready tasks of a lane that no thread will take. */
  #failReady(lane: number, error: ErrorRecord): void {
    this.#plan.fence(lane);
    for (let task = this.#take(lane); task >= 0; task = this.#take(lane)) {
      this.#sequencer.setFailureReason(
        task as TaskId,
        this.#resources.errorOf(task as TaskId, error),
      );
      const delivered = this.#sequencer.deliveredCount(lane); // no message follows
      this.#plan.settle(lane, task as TaskId, TaskState.FAILED, this.#nowMs(), delivered);
    }
  }

  #keepProcessAlive(): void {
    this.#keepAlive ??= setInterval(() => {}, 60_000);
  }

  #take(lane: number): TaskId | -1 {
    return this.#plan.take(lane, this.#nowMs());
  }

  /**
   * Cancels the run, and asks running tasks to end.
   *
   * @param terminates Whether tasks that do not end lose their threads.
   */
  #cancel(reason: CancelReason, terminates: boolean): void {
    this.#sequencer.setCancelReason(reason);
    this.#plan.cancel(this.#nowMs());
    this.#options.pool.abort(reason);
    if (terminates) this.#terminator.terminateCancelledAfterGrace(reason);
  }

  #nowMs(): number {
    return nowMs() - this.#startMs;
  }
}

function reasonOf({ reason }: AbortSignal): CancelReason {
  return reason === "interrupted" || reason === "deadline" ? reason : "aborted";
}
