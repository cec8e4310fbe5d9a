/**
 * A worker's participation in one run, from joining to leaving. Jobs come from the queue; each is
 * an attempt that is claimed (another worker may have run it and be lost), runs in a slot, and ends
 * with an event to the driver.
 */
import { type Job as QueueJob, WaitingError, Worker } from "bullmq";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import { errorText } from "../../base/text_format.ts";
import { SHUTDOWN_TIMEOUTS } from "../../lane/shutdown.ts";
import { ExecutorDrain } from "../../process/executor_drain.ts";
import { TaskState } from "../../plan/plan.ts";
import { settlesWithin } from "../../runtime/settles_within.ts";
import { type Connections, engineError } from "../redis/connections.ts";
import {
  attemptKey,
  type DriverCommand,
  type EngineRunSpec,
  HEARTBEAT_MS,
  type Job,
  LIVENESS_TIMEOUT_MS,
  QUEUE,
  type WorkerEvent,
  type WorkerInfo,
} from "../engine_protocol.ts";
import { type SlotTask, WorkerSlot } from "./worker_slot.ts";
import { WorkerState } from "./worker_state.ts";
import { subscribeToCommands } from "./subscribe_to_commands.ts";
import { LeaseLockClient } from "./lease_lock_client.ts";
import { ExecutorStarter } from "./executor_starter.ts";
import type { WorkerIsolation } from "../../pool/isolation.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Outbox } from "./outbox.ts";
import { AttemptClaims } from "./attempt_claims.ts";
import { createSlotContext } from "./create_slot_context.ts";

/**
 * Jobs that a worker holds for each slot, while there are attempts ahead: with the one that runs,
 * and one for the message that ends it.
 */
const JOBS_PER_SLOT = 2;
/**
 * Time after which a worker gives a job back that waits for a slot, in milliseconds: twice the mean
 * up to which attempts are enqueued ahead. Slots of other workers may be free.
 */
const HOLD_TIMEOUT_MS = 100;
/** Time limit for publishing the last events, and for closing the queue, in milliseconds. */
const LEAVE_TIMEOUT_MS = 5_000;

/** Options of {@linkcode RunParticipant}. */
export interface RunParticipantOptions {
  readonly connections: Connections;
  /** The prefix of the run's keys. */
  readonly key: string;
  readonly worker: WorkerInfo;
  readonly spec: EngineRunSpec;
  readonly names: readonly string[];
  readonly isolate: WorkerIsolation;
  /** The URL of the module on this machine. */
  readonly module: string;
  /** Whether another run waits for workers. */
  readonly isOtherRunWaiting: () => Promise<boolean>;
}

/** A worker's participation in one run. */
export class RunParticipant {
  /** Resolves when the worker has left: to the reason, or to undefined if the run is finished. */
  readonly ended: Promise<string | undefined>;
  readonly #options: RunParticipantOptions;
  readonly #state: WorkerState;
  readonly #outbox: Outbox;
  readonly #claims: AttemptClaims;
  readonly #lock: LeaseLockClient;
  readonly #drain = new ExecutorDrain(SHUTDOWN_TIMEOUTS);
  readonly #starter: ExecutorStarter;
  readonly #slots: WorkerSlot[];
  readonly #consumer: Worker<Job>;
  readonly #ended = Promise.withResolvers<string | undefined>();
  readonly #heartbeat: Heartbeat;
  #abortReason: CancelReason | undefined;
  #slotFreed = Promise.withResolvers<void>();
  /** Number of jobs that run or wait for a slot. */
  #jobCount = 0;
  #isLeaving = false;
  #isModuleBroken = false;
  #leaving: Promise<void> | undefined;
  #isClosed = false;

  private constructor(
    options: RunParticipantOptions,
    state: WorkerState,
    heartbeat: Heartbeat,
    lastCommandId: string,
  ) {
    const { connections, key, worker } = options;
    this.#options = options;
    this.#state = state;
    this.#heartbeat = heartbeat;
    this.ended = this.#ended.promise;
    this.#outbox = new Outbox({
      connections,
      key,
      sender: worker.id,
      makeRoom: (growth) => state.log.makeRoom(growth),
      onError: (error) => this.abortParticipation(error),
    });
    this.#claims = new AttemptClaims(connections, key, worker.id);
    this.#lock = new LeaseLockClient(connections, key);
    this.#starter = new ExecutorStarter({ ...options, state, lock: this.#lock });
    const size = Math.min(worker.slots, options.names.length);
    this.#consumer = createQueueConsumer(connections, key, size, (job) => this.#runJob(job));
    const context = createSlotContext(options, this.#outbox, this.#starter, {
      isAborted: () => this.#abortReason !== undefined,
      onReadyChanged: () => this.#reportCapacity(),
      onBroken: (error) => this.abortParticipation(error, error),
    });
    this.#slots = Array.from(
      { length: size },
      (_, slot) => new WorkerSlot(context, slot, this.#drain),
    );
    subscribeToCommands(connections, key, state.follower, lastCommandId, {
      onCommand: (command) => this.#onCommand(command),
      isFinished: () => this.#isClosed,
      onError: (error) => this.abortParticipation(error),
    });
  }

  /**
   * Joins a run.
   *
   * @returns Undefined if the run is finished.
   */
  static async join(options: RunParticipantOptions): Promise<RunParticipant | undefined> {
    const { connections, key, worker } = options;
    const joined = JSON.stringify({ type: "joined", worker } satisfies WorkerEvent);
    const args = [worker.id, LIVENESS_TIMEOUT_MS, JSON.stringify(worker), joined] as const;
    const [status, lastCommandId, aborted] = await connections.runScript("join", key, ...args);
    if (status === "finished") return undefined;
    let participant: RunParticipant | undefined;
    // Started before the state is read: that may take longer than LIVENESS_TIMEOUT_MS.
    const heartbeat = new Heartbeat({
      connections,
      key,
      id: worker.id,
      isOtherRunWaiting: options.isOtherRunWaiting,
      onLost: (error) => participant?.abortParticipation(error), // repeated by the next heartbeat
    });
    try {
      const state = await WorkerState.open(connections, key, worker.id);
      // The run is finished, and its driver did not know of this worker yet.
      if (state === undefined) return undefined;
      participant = new RunParticipant(options, state, heartbeat, String(lastCommandId));
    } finally {
      if (participant === undefined) heartbeat[Symbol.dispose]();
    }
    if (aborted) participant.#abort(aborted as CancelReason);
    return participant;
  }

  /** Whether the module cannot run on this worker, so that joining again is useless. */
  get isModuleBroken(): boolean {
    return this.#isModuleBroken;
  }

  /** Takes no more jobs, and leaves when the running tasks have ended. */
  async drain(): Promise<void> {
    this.#isLeaving = true;
    this.#reportCapacity();
    await this.#consumer.pause().then(
      () => this.#leave(),
      (error) => this.abortParticipation(error),
    );
  }

  /** Terminates the running tasks, and leaves. */
  async stop(): Promise<void> {
    for (const slot of this.#slots) slot.close();
    await this.#leave();
  }

  /** Publishes the number of ready slots, and starts taking jobs. */
  #reportCapacity(): void {
    const capacity = this.#isLeaving ? 0 : this.#slots.filter((slot) => slot.isReady).length;
    this.#outbox.send({ type: "capacity", worker: this.#options.worker.id, capacity });
    this.#wakeWaitingJobs();
    if (capacity > 0 && !this.#consumer.isRunning()) {
      this.#consumer.run().catch((error) => this.abortParticipation(error));
    }
  }

  /**
   * Runs the attempt of a job, or gives the job back. Jobs that are ahead may be more than slots:
   * the worker claims the next attempt of a slot with the messages that end the current one. A job
   * that waits is not claimed, so its attempt has not started.
   */
  async #runJob(queued: QueueJob<Job>): Promise<void> {
    const { isAhead } = queued.data;
    this.#consumer.concurrency = this.#slots.length * (isAhead ? JOBS_PER_SLOT : 1);
    this.#jobCount++;
    try {
      while (!this.#isLeaving) {
        const free = this.#slots.find((slot) => slot.isReady && slot.task === undefined);
        // Race prevented: it occupies the slot synchronously, so no other job can find it free.
        if (free !== undefined) return await this.#runIn(free, queued.data);
        if (!await this.#isSlotFreed(isAhead ? HOLD_TIMEOUT_MS : 0)) break;
      }
      this.#consumer.concurrency = this.#slots.length;
      await queued.moveToWait(queued.token);
      throw new WaitingError();
    } finally {
      this.#jobCount--;
    }
  }

  async #runIn(slot: WorkerSlot, job: Job): Promise<void> {
    const key = attemptKey(job.task, job.attempt);
    const token = `${this.#options.worker.id}.${crypto.randomUUID()}`;
    const task: SlotTask = { key, token, job };
    await slot.run(task, this.#starter.setOf(job.task), () => this.#claim(task));
    this.#wakeWaitingJobs();
    // The job ends in the queue next: the server executes a connection's commands in order.
    await this.#outbox.sent();
  }

  /**
   * Resolves to whether a slot became free, or the worker leaves.
   *
   * @param limitMs Time limit in milliseconds if there are more jobs than slots.
   */
  async #isSlotFreed(limitMs: number): Promise<boolean> {
    const freed = this.#slotFreed.promise;
    if (this.#jobCount > this.#slots.length) {
      return limitMs > 0 && await settlesWithin(freed, limitMs);
    }
    await freed;
    return true;
  }

  /** Wakes the jobs that wait for a slot. */
  #wakeWaitingJobs(): void {
    this.#slotFreed.resolve();
    this.#slotFreed = Promise.withResolvers();
  }

  /**
   * Claims an attempt, and waits until this machine has read its dependencies' writes. Resolves to
   * whether the attempt may start.
   */
  async #claim(task: SlotTask): Promise<boolean> {
    const { follower } = this.#state;
    // The outcome of the slot's last attempt first: a lost worker has one attempt for each slot.
    await this.#outbox.sent();
    const [{ status, position }] = await Promise.all([
      this.#claims.claim(task),
      follower.reach(task.job.position),
    ]);
    if (status === "removed") {
      this.abortParticipation(new Error("the worker's heartbeat expired"));
    }
    if (status !== "go") return false;
    if (task.job.isAhead && this.#abortReason !== undefined) {
      const outcome = TaskState.CANCELLED;
      this.#outbox.sendFor(task, { type: "settled", key: task.key, outcome }, true);
      return false;
    }
    await follower.reach(position);
    return true;
  }

  #onCommand(command: DriverCommand): void {
    switch (command.type) {
      case "abort":
        return this.#abort(command.reason);
      case "expire":
        for (const slot of this.#slots) slot.expire(command.task, command.attempt);
        return;
      case "fail":
        for (const slot of this.#slots) slot.fail(command);
        return;
      case "stop":
        for (const slot of this.#slots) slot.stop(command.token);
        return;
      case "report-capacity":
        if (command.worker === this.#options.worker.id) this.#reportCapacity();
        return;
      case "lock-granted":
        return this.#lock.onGranted(command.session, command);
      case "start-summary":
        if (command.worker !== this.#options.worker.id) return;
        for (const slot of this.#slots) {
          slot.post(command.process, this.#starter.startSummary(command));
        }
        return;
      case "drain":
        this.#leave();
    }
  }

  #abort(reason: CancelReason): void {
    this.#abortReason = reason;
    for (const slot of this.#slots) slot.abort(reason);
  }

  /**
   * Leaves the run because of an error.
   *
   * @param error Set if the module cannot run on this worker.
   */
  abortParticipation(cause: unknown, error?: ErrorRecord): void {
    if (this.#leaving !== undefined && error === undefined) return;
    this.#isModuleBroken ||= error !== undefined;
    const { displayUrl } = this.#options.connections;
    const reason = error
      ? `${error.type}: ${error.message}`
      : recordError(engineError(cause, displayUrl)).message;
    for (const slot of this.#slots) slot.close();
    this.#leave(reason, error);
  }

  async #leave(reason?: string, error?: ErrorRecord): Promise<void> {
    this.#isLeaving = true;
    this.#wakeWaitingJobs();
    await (this.#leaving ??= this.#leaveOnce(reason, error));
  }

  async #leaveOnce(reason: string | undefined, error: ErrorRecord | undefined): Promise<void> {
    const { connections, key, worker, spec } = this.#options;
    this.#heartbeat[Symbol.dispose]();
    const left: WorkerEvent = { type: "left", worker: worker.id, ...(error ? { error } : {}) };
    const leave = async () => {
      await Promise.all(this.#slots.map((slot) => slot.shutDown(spec.hasTeardown)));
      await this.#outbox.flush();
      // Race prevented: the queue is closed before `leave`, since it would write keys of a removed
      // run.
      await settlesWithin(this.#consumer.close(true).catch(() => {}), LEAVE_TIMEOUT_MS);
      await connections.runScript("leave", key, worker.id, JSON.stringify(left));
    };
    const limitMs = spec.hasTeardown ? 3 * LEAVE_TIMEOUT_MS : LEAVE_TIMEOUT_MS;
    await settlesWithin(leave().catch(() => {}), limitMs); // else its heartbeat expires
    this.#isClosed = true;
    this.#lock[Symbol.dispose]();
    this.#state.follower.fail(new Error("the worker has left the run"));
    for (const slot of this.#slots) slot.close();
    await settlesWithin(this.#consumer.close(true).catch(() => {}), LEAVE_TIMEOUT_MS);
    const cleanUpError = await this.#starter.close().then(() => undefined, errorText);
    this.#ended.resolve(reason ?? cleanUpError);
  }
}

/**
 * Lock of a job in the queue, in milliseconds; renewed with each heartbeat. After that, the queue
 * delivers the job to another worker.
 */
const JOB_LOCK_MS = 3_000;

/** Creates the consumer of a run's queue. `run` resolves when a job has ended. */
export function createQueueConsumer(
  connections: Connections,
  key: string,
  concurrency: number, // all slots: BullMQ applies an increase only after a job has ended
  run: (job: QueueJob<Job>) => Promise<void>,
): Worker<Job> {
  const worker = new Worker<Job>(QUEUE, run, {
    connection: connections.queueClient,
    prefix: key,
    autorun: false,
    concurrency,
    lockDuration: JOB_LOCK_MS,
    lockRenewTime: HEARTBEAT_MS,
    stalledInterval: HEARTBEAT_MS,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // STARTS_MAX limits the starts of an attempt
    skipVersionCheck: true,
  });
  worker.on("error", () => {}); // BullMQ reconnects, and looks jobs up in Redis
  return worker;
}
