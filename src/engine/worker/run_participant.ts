/**
 * A worker's part in one run, from joining it to leaving it. Jobs come from the queue; each is an attempt, which
 * begins if it may (another worker may have had it before and be lost), runs in a slot, and ends by what is
 * said to the driver.
 */
import { type Job as QueueJob, WaitingError, Worker } from "bullmq";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import { errorText } from "../../base/text_format.ts";
import { SHUTDOWN_TIMEOUTS } from "../../lane/shutdown.ts";
import { ProcessDrain } from "../../process/process_drain.ts";
import { settlesWithin } from "../../runtime/settles_within.ts";
import { type Connections, engineError, type ScriptReply } from "../redis/connections.ts";
import {
  attemptKey,
  type DriverCommand,
  type EngineRunSpec,
  HEARTBEAT_MS,
  type Job,
  LIVENESS_TIMEOUT_MS,
  QUEUE,
  STARTS_MAX,
  type WorkerEvent,
  type WorkerInfo,
} from "../engine_protocol.ts";
import { type SlotTask, WorkerSlot } from "./worker_slot.ts";
import { WorkerState } from "./worker_state.ts";
import { subscribeToCommands } from "./subscribe_to_commands.ts";
import { LeaseLockClient } from "./lease_lock_client.ts";
import { ProcessStarter } from "./process_starter.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Outbox, type OutboxAttempt } from "./outbox.ts";
import { createSlotContext } from "./slot_context.ts";

/** Last words that cannot be said are given up. */
const LEAVE_TIMEOUT_MS = 5_000;

/** What a worker takes part in a run with. */
export interface RunParticipantOptions {
  readonly connections: Connections;
  /** What all keys of the run begin with. */
  readonly key: string;
  readonly worker: WorkerInfo;
  readonly spec: EngineRunSpec;
  readonly names: readonly string[];
  /** The module, here. */
  readonly module: string;
  /** Whether another run waits for workers. */
  readonly isOtherRunWaiting: () => Promise<boolean>;
}

/** See the head of this file. */
export class RunParticipant {
  /** Resolves when the run is left; says why, if not since it is over. */
  readonly ended: Promise<string | undefined>;
  readonly #options: RunParticipantOptions;
  readonly #state: WorkerState;
  readonly #outbox: Outbox;
  readonly #lock: LeaseLockClient;
  readonly #drain = new ProcessDrain(SHUTDOWN_TIMEOUTS);
  readonly #starter: ProcessStarter;
  readonly #slots: WorkerSlot[];
  readonly #consumer: Worker<Job>;
  readonly #ended = Promise.withResolvers<string | undefined>();
  readonly #heartbeat: Heartbeat;
  #abortReason: CancelReason | undefined;
  #slotFreed = Promise.withResolvers<void>();
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
    this.#outbox = new Outbox(
      connections,
      key,
      worker.id,
      (error) => this.abortParticipation(error),
    );
    this.#lock = new LeaseLockClient(connections, key);
    this.#starter = new ProcessStarter({ ...options, state, lock: this.#lock });
    const size = Math.min(worker.slots, options.names.length);
    this.#consumer = createQueueConsumer(connections, key, size, (job) => this.#runJob(job));
    const participant = createSlotContext(options, this.#outbox, this.#starter, {
      isAborted: () => this.#abortReason !== undefined,
      onReadyChanged: () => this.#reportCapacity(),
      onBroken: (error) => this.abortParticipation(error, error),
    });
    this.#slots = Array.from(
      { length: size },
      (_, slot) => new WorkerSlot(participant, slot, this.#drain),
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
   * @returns Undefined where it is over.
   */
  static async join(options: RunParticipantOptions): Promise<RunParticipant | undefined> {
    const { connections, key, worker } = options;
    const joined = JSON.stringify({ type: "joined", worker } satisfies WorkerEvent);
    const args = [worker.id, LIVENESS_TIMEOUT_MS, JSON.stringify(worker), joined] as const;
    const [status, lastCommandId, aborted] = await connections.runScript("join", key, ...args);
    if (status === "finished") return undefined;
    let participant: RunParticipant | undefined;
    // From now on: to read the state may take longer than a worker may be silent.
    const heartbeat = new Heartbeat({
      connections,
      key,
      id: worker.id,
      isOtherRunWaiting: options.isOtherRunWaiting,
      onLost: (error) => participant?.abortParticipation(error), // said again at the next beat
    });
    try {
      const state = await WorkerState.open(connections, key, worker.id);
      // It has ended, and its driver had not heard of this worker yet.
      if (state === undefined) return undefined;
      participant = new RunParticipant(options, state, heartbeat, String(lastCommandId));
    } finally {
      if (participant === undefined) heartbeat[Symbol.dispose]();
    }
    if (aborted) participant.#abort(aborted as CancelReason);
    return participant;
  }

  /** The module cannot be run here: to join once more would come to the same. */
  get isModuleBroken(): boolean {
    return this.#isModuleBroken;
  }

  /** Takes no more tasks, and leaves when those it runs have ended. */
  async drain(): Promise<void> {
    this.#isLeaving = true;
    this.#reportCapacity();
    await this.#consumer.pause().then(
      () => this.#leave(),
      (error) => this.abortParticipation(error),
    );
  }

  /** Leaves at once. */
  async stop(): Promise<void> {
    for (const slot of this.#slots) slot.close();
    await this.#leave();
  }

  /** Says how many tasks it can run, and takes as many. */
  #reportCapacity(): void {
    const capacity = this.#isLeaving ? 0 : this.#slots.filter((slot) => slot.isReady).length;
    this.#outbox.send({ type: "capacity", worker: this.#options.worker.id, capacity });
    this.#wakeWaitingJobs();
    if (capacity > 0 && !this.#consumer.isRunning()) {
      this.#consumer.run().catch((error) => this.abortParticipation(error));
    }
  }

  async #runJob(queued: QueueJob<Job>): Promise<void> {
    const { task, attempt } = queued.data;
    const key = attemptKey(task, attempt);
    const token = `${this.#options.worker.id}.${crypto.randomUUID()}`;
    const slotTask: SlotTask = { key, token, job: queued.data };
    while (!this.#isLeaving) {
      const free = this.#slots.find((slot) => slot.isReady && slot.task === undefined);
      if (free !== undefined) {
        // It takes the slot at once: nothing may be awaited since it was found free.
        await free.run(slotTask, this.#starter.setOf(task), () => this.#claim(slotTask));
        this.#wakeWaitingJobs();
        return await this.#outbox.flush();
      }
      await this.#slotFreed.promise;
    }
    await queued.moveToWait(queued.token);
    throw new WaitingError();
  }

  /** Whoever waits for a slot looks again. */
  #wakeWaitingJobs(): void {
    this.#slotFreed.resolve();
    this.#slotFreed = Promise.withResolvers();
  }

  /** Says whether an attempt may begin here, and sees to it that its dependencies' writes are there. */
  async #claim(task: SlotTask): Promise<boolean> {
    const { connections, key, worker } = this.#options;
    const [status, position] = await claimAttempt(connections, key, worker.id, task);
    if (status === "removed") {
      this.abortParticipation(new Error("it was not heard of for too long"));
    }
    if (status !== "go") return false;
    await this.#state.follower.reach(Number(position));
    return true;
  }

  #onCommand(command: DriverCommand): void {
    switch (command.type) {
      case "abort":
        return this.#abort(command.reason);
      case "expire":
        for (const slot of this.#slots) slot.expire(command.task, command.attempt);
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

  /** It cannot go on here; `error` says why the module cannot be run, if that is the reason. */
  abortParticipation(cause: unknown, error?: ErrorRecord): void {
    if (this.#leaving !== undefined && error === undefined) return;
    this.#isModuleBroken ||= error !== undefined;
    const { displayUrl: shown } = this.#options.connections;
    const reason = error
      ? `${error.type}: ${error.message}`
      : recordError(engineError(cause, shown)).message;
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
      // Before the last word: a queue that was removed meanwhile would be left with keys of this worker's.
      await settlesWithin(this.#consumer.close(true).catch(() => {}), LEAVE_TIMEOUT_MS);
      await connections.runScript("leave", key, worker.id, JSON.stringify(left));
    };
    const limitMs = spec.hasTeardown ? 3 * LEAVE_TIMEOUT_MS : LEAVE_TIMEOUT_MS;
    await settlesWithin(leave().catch(() => {}), limitMs); // it cannot be reached: it is seen that we are gone
    this.#isClosed = true;
    this.#lock[Symbol.dispose]();
    this.#state.follower.fail(new Error("the run is left"));
    for (const slot of this.#slots) slot.close();
    await settlesWithin(this.#consumer.close(true).catch(() => {}), LEAVE_TIMEOUT_MS);
    const cleanUpError = await this.#starter.close().then(() => undefined, errorText);
    this.#ended.resolve(reason ?? cleanUpError);
  }
}

/**
 * Asks whether an attempt may begin; if so, it is this worker's by its token.
 *
 * @param run What all keys of the run begin with.
 * @returns `go` and how far the state's log goes; or why not.
 */
async function claimAttempt(
  connections: Connections,
  run: string,
  worker: string,
  { key, token }: OutboxAttempt,
): Promise<ScriptReply> {
  const lost: WorkerEvent = { type: "lost", key, error: TOO_MANY_STARTS };
  return await connections.runScript("claimAttempt", run, key, token, worker, JSON.stringify(lost));
}

const TOO_MANY_STARTS: ErrorRecord = {
  type: "WorkerLostError",
  message: `the workers that ran this task were lost ${STARTS_MAX} times`,
};

/** A job is a worker's so long without it saying so again. */
const JOB_LOCK_MS = 3_000;

/** Makes what takes them, once it is told to run; `run` resolves when a job has ended. */
export function createQueueConsumer(
  connections: Connections,
  key: string,
  concurrency: number, // raised while it waits for a job to end, it would take no more until then
  run: (job: QueueJob<Job>) => Promise<void>,
): Worker<Job> {
  const worker = new Worker<Job>(QUEUE, run, {
    connection: connections.createQueueClient(),
    prefix: key,
    autorun: false,
    concurrency,
    lockDuration: JOB_LOCK_MS,
    lockRenewTime: HEARTBEAT_MS,
    stalledInterval: HEARTBEAT_MS,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // how often an attempt may begin is counted elsewhere
    skipVersionCheck: true,
  });
  worker.on("error", () => {}); // it tries again; what became of a job is looked up there
  return worker;
}
