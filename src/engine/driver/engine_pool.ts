/**
 * Runs tasks on remote workers. The driver has the plan, and takes a task when a worker has
 * capacity for it; events come through a stream. A driver that resumes a run replays the stream:
 * attempts that have ended are not run again.
 */
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import type { Pool, PoolListener, ResourceLaneOptions } from "../../pool/pool.ts";
import type { RunSpec } from "../../lane/run_spec.ts";
import { logger } from "../../task/logger.ts";
import type { TaskId } from "../../task/task.ts";
import { settlesWithin } from "../../runtime/settles_within.ts";
import { queueMicrotask } from "../../runtime/timers.ts";
import { type SharedState, StateLockError } from "../../state/shared_state.ts";
import type { Follower } from "../follower.ts";
import { toEngineRunSpec, toLocal, withUrl } from "../portable_code.ts";
import type { DriverSession } from "./driver_session.ts";
import { type AttemptJob, attemptKey, type WorkerEvent } from "../engine_protocol.ts";
import type { AttemptEvent, EngineLane, EngineLaneContext } from "./engine_lane.ts";
import { ResultRollback } from "./result_rollback.ts";
import { EngineLanes } from "./engine_lanes.ts";
import { DriverResources } from "./driver_resources.ts";
import { WorkerRegistry } from "./worker_registry.ts";
import { toEngineFailure } from "../redis/engine_failure.ts";
import { subscribeToEvents } from "./subscribe_to_events.ts";
import { EventBacklog } from "./event_backlog.ts";
import { QueueAhead } from "./queue_ahead.ts";

/** Time limit for live workers to publish their last events and leave, in milliseconds. */
const DRAIN_TIMEOUT_MS = 15_000;
/** Time limit for releasing a failed run, in milliseconds. Its keys expire anyway. */
const RELEASE_TIMEOUT_MS = 2_000;

/** Options of {@linkcode EnginePool}. */
export interface EnginePoolOptions {
  readonly session: DriverSession;
  readonly state: SharedState;
  readonly follower: Follower;
  /** Maximum number of concurrent tasks. */
  readonly size: number;
  readonly isResumed: boolean;
  /** Whether the user chose the run's id, so that the run can be resumed. */
  readonly isNamed: boolean;
  /** The URL of the run's main module. */
  readonly module: string;
  /** The command that starts a worker, for warnings. */
  readonly startHint: string;
}

/** A pool of remote workers. */
export class EnginePool implements Pool {
  readonly size: number;
  readonly canKill = true;
  readonly state = {
    dropResult: (task: number, name: string): void => {
      const next = attemptKey(task as TaskId, this.#context!.spec.plan.attemptOf(task) + 1);
      this.#failOnError(this.#rollback.drop(name, next));
    },
  };
  readonly #options: EnginePoolOptions;
  readonly #workers: WorkerRegistry;
  readonly #backlog: EventBacklog;
  readonly #lanes: EngineLanes;
  readonly #rollback: ResultRollback;
  readonly #resources: DriverResources;
  readonly #ahead = new QueueAhead();
  readonly #filler = new CoalescingCall(() => this.#fill());
  #context: EngineLaneContext | undefined;
  /** Position of the op log up to which it has the results that other tasks depend on. */
  #resultPosition = 0;
  /** The error that has ended the run. */
  #failure: ErrorRecord | undefined;
  #isFinished = false;
  #onWorkersChanged: () => void = () => {};

  constructor(options: EnginePoolOptions) {
    this.size = options.size;
    this.#options = options;
    this.#backlog = new EventBacklog(options.isResumed);
    this.#lanes = new EngineLanes(this.#backlog);
    const { session, follower, state } = options;
    this.#rollback = new ResultRollback(session, follower, state.replica);
    const nextOwner = () => this.#lanes.nextOwner();
    this.#resources = new DriverResources({ session, follower, state, size: this.size, nextOwner });
    this.#workers = new WorkerRegistry({
      startHint: options.startHint,
      log: (level, text) => logger[level](text),
      onTimeout: (error) => this.fail(error),
    });
  }

  createResourceLane(options: ResourceLaneOptions): Pool {
    return this.#resources.createLane(options, this.#context!.spec);
  }

  run(spec: RunSpec, listener: PoolListener): void {
    this.#options.state.refuseWrites(stateReadOnlyError);
    this.#context = {
      spec,
      listener,
      start: (lane, key, job) => this.#startAttempt(lane, key, job),
      ended: (key) => {
        if (spec.plan.hasDependents(Number.parseInt(key))) {
          this.#resultPosition = this.#options.follower.position;
        }
        this.#ahead.ended(key);
        this.#lanes.remove(key);
        this.nudge();
      },
      lost: (lane, error) => this.#loseAttempt(lane, error),
    };
    this.#ahead.open(spec);
    this.#lanes.open(this.#context, this.size);
    const failure = this.#failure;
    if (failure !== undefined) return queueMicrotask(() => listener.exhausted(failure));
    this.#announce(spec).catch((error) => this.fail(error));
  }

  nudge(): void {
    // Coalesced: a replayed end of an attempt settles its task, and calls `nudge` again.
    this.#filler.request();
  }

  abort(reason: CancelReason): void {
    this.#failOnError(this.#options.session.abort({ type: "abort", reason }));
  }

  expire(_lane: number, task: TaskId, attempt: number): void {
    this.#failOnError(this.#options.session.publish({ type: "expire", task, attempt }));
  }

  failTask(_lane: number, task: TaskId, attempt: number, error: ErrorRecord): void {
    this.#failOnError(this.#options.session.publish({ type: "fail", task, attempt, error }));
  }

  kill(index: number, error: ErrorRecord): void {
    const lane = this.#lanes.at(index);
    const { key } = lane;
    if (key) {
      this.#failOnError(
        terminateAttempt(this.#options.session, this.#workers, { key, error }),
      );
    }
    this.#loseAttempt(lane, error);
  }

  /** Ends the run: running attempts are lost, and no task is started. */
  fail(cause: unknown): void {
    if (this.#failure !== undefined || this.#isFinished) return;
    const { name, message, detail } = toEngineFailure(cause);
    const error = this.#failure = { type: name, message };
    logger.error(`Cannot continue the run: ${detail}`);
    this.#workers[Symbol.dispose]();
    this.#onWorkersChanged();
    this.#lanes.busy.forEach((lane) => this.#loseAttempt(lane, error));
    this.#context?.listener.exhausted(error);
  }

  async finish(): Promise<void> {
    const { session, state } = this.#options;
    this.#isFinished = true;
    this.#workers[Symbol.dispose]();
    try {
      const hasEnded = await settlesWithin(this.#shutDown(), DRAIN_TIMEOUT_MS);
      if (!hasEnded) throw new Error(`timed out after ${DRAIN_TIMEOUT_MS / 1_000} s`);
    } catch (error) {
      logger.warn(`Cannot remove the run from the engine: ${recordError(error).message}`);
    } finally {
      state.refuseWrites(undefined);
      session.close();
      this.#context = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { session, isResumed } = this.#options;
    // Without a `run`, nothing was drained. Keys that cannot be removed expire.
    const isIdle = !this.#isFinished && this.#context === undefined;
    if (isIdle) await settlesWithin(session.release(isResumed).catch(() => {}), DRAIN_TIMEOUT_MS);
    session.close();
  }

  async #announce(spec: RunSpec): Promise<void> {
    const { session, isResumed, module, follower } = this.#options;
    if (isResumed) this.#backlog.load(await session.resumeState());
    const workers = isResumed ? await session.workers() : [];
    if (this.#isFinished) return; // the run was cancelled in the meantime
    this.#workers.start(workers);
    this.#subscribe();
    session.startHeartbeat(
      () => follower.position,
      () => this.#onHeartbeat(),
      (error) => this.fail(error),
    );
    await session.announce(toEngineRunSpec(spec, module));
  }

  /** Takes tasks for free lanes, up to the capacity of the workers. */
  #fill(): void {
    for (let lane = 0; lane < this.size; lane++) {
      if (this.#context === undefined || this.#failure !== undefined) return;
      if (this.#lanes.at(lane).job !== undefined) continue;
      const { capacity } = this.#workers;
      const isBelow = capacity + this.#ahead.countFor(capacity) > this.#lanes.runningCount;
      const hasCapacity = isBelow || this.#backlog.hasEndedAttempts;
      if (!hasCapacity || !this.#lanes.at(lane).take()) return;
    }
  }

  #subscribe(): void {
    subscribeToEvents(this.#options, this.#backlog, {
      onEvent: (event, isReplayed) => this.#onEvent(event, isReplayed),
      isFinished: () => this.#context === undefined || this.#failure !== undefined,
      // At the end, closing the connections fails the pending reads.
      onError: (error) => this.#isFinished || this.fail(error),
    });
  }

  #onEvent(event: WorkerEvent, isReplayed: boolean): void {
    const { session, module } = this.#options;
    switch (event.type) {
      case "message":
        if (event.key !== undefined) this.#onAttemptEvent(event.key, event);
        else if (!isReplayed) this.#lanes.at(event.lane % this.size).forward(event.message);
        break;
      case "settled":
      case "lost":
        this.#onAttemptEvent(event.key, this.#backlog.reinterpret(event));
        break;
      case "restarted":
        if (!isReplayed) {
          const name = this.#context?.spec.names[Number.parseInt(event.key)];
          logger.warn(`Restarting task "${name}": its worker was lost`);
        }
        break;
      case "notice":
        if (!isReplayed) this.#context?.listener.notice(event.lane % this.size, event.text);
        break;
      case "start-summary-request":
        if (!isReplayed) {
          this.#failOnError(sendStartSummary(session, module, this.#context!.spec, event));
        }
        break;
      default:
        this.#workers.onEvent(event, isReplayed);
        this.#onWorkersChanged();
    }
    this.nudge();
  }

  #onAttemptEvent(key: string, event: AttemptEvent): void {
    const lane = this.#lanes.find(key);
    if (lane) lane.onEvent(event);
    else this.#backlog.buffer(key, event);
  }

  #startAttempt(lane: EngineLane, key: string, job: AttemptJob): void {
    this.#lanes.assign(key, lane);
    this.#ahead.started(key);
    const events = this.#backlog.drain(key);
    for (const event of events) if (this.#lanes.find(key) === lane) lane.onEvent(event);
    if (this.#lanes.find(key) === lane) this.#enqueue(job);
  }

  #enqueue(job: AttemptJob): void {
    const { spec } = this.#context!;
    const { session, follower } = this.#options;
    const ready = this.#resources.publishFor(job.task, spec, this.#rollback.done);
    const name = spec.names[job.task]!;
    this.#failOnError(
      ready.then(() => {
        const position = Math.max(follower.writePosition, this.#resultPosition);
        const isAhead = this.#lanes.runningCount > this.#workers.capacity;
        return session.enqueue(name, { ...job, position, ...(isAhead ? { isAhead } : {}) });
      }),
    );
  }

  async #onHeartbeat(): Promise<void> {
    for (const id of await this.#options.session.dropLost(this.#workers.ids)) {
      this.#workers.remove(id);
    }
    this.#onWorkersChanged();
    // A restarted server may have lost a job; adding one that exists has no effect.
    for (const { job } of this.#lanes.busy) this.#enqueue(job!);
    this.nudge();
  }

  #loseAttempt(lane: EngineLane, error: ErrorRecord): void {
    const firstSeq = this.#lanes.lose(lane);
    // First the plan: it fences the lane's owner, and gives the task an outcome.
    this.#context?.listener.lost(lane.lane, error, firstSeq);
    this.#lanes.reopen(lane.lane);
    if (this.#failure === undefined) this.nudge();
  }

  async #shutDown(): Promise<void> {
    const { session, follower, state, isNamed } = this.#options;
    if (this.#failure) {
      return void await settlesWithin(session.release(isNamed).catch(() => {}), RELEASE_TIMEOUT_MS);
    }
    await session.drain();
    while (this.#workers.ids.length > 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => this.#onWorkersChanged = resolve);
    }
    await this.#rollback.done;
    const { position, nextBlock } = await session.logEnd();
    await follower.reach(position);
    state.replica.skipIds(nextBlock);
    await session.remove();
  }

  /** Ends the run if a command to the engine fails. */
  async #failOnError(action: Promise<void>): Promise<void> {
    try {
      await action;
    } catch (error) {
      this.fail(error);
    }
  }
}

/** Sends the summary of a finished `start()` to the worker that requested it. */
async function sendStartSummary(
  session: DriverSession,
  module: string,
  spec: RunSpec,
  { worker, process, key, start }: Extract<WorkerEvent, { type: "start-summary-request" }>,
): Promise<void> {
  const value = spec.startSummary(withUrl(key, (url) => toLocal(url, module)), start);
  await session.sendStartSummary(worker, { process, key, start }, value);
}

/** Terminates an attempt. The capacity of its slot is reserved until the slot is ready again. */
async function terminateAttempt(
  session: DriverSession,
  workers: WorkerRegistry,
  { key, error }: { readonly key: string; readonly error: ErrorRecord },
): Promise<void> {
  const reservation = workers.reserve();
  const worker = await session.revoke(key, { type: "lost", key, error });
  reservation.assign(worker);
  // Race prevented: the attempt may have ended by itself, so that no slot restarts; the worker
  // reports its capacity in any case.
  if (worker !== undefined) await session.publish({ type: "report-capacity", worker });
}

/** The error of a write to the state while the run's workers own it. */
function stateReadOnlyError(): Error {
  return new StateLockError(
    "Cannot write to the state: the remote workers own it during the run; " +
      "write before or after the run, or in a task",
  );
}

/**
 * Coalesces re-entrant calls: a request during a call makes it repeat once. A call that throws does
 * not prevent later ones.
 */
export class CoalescingCall {
  readonly #call: () => void;
  #isRunning = false;
  #isRequested = false;

  constructor(call: () => void) {
    this.#call = call;
  }

  /** Calls now, or again after the current call. */
  request(): void {
    this.#isRequested = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#isRequested) {
        this.#isRequested = false;
        this.#call();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}
