/**
 * One run of a graph: makes the plan, gives it to a pool, and tells what happens until every task has
 * its outcome. Whoever is free takes and settles tasks in the plan itself; this loop acts only for
 * what a thread cannot do: starting threads, lost threads, cancelling, telling.
 */
import { epochNowMs, nowMs, wallTime } from "../runtime/clock.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import { receivedError } from "../base/received_error.ts";
import { clearInterval, setInterval } from "../runtime/timers.ts";
import { EventStream, type ReporterFailure } from "../events/event_stream.ts";
import type { CancelReason, Reporter, RunEvent } from "../events/run_event.ts";
import { applyEvent, emptyView, type RunView } from "../events/run_view.ts";
import type { Graph } from "../graph/graph.ts";
import { Plan, type RanOutcome, TaskState } from "../plan/plan.ts";
import { receivedMessage } from "../lane/lane_message.ts";
import type { Pool, PoolListener } from "../pool/pool.ts";
import type { CodeSource, WorkerHooks } from "../lane/run_spec.ts";
import { retryDelayMs } from "../task/policy.ts";
import type { FoundTask, NamedTask, TaskId } from "../task/task.ts";
import { taskInfos } from "./task_infos.ts";
import { ThreadTerminator } from "./thread_terminator.ts";
import { WakeupCoalescer } from "./wakeup_coalescer.ts";
import { effectivePolicies, ranksOfRun } from "./plan_options.ts";
import type { RunPolicy } from "./run_policy.ts";
import { EventSequencer } from "./event_sequencer.ts";
import { RunTimers } from "./run_timers.ts";

/** What a run is made of. */
export interface RunGraphOptions {
  readonly graph: Graph;
  readonly pool: Pool;
  readonly code: CodeSource;
  /** The tasks with their code, where this thread has it. */
  readonly local: ReadonlyMap<string, FoundTask>;
  /** What a start that is over came to, for code run again in a worker. */
  readonly recall?: (key: string, start: number) => unknown;
  readonly storeResults: boolean;
  /** Whether events name the keys of the state that each task has written. */
  readonly recordsWrites?: boolean;
  /** What the module has for each thread to do. */
  readonly hooks?: WorkerHooks;
  readonly skipDependents: boolean;
  readonly reporters: readonly Reporter[];
  /** Tasks that are not run since their results were given. */
  readonly mocked?: readonly string[];
  /** Dependencies that were not selected and could be. */
  readonly unselected?: readonly NamedTask[];
  /** How it is made, beyond what tasks say. */
  readonly policy?: RunPolicy;
  /** Cancels the run when it is aborted; its reason may be a {@linkcode CancelReason}. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the pool is through with the run. Reporters may not be. */
  readonly over?: () => void;
}

/** What came of a run. */
export interface RunResult {
  readonly view: RunView;
  readonly reporterFailures: readonly ReporterFailure[];
}

/** The main thread's id in a plan. */
const MAIN_OWNER = 1;

/** Runs a graph. Resolves when every task has its outcome; failing tasks do not reject it. */
export async function runGraph(setup: RunGraphOptions): Promise<RunResult> {
  const view = emptyView();
  const fold: Reporter = { report: (event) => applyEvent(view, event) };
  const run = new Run(setup, fold);
  await run.run();
  setup.over?.();
  return { view, reporterFailures: await run.close() };
}

class Run implements PoolListener, Reporter {
  readonly #setup: RunGraphOptions;
  readonly #stream: EventStream;
  readonly #epochMs = epochNowMs();
  readonly #startMs = nowMs();
  readonly #plan: Plan;
  readonly #rest: WakeupCoalescer;
  readonly #teller: EventSequencer;
  readonly #timekeeper: RunTimers;
  readonly #force: ThreadTerminator;
  /**
   * Keeps the process alive, whatever its time, when no thread does any more: the last may be lost while
   * its task waits for another attempt, and a bell that is rung then is not heard in a process that ends.
   */
  #stay: ReturnType<typeof setInterval> | undefined;

  /** @param fold Hears of everything first. */
  constructor(setup: RunGraphOptions, fold: Reporter) {
    const { graph, pool, skipDependents, policy = {} } = setup;
    const policies = effectivePolicies(graph, policy);
    this.#setup = setup;
    // Where nothing has to happen at a certain time, nobody needs to hear when things happen.
    const isTimed = policies.length > 0 || policy.deadlineMs !== undefined ||
      policy.failFast?.mode === "kill";
    const own = isTimed ? [fold, this] : [fold];
    const stream = this.#stream = new EventStream([...own, ...setup.reporters]);
    this.#plan = Plan.create(graph, {
      lanes: pool.size,
      skipDependents,
      policies,
      failLimit: policy.failFast?.count,
      ranks: ranksOfRun(graph, policies, policy),
      memory: pool.planBuffers,
    }, MAIN_OWNER);
    this.#force = new ThreadTerminator(this.#plan, pool, graph.names, policies);
    const nowMs = () => this.#nowMs();
    this.#rest = new WakeupCoalescer(this.#plan.wakeups, pool.hasThreads ?? false, nowMs);
    this.#teller = new EventSequencer(stream, this.#plan.log, pool.size, nowMs, (task, attempt) => {
      const { retries } = policies[task] ?? {};
      return retries === undefined ? 0 : retryDelayMs(retries, attempt, Math.random());
    });
    this.#timekeeper = new RunTimers(policies, policy.deadlineMs, nowMs, {
      expire: (lane, task, attempt) => pool.expire(lane, task, attempt),
      end: (lane, task, timeoutMs) => this.#force.terminateTimedOut(lane, task, timeoutMs),
      requeue: (task) => this.#plan.requeue(task, this.#nowMs()),
      deadline: () => this.#cancel("deadline", true),
    });
  }

  /** Takes in what the run itself has told. */
  report(event: RunEvent): void {
    this.#timekeeper.report(event);
    const isKilled = event.type === "run-cancelled" && event.reason === "fail-fast" &&
      this.#setup.policy?.failFast?.mode === "kill";
    if (isKilled) this.#cancel("fail-fast", true);
  }

  async run(): Promise<void> {
    const { graph, pool, mocked = [], signal } = this.#setup;
    this.#stream.emit({
      type: "run-started",
      tasks: taskInfos(graph),
      workers: pool.size,
      startedAt: wallTime().toISOString(),
      mocked,
    }, 0);
    const onAbort = () => this.#cancel(reasonOf(signal!), false);
    signal?.addEventListener("abort", onAbort);
    try {
      if (signal?.aborted) onAbort();
      if (this.#plan.remaining > 0) await this.#work();
      else this.#teller.flush();
    } finally {
      signal?.removeEventListener("abort", onAbort);
      clearInterval(this.#stay);
      this.#rest[Symbol.dispose]();
      this.#timekeeper[Symbol.dispose]();
      this.#force[Symbol.dispose]();
    }
    this.#stream.emit(
      { type: "run-finished", finishedAt: wallTime().toISOString() },
      this.#nowMs(),
    );
  }

  async #work(): Promise<void> {
    const { graph, pool, code, local, storeResults, hooks = {}, unselected = [] } = this.#setup;
    const { recordsWrites = false } = this.#setup;
    const recall = this.#setup.recall ?? (() => undefined);
    const plan = this.#plan;
    const { names } = graph;
    const { timeoutMs, isStrict = false } = this.#setup.policy ?? {};
    const rules = {
      ...{ storeResults, recordsWrites, isStrict, timeoutMs, epochMs: this.#epochMs },
      ...(unselected.length === 0 ? {} : { unselected }),
    };
    pool.run({ plan, names, code, local, startSummary: recall, hooks, rules }, this);
    if (!pool.hasThreads) this.#stayAlive();
    for (;;) {
      const before = plan.log.read;
      const toldAll = this.#teller.flush();
      const isRestDue = this.#rest.shouldPause(plan.log.read - before);
      pool.nudge();
      if (!toldAll) await this.#teller.next();
      else if (plan.remaining > 0 || plan.log.hasUnread) {
        if (isRestDue) await this.#rest.pause();
        else await plan.wakeups.parkMain(() => plan.log.hasUnread);
      } else break;
    }
    await pool.finish();
    this.#teller.flush();
    if (this.#timekeeper.isLate) this.#teller.tellLate(this.#nowMs());
  }

  /** Lets reporters flush what they hold back. Says which have failed. */
  async close(): Promise<readonly ReporterFailure[]> {
    await this.#stream.close();
    return this.#stream.failures;
  }

  get isReporting(): boolean {
    return this.#stream.isTelling;
  }

  message: PoolListener["message"] = (lane, message) =>
    this.#teller.receive(lane, receivedMessage(message));

  notice(lane: number, text: string): void {
    const where = { task: null, worker: lane, channel: "log", level: "warn" } as const;
    this.#stream.emit({ type: "task-output", ...where, text: `a thread ${text}` }, this.#nowMs());
  }

  lost(lane: number, sent: ErrorRecord, postedBase: number): void {
    const error = receivedError(sent);
    this.#stayAlive();
    const task = this.#plan.fence(lane);
    const verdict = this.#force.verdictOn(error);
    const hasFailed = verdict.outcome === TaskState.FAILED;
    if (task >= 0 && hasFailed) this.#teller.setFailureReason(task as TaskId, verdict.error);
    this.#teller.replaceThread(lane, postedBase);
    try {
      this.#teller.flush();
      this.#stream.emit({ type: "worker-lost", worker: lane, error }, this.#nowMs());
    } finally { // where telling breaks, it is waited for no more
      if (task >= 0) this.#settleLost(lane, task as TaskId, verdict.outcome, postedBase);
    }
  }

  #settleLost(lane: number, task: TaskId, outcome: RanOutcome, postedBase: number): void {
    const { storeResults, pool, graph } = this.#setup;
    // It may have got as far as its result, and not as far as saying so.
    if (storeResults) pool.state.dropResult(task, graph.names[task]!);
    this.#plan.settle(lane, task, outcome, this.#nowMs(), postedBase);
  }

  exhausted(sent: ErrorRecord): void {
    const error = receivedError(sent);
    const lane = 0;
    this.#plan.fence(lane);
    this.#plan.endRetries(this.#nowMs());
    for (let task = this.#take(lane); task >= 0; task = this.#take(lane)) {
      this.#teller.setFailureReason(task as TaskId, error);
      const told = this.#teller.deliveredCount(lane); // it says nothing: nothing more is waited for
      this.#plan.settle(lane, task as TaskId, TaskState.FAILED, this.#nowMs(), told);
    }
  }

  #stayAlive(): void {
    this.#stay ??= setInterval(() => {}, 60_000);
  }

  #take(lane: number): TaskId | -1 {
    return this.#plan.take(lane, this.#nowMs());
  }

  /**
   * Cancels the run, and tells running tasks to end.
   *
   * @param byForce Whether those that do not lose their threads.
   */
  #cancel(reason: CancelReason, byForce: boolean): void {
    this.#teller.explainCancel(reason);
    this.#plan.cancel(this.#nowMs());
    this.#setup.pool.abort(reason);
    if (byForce) this.#force.terminateCancelledAfterGrace(reason);
  }

  #nowMs(): number {
    return nowMs() - this.#startMs;
  }
}

function reasonOf({ reason }: AbortSignal): CancelReason {
  return reason === "interrupted" || reason === "deadline" ? reason : "aborted";
}
