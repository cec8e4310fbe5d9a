/**
 * The driver's end of a run at an engine: it claims the run, says that it is alive, and tells workers what
 * they are to do. One driver at a time has a run; one that is not heard of loses it.
 */
import { serialize } from "node:v8";
import { Queue } from "bullmq";
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import { UsageError } from "../../base/errors.ts";
import type { Connections, ScriptArgument } from "../redis/connections.ts";
import type { ScriptName } from "../redis/redis_scripts.ts";
import { RunListing } from "./run_listing.ts";
import { EngineFailure } from "../redis/engine_failure.ts";
import { findDifference } from "../manifest.ts";
import { readStateBase, type StateBase } from "../state_log.ts";
import {
  attemptKey,
  type DriverCommand,
  type EngineRunSpec,
  HEARTBEAT_MS,
  type Job,
  LIVENESS_TIMEOUT_MS,
  ORPHAN_TTL_MS,
  QUEUE,
  runKey,
  type RunMetadata,
  type StartSummaryRequest,
  STATE_BYTES,
  TOMBSTONE_TTL_MS,
  type WorkerEvent,
  type WorkerInfo,
} from "../engine_protocol.ts";

/** See the head of this file. */
export class DriverSession {
  readonly connections: Connections;
  /** What all keys of the run begin with. */
  readonly key: string;
  readonly #run: string;
  readonly #token = crypto.randomUUID();
  readonly #queue: JobQueue;
  readonly #metadata: RunMetadata;
  readonly #listing: RunListing;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** When the engine was reached last. */
  #lastReplyMs = nowMs();
  /** Until then, who is not heard of may be alive. */
  #graceUntilMs = 0;

  /** @param run The run's id. */
  constructor(connections: Connections, run: string, metadata: RunMetadata) {
    this.connections = connections;
    this.key = runKey(run);
    this.#run = run;
    this.#metadata = metadata;
    this.#listing = new RunListing(connections, metadata.module, run);
    this.#queue = new JobQueue(connections, this.key);
  }

  /**
   * Claims the run.
   *
   * @returns Whether it was begun before.
   * @throws {UsageError} when it cannot be had.
   */
  async claim(): Promise<boolean> {
    const [status, text] = await this.connections.runScript(
      "claimRun",
      this.key,
      this.#token,
      LIVENESS_TIMEOUT_MS,
    );
    const cannot = `Cannot run as "${this.#run}"`;
    if (status === "finished") {
      throw new UsageError(`${cannot}: that run is over; choose another id`);
    }
    if (status === "driven") {
      throw new UsageError(
        `${cannot}: another process drives that run, or did a moment ago; choose another id, or ` +
          `try again in ${LIVENESS_TIMEOUT_MS / 1_000} s`,
      );
    }
    if (status === "new") return false;
    const why = resumeMismatch(this.#metadata, JSON.parse(String(text)));
    if (why === undefined) return true;
    await this.abandon();
    throw new UsageError(`${cannot}: it was begun ${why}; choose another id`);
  }

  /**
   * Begins the run's state.
   *
   * @throws {UsageError} when it is too large.
   */
  async open(snapshot: Uint8Array, nextBlock: number): Promise<void> {
    const metadata = JSON.stringify(this.#metadata);
    const args = [
      this.#token,
      LIVENESS_TIMEOUT_MS,
      ORPHAN_TTL_MS,
      metadata,
      nextBlock,
      snapshot,
    ] as const;
    const [status, bytes] = await this.connections.runScript("open", this.key, ...args);
    if (status === "full") {
      throw new UsageError(
        `Cannot begin the run: its state has ${bytes} bytes, the limit on an engine is ${STATE_BYTES}`,
      );
    }
    if (status === "lost") throw new UsageError("Cannot begin the run: another process drives it");
  }

  /** What the state's log begins with: the whole state at a place. */
  async base(): Promise<StateBase | undefined> {
    return await readStateBase(this.connections, this.key);
  }

  /** Has workers take part from now on. */
  async announce(order: EngineRunSpec): Promise<void> {
    await this.#call("announce", JSON.stringify(order));
    await this.#listing.publish();
  }

  /** Has all workers leave. Nobody joins any more, or joins again: they would not hear of it. */
  async drain(): Promise<void> {
    await this.#call("drain");
    await this.#listing.withdraw();
  }

  /** Who takes part. */
  async workers(): Promise<WorkerInfo[]> {
    const workers = await this.connections.main.hgetall(`${this.key}:workers`);
    return Object.values(workers).map((it) => JSON.parse(it));
  }

  /** What was said last, which is the past for a driver that goes on, and what those before have revoked. */
  async resumeState(): Promise<{ lastEventId: string; revoked: readonly string[] }> {
    const { main } = this.connections;
    const [last] = await main.xrevrange(`${this.key}:events`, "+", "-", "COUNT", 1);
    return { lastEventId: last?.[0] ?? "0-0", revoked: await main.smembers(`${this.key}:revoked`) };
  }

  /**
   * Says again and again that the driver is alive.
   *
   * @param place How far it has read the state's log.
   * @param onBeat Called each time.
   * @param onLost Called when it has the run no more.
   */
  startHeartbeat(
    position: () => number,
    onBeat: () => Promise<void>,
    onLost: (error: Error) => void,
  ): void {
    let isBusy = false;
    const beat = async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        await this.#call("driverHeartbeat", LIVENESS_TIMEOUT_MS, ORPHAN_TTL_MS, position());
        this.#recordReply();
        await this.#listing.renew();
        await onBeat();
      } catch (error) {
        onLost(error as Error);
      } finally {
        isBusy = false;
      }
    };
    this.#timer = setInterval(beat, HEARTBEAT_MS);
    beat();
  }

  /** Who could not reach the engine, workers may not have reached it either: they get time to be heard of again. */
  #recordReply(): void {
    const atMs = nowMs();
    if (atMs - this.#lastReplyMs > LIVENESS_TIMEOUT_MS / 2) {
      this.#graceUntilMs = atMs + LIVENESS_TIMEOUT_MS;
    }
    this.#lastReplyMs = atMs;
  }

  /** Of these workers, those not heard of; they take part no more. */
  async dropLost(ids: readonly string[]): Promise<string[]> {
    if (nowMs() < this.#graceUntilMs) return [];
    const { main } = this.connections;
    const alive = await Promise.all(ids.map((id) => main.exists(`${this.key}:heartbeat:${id}`)));
    const lost = ids.filter((_, index) => alive[index] === 0);
    if (lost.length > 0) await main.hdel(`${this.key}:workers`, ...lost);
    return lost;
  }

  /** Has an attempt run. To do that twice is to do it once. */
  async enqueue(name: string, job: Job): Promise<void> {
    await this.#queue.add(name, job);
  }

  /** Tells the workers something. */
  async publish(command: DriverCommand): Promise<void> {
    await this.#call("publishCommand", JSON.stringify(command), "");
  }

  /** Tells running tasks to end, and those that join later. */
  async abort(command: Extract<DriverCommand, { type: "abort" }>): Promise<void> {
    await this.#call("publishCommand", JSON.stringify(command), command.reason);
  }

  /** Answers what code asks that is run again. */
  async sendStartSummary(
    worker: string,
    request: StartSummaryRequest,
    value: unknown,
  ): Promise<void> {
    const bytes = serialize(value).toString("base64");
    await this.publish({ type: "start-summary", worker, ...request, value: bytes });
  }

  /** Has an attempt neither begin nor go on. */
  async revoke(key: string, event: Extract<WorkerEvent, { type: "lost" }>): Promise<void> {
    await this.#call("revoke", key, JSON.stringify(event));
  }

  /** Whether an attempt was begun, or ended before it had. */
  async hasStartedOrEnded(key: string): Promise<boolean> {
    const isIn = (hash: string) => this.connections.main.hexists(`${this.key}:${hash}`, key);
    return await isIn("starts") === 1 || await isIn("ended") === 1;
  }

  /** How far the state's log goes, and which ids were given out. */
  async logEnd(): Promise<{ position: number; nextBlock: number }> {
    const [count, ids] = await this.connections.main.hmget(`${this.key}:run`, "count", "ids");
    return { position: Number(count), nextBlock: Number(ids) };
  }

  /** Removes all there is of the run, but for the news that it is over. */
  async remove(): Promise<void> {
    await this.#call("drain"); // whoever takes part hears of it
    await this.#call("remove", TOMBSTONE_TTL_MS);
  }

  /** Lets another process drive. */
  async abandon(): Promise<void> {
    await this.#call("abandon");
  }

  /**
   * Has no use for the run any more. No beat comes after that, by which the claim would be taken back; and the place in
   * line is left last: it may be another's who drives the run now.
   *
   * @param isKept Whether it stands for whoever goes on with it.
   */
  async release(isResumable: boolean): Promise<void> {
    clearInterval(this.#timer);
    await (isResumable ? this.abandon() : this.remove());
    await this.#listing.withdraw();
  }

  /** Is heard of no more. */
  close(): void {
    clearInterval(this.#timer);
    this.connections[Symbol.dispose]();
  }

  /** Does what the driver alone may. */
  async #call(name: ScriptName, ...args: ScriptArgument[]): Promise<void> {
    const [status] = await this.connections.runScript(name, this.key, this.#token, ...args);
    if (status !== "ok") throw new EngineFailure(...CLAIM_ERRORS[String(status)]!);
  }
}

/** Why a driver has its run no more. */
const CLAIM_ERRORS: Readonly<Record<string, readonly [message: string, more?: string]>> = {
  lost: ["another process drives the run now"],
  finished: ["another process has driven the run to its end"],
  forgotten: [
    "the engine has lost the run, or a part of it",
    "a server that keeps what it has confirmed is started with --appendonly yes " +
    "--appendfsync always",
  ],
};

/** What it was begun with, or for, that is not the same; undefined where it may be gone on with. */
function resumeMismatch(current: RunMetadata, previous: RunMetadata): string | undefined {
  if (current.protocol !== previous.protocol || current.version !== previous.version) {
    return `with another version of this library (${previous.version})`;
  }
  if (current.module !== previous.module) return `for another module ("${previous.module}")`;
  const changed = findDifference(current.manifest, previous.manifest);
  if (changed !== undefined) return `with another version of the module: ${changed}`;
  const isSame = current.names.length === previous.names.length &&
    current.names.every((name, task) => name === previous.names[task]);
  return isSame ? undefined : "with other tasks";
}

/** The queue of a run, as its driver uses it. It is made when it is used first: it leaves keys of its own. */
export class JobQueue {
  readonly #connections: Connections;
  readonly #prefix: string;
  #created: Queue<Job> | undefined;

  /** @param prefix What all keys of the run begin with. */
  constructor(connections: Connections, prefix: string) {
    this.#connections = connections;
    this.#prefix = prefix;
  }

  /** Has an attempt run. To do that twice is to do it once. */
  async add(name: string, job: Job): Promise<void> {
    const jobId = attemptKey(job.task, job.attempt);
    await this.#queue.add(name, job, { jobId, removeOnComplete: true, removeOnFail: true });
  }

  get #queue(): Queue<Job> {
    if (this.#created === undefined) {
      this.#created = new Queue<Job>(QUEUE, {
        connection: this.#connections.createQueueClient(),
        prefix: this.#prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true, // it would write them without a script
      });
      this.#created.on("error", () => {}); // it tries again
    }
    return this.#created;
  }
}
