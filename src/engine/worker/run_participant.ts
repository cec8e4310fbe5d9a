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
const LEAVE_MS = 5_000;

/** What a worker takes part in a run with. */
export interface RunParticipantOptions {
  readonly connections: Connections;
  /** What all keys of the run begin with. */
  readonly key: string;
  readonly member: WorkerInfo;
  readonly order: EngineRunSpec;
  readonly names: readonly string[];
  /** The module, here. */
  readonly module: string;
  /** Whether another run waits for workers. */
  readonly isWanted: () => Promise<boolean>;
}

/** See the head of this file. */
export class RunParticipant {
  /** Resolves when the run is left; says why, if not since it is over. */
  readonly over: Promise<string | undefined>;
  readonly #parts: RunParticipantOptions;
  readonly #store: WorkerState;
  readonly #sayer: Outbox;
  readonly #lock: LeaseLockClient;
  readonly #words = new ProcessDrain(SHUTDOWN_TIMEOUTS);
  readonly #starter: ProcessStarter;
  readonly #slots: WorkerSlot[];
  readonly #worker: Worker<Job>;
  readonly #end = Promise.withResolvers<string | undefined>();
  readonly #pulse: Heartbeat;
  #aborted: CancelReason | undefined;
  #change = Promise.withResolvers<void>();
  #isLeaving = false;
  #isUnfit = false;
  #leaving: Promise<void> | undefined;
  #isClosed = false;

  private constructor(
    parts: RunParticipantOptions,
    store: WorkerState,
    pulse: Heartbeat,
    toldFrom: string,
  ) {
    const { connections, key, member } = parts;
    this.#parts = parts;
    this.#store = store;
    this.#pulse = pulse;
    this.over = this.#end.promise;
    this.#sayer = new Outbox(
      connections,
      key,
      member.id,
      (error) => this.abortParticipation(error),
    );
    this.#lock = new LeaseLockClient(connections, key);
    this.#starter = new ProcessStarter({ ...parts, store, lock: this.#lock });
    const size = Math.min(member.slots, parts.names.length);
    this.#worker = createQueueConsumer(connections, key, size, (job) => this.#run(job));
    const host = createSlotContext(parts, this.#sayer, this.#starter, {
      isAborted: () => this.#aborted !== undefined,
      readyChanged: () => this.#room(),
      broken: (error) => this.abortParticipation(error, error),
    });
    this.#slots = Array.from(
      { length: size },
      (_, slot) => new WorkerSlot(host, slot, this.#words),
    );
    subscribeToCommands(connections, key, store.follower, toldFrom, {
      hear: (told) => this.#hear(told),
      isOver: () => this.#isClosed,
      fail: (error) => this.abortParticipation(error),
    });
  }

  /**
   * Joins a run.
   *
   * @returns Undefined where it is over.
   */
  static async join(parts: RunParticipantOptions): Promise<RunParticipant | undefined> {
    const { connections, key, member } = parts;
    const joined = JSON.stringify({ type: "joined", worker: member } satisfies WorkerEvent);
    const me = [member.id, LIVENESS_TIMEOUT_MS, JSON.stringify(member), joined] as const;
    const [word, toldFrom, aborted] = await connections.script("join", key, ...me);
    if (word === "finished") return undefined;
    let host: RunParticipant | undefined;
    // From now on: to read the state may take longer than a worker may be silent.
    const pulse = new Heartbeat({
      ...{ connections, key, id: member.id, isWanted: parts.isWanted },
      onLost: (error) => host?.abortParticipation(error), // said again at the next beat
    });
    try {
      const store = await WorkerState.open(connections, key, member.id);
      // It has ended, and its driver had not heard of this worker yet.
      if (store === undefined) return undefined;
      host = new RunParticipant(parts, store, pulse, String(toldFrom));
    } finally {
      if (host === undefined) pulse[Symbol.dispose]();
    }
    if (aborted) host.#abort(aborted as CancelReason);
    return host;
  }

  /** The module cannot be run here: to join once more would come to the same. */
  get isUnfit(): boolean {
    return this.#isUnfit;
  }

  /** Takes no more tasks, and leaves when those it runs have ended. */
  async drain(): Promise<void> {
    this.#isLeaving = true;
    this.#room();
    await this.#worker.pause().then(() => this.#leave(), (error) => this.abortParticipation(error));
  }

  /** Leaves at once. */
  async stop(): Promise<void> {
    for (const slot of this.#slots) slot.close();
    await this.#leave();
  }

  /** Says how many tasks it can run, and takes as many. */
  #room(): void {
    const room = this.#isLeaving ? 0 : this.#slots.filter((slot) => slot.isReady).length;
    this.#sayer.say({ type: "capacity", worker: this.#parts.member.id, capacity: room });
    this.#freed();
    if (room > 0 && !this.#worker.isRunning()) {
      this.#worker.run().catch((error) => this.abortParticipation(error));
    }
  }

  async #run(queued: QueueJob<Job>): Promise<void> {
    const { task, attempt } = queued.data;
    const key = attemptKey(task, attempt);
    const token = `${this.#parts.member.id}.${crypto.randomUUID()}`;
    const begun: SlotTask = { key, token, job: queued.data };
    while (!this.#isLeaving) {
      const free = this.#slots.find((slot) => slot.isReady && slot.task === undefined);
      if (free !== undefined) {
        // It takes the slot at once: nothing may be awaited since it was found free.
        await free.run(begun, this.#starter.setOf(task), () => this.#begin(begun));
        this.#freed();
        return await this.#sayer.flush();
      }
      await this.#change.promise;
    }
    await queued.moveToWait(queued.token);
    throw new WaitingError();
  }

  /** Whoever waits for a slot looks again. */
  #freed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Says whether an attempt may begin here, and sees to it that its dependencies' writes are there. */
  async #begin(task: SlotTask): Promise<boolean> {
    const { connections, key, member } = this.#parts;
    const [word, place] = await claimAttempt(connections, key, member.id, task);
    if (word === "removed") this.abortParticipation(new Error("it was not heard of for too long"));
    if (word !== "go") return false;
    await this.#store.follower.reach(Number(place));
    return true;
  }

  #hear(told: DriverCommand): void {
    switch (told.type) {
      case "abort":
        return this.#abort(told.reason);
      case "expire":
        for (const slot of this.#slots) slot.expire(told.task, told.attempt);
        return;
      case "stop":
        for (const slot of this.#slots) slot.stop(told.token);
        return;
      case "report-capacity":
        if (told.worker === this.#parts.member.id) this.#room();
        return;
      case "lock-granted":
        return this.#lock.granted(told.session, told);
      case "start-summary":
        if (told.worker !== this.#parts.member.id) return;
        for (const slot of this.#slots) slot.post(told.process, this.#starter.recalled(told));
        return;
      case "drain":
        this.#leave();
    }
  }

  #abort(reason: CancelReason): void {
    this.#aborted = reason;
    for (const slot of this.#slots) slot.abort(reason);
  }

  /** It cannot go on here; `error` says why the module cannot be run, if that is the reason. */
  abortParticipation(cause: unknown, error?: ErrorRecord): void {
    if (this.#leaving !== undefined && error === undefined) return;
    this.#isUnfit ||= error !== undefined;
    const { shown } = this.#parts.connections;
    const why = error
      ? `${error.type}: ${error.message}`
      : recordError(engineError(cause, shown)).message;
    for (const slot of this.#slots) slot.close();
    this.#leave(why, error);
  }

  async #leave(why?: string, error?: ErrorRecord): Promise<void> {
    this.#isLeaving = true;
    this.#freed();
    await (this.#leaving ??= this.#leaveOnce(why, error));
  }

  async #leaveOnce(why: string | undefined, error: ErrorRecord | undefined): Promise<void> {
    const { connections, key, member, order } = this.#parts;
    this.#pulse[Symbol.dispose]();
    const left: WorkerEvent = { type: "left", worker: member.id, ...(error ? { error } : {}) };
    const words = async () => {
      await Promise.all(this.#slots.map((slot) => slot.finish(order.hasTeardown)));
      await this.#sayer.flush();
      // Before the last word: a queue that was removed meanwhile would be left with keys of this worker's.
      await settlesWithin(this.#worker.close(true).catch(() => {}), LEAVE_MS);
      await connections.script("leave", key, member.id, JSON.stringify(left));
    };
    const limitMs = order.hasTeardown ? 3 * LEAVE_MS : LEAVE_MS;
    await settlesWithin(words().catch(() => {}), limitMs); // it cannot be reached: it is seen that we are gone
    this.#isClosed = true;
    this.#lock[Symbol.dispose]();
    this.#store.follower.break(new Error("the run is left"));
    for (const slot of this.#slots) slot.close();
    await settlesWithin(this.#worker.close(true).catch(() => {}), LEAVE_MS);
    const untidy = await this.#starter.close().then(() => undefined, errorText);
    this.#end.resolve(why ?? untidy);
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
  const lost: WorkerEvent = { type: "lost", key, error: LOST_AGAIN };
  return await connections.script("claimAttempt", run, key, token, worker, JSON.stringify(lost));
}

const LOST_AGAIN: ErrorRecord = {
  type: "WorkerLostError",
  message: `the workers that ran this task were lost ${STARTS_MAX} times`,
};

/** A job is a worker's so long without it saying so again. */
const JOB_MS = 3_000;

/** Makes what takes them, once it is told to run; `run` resolves when a job has ended. */
export function createQueueConsumer(
  connections: Connections,
  key: string,
  concurrency: number, // raised while it waits for a job to end, it would take no more until then
  run: (job: QueueJob<Job>) => Promise<void>,
): Worker<Job> {
  const worker = new Worker<Job>(QUEUE, run, {
    connection: connections.forQueue(),
    prefix: key,
    autorun: false,
    concurrency,
    lockDuration: JOB_MS,
    lockRenewTime: HEARTBEAT_MS,
    stalledInterval: HEARTBEAT_MS,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // how often an attempt may begin is counted elsewhere
    skipVersionCheck: true,
  });
  worker.on("error", () => {}); // it tries again; what became of a job is looked up there
  return worker;
}
