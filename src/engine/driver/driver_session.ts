/**
 * The driver's session in a run: claims the run, renews the claim, and publishes commands to the
 * workers. A run has one driver at a time; a driver without a heartbeat loses the run.
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

/** The session of a driver in a run: a lease on the run, with a token that fences every command. */
export class DriverSession {
  readonly connections: Connections;
  /** The prefix of the run's keys. */
  readonly key: string;
  readonly #run: string;
  readonly #token = crypto.randomUUID();
  readonly #queue: JobQueue;
  readonly #metadata: RunMetadata;
  readonly #listing: RunListing;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Time of the last reply to a heartbeat. */
  #lastReplyMs = nowMs();
  /** Workers without a heartbeat do not count as lost before this time. */
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
   * @returns Whether the run exists already, so that this driver resumes it.
   * @throws {UsageError} when the run is finished, driven by another process, or a different one.
   */
  async claim(): Promise<boolean> {
    const [status, text] = await this.connections.runScript(
      "claimRun",
      this.key,
      this.#token,
      LIVENESS_TIMEOUT_MS,
    );
    const cannot = `Cannot use the run id "${this.#run}"`;
    if (status === "finished") {
      throw new UsageError(`${cannot}: that run is finished; choose another id`);
    }
    if (status === "driven") {
      throw new UsageError(
        `${cannot}: another process drives that run, or did a moment ago; choose another id, or ` +
          `try again in ${LIVENESS_TIMEOUT_MS / 1_000} s`,
      );
    }
    if (status === "new") return false;
    const mismatch = resumeMismatch(this.#metadata, JSON.parse(String(text)));
    if (mismatch === undefined) return true;
    await this.abandon();
    throw new UsageError(`${cannot}: the run was started ${mismatch}; choose another id`);
  }

  /**
   * Creates the run's state.
   *
   * @throws {UsageError} when the state is too large.
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
        `Cannot start the run: its state has ${bytes} bytes, the limit on an engine is ${STATE_BYTES}`,
      );
    }
    if (status === "lost") throw new UsageError("Cannot start the run: another process drives it");
  }

  /** Reads the base of the op log: a snapshot and its position. */
  async base(): Promise<StateBase | undefined> {
    return await readStateBase(this.connections, this.key);
  }

  /** Lets workers join, and lists the run. */
  async announce(spec: EngineRunSpec): Promise<void> {
    await this.#call("announce", JSON.stringify(spec));
    await this.#listing.publish();
  }

  /**
   * Has all workers leave, and delists the run: a worker that joined later would miss the command.
   */
  async drain(): Promise<void> {
    await this.#call("drain");
    await this.#listing.withdraw();
  }

  /** The workers of the run. */
  async workers(): Promise<WorkerInfo[]> {
    const workers = await this.connections.main.hgetall(`${this.key}:workers`);
    return Object.values(workers).map((it) => JSON.parse(it));
  }

  /**
   * The id of the last event before this driver, and the attempts that previous drivers have
   * revoked.
   */
  async resumeState(): Promise<{ lastEventId: string; revoked: readonly string[] }> {
    const { main } = this.connections;
    const [last] = await main.xrevrange(`${this.key}:events`, "+", "-", "COUNT", 1);
    return { lastEventId: last?.[0] ?? "0-0", revoked: await main.smembers(`${this.key}:revoked`) };
  }

  /**
   * Starts the heartbeat, which renews the claim.
   *
   * @param position Returns the position up to which the driver has read the op log.
   * @param onBeat Called after each heartbeat.
   * @param onLost Called when the claim is lost.
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

  /** Starts a grace period after an outage: the workers may have been cut off, too. */
  #recordReply(): void {
    const atMs = nowMs();
    if (atMs - this.#lastReplyMs > LIVENESS_TIMEOUT_MS / 2) {
      this.#graceUntilMs = atMs + LIVENESS_TIMEOUT_MS;
    }
    this.#lastReplyMs = atMs;
  }

  /** Removes those of these workers that have no heartbeat. Returns their ids. */
  async dropLost(ids: readonly string[]): Promise<string[]> {
    if (nowMs() < this.#graceUntilMs) return [];
    const { main } = this.connections;
    const alive = await Promise.all(ids.map((id) => main.exists(`${this.key}:heartbeat:${id}`)));
    const lost = ids.filter((_, index) => alive[index] === 0);
    if (lost.length > 0) await main.hdel(`${this.key}:workers`, ...lost);
    return lost;
  }

  /** Enqueues an attempt. Idempotent. */
  async enqueue(name: string, job: Job): Promise<void> {
    await this.#queue.add(name, job);
  }

  /** Publishes a command to the workers. */
  async publish(command: DriverCommand): Promise<void> {
    await this.#call("publishCommand", JSON.stringify(command), "");
  }

  /** Aborts the running tasks, and those of workers that join later. */
  async abort(command: Extract<DriverCommand, { type: "abort" }>): Promise<void> {
    await this.#call("publishCommand", JSON.stringify(command), command.reason);
  }

  /** Sends the summary of a finished `start()` to the worker that requested it. */
  async sendStartSummary(
    worker: string,
    request: StartSummaryRequest,
    value: unknown,
  ): Promise<void> {
    const bytes = serialize(value).toString("base64");
    await this.publish({ type: "start-summary", worker, ...request, value: bytes });
  }

  /**
   * Keeps an attempt from starting, or stops it.
   *
   * @returns The id of the worker that stops it, if one runs it.
   */
  async revoke(
    key: string,
    event: Extract<WorkerEvent, { type: "lost" }>,
  ): Promise<string | undefined> {
    const worker = await this.#call("revoke", key, JSON.stringify(event));
    return worker ? String(worker) : undefined;
  }

  /** Whether an attempt was started, or ended without a start. */
  async hasStartedOrEnded(key: string): Promise<boolean> {
    const isIn = (hash: string) => this.connections.main.hexists(`${this.key}:${hash}`, key);
    return await isIn("starts") === 1 || await isIn("ended") === 1;
  }

  /** The end of the op log, and the next free block of object ids. */
  async logEnd(): Promise<{ position: number; nextBlock: number }> {
    const [count, ids] = await this.connections.main.hmget(`${this.key}:run`, "count", "ids");
    return { position: Number(count), nextBlock: Number(ids) };
  }

  /** Removes all keys of the run, and leaves a tombstone. */
  async remove(): Promise<void> {
    await this.#call("drain"); // remaining workers leave
    await this.#call("remove", TOMBSTONE_TTL_MS);
  }

  /** Releases the claim: another process may drive. */
  async abandon(): Promise<void> {
    await this.#call("abandon");
  }

  /**
   * Ends this driver's part in the run. The heartbeat stops first, since it would renew the claim.
   * The run is delisted last: another driver may have listed it again.
   *
   * @param isResumable Whether another driver may resume the run; otherwise its keys are removed.
   */
  async release(isResumable: boolean): Promise<void> {
    clearInterval(this.#timer);
    await (isResumable ? this.abandon() : this.remove());
    await this.#listing.withdraw();
  }

  /** Stops the heartbeat and closes the connections. */
  close(): void {
    clearInterval(this.#timer);
    this.connections[Symbol.dispose]();
  }

  /** Runs a script that only the driver may run. */
  async #call(name: ScriptName, ...args: ScriptArgument[]): Promise<string | number | undefined> {
    const [status, value] = await this.connections.runScript(name, this.key, this.#token, ...args);
    if (status !== "ok") throw new EngineFailure(...CLAIM_ERRORS[String(status)]!);
    return value;
  }
}

/** Errors by the status of a rejected script. */
const CLAIM_ERRORS: Readonly<Record<string, readonly [message: string, more?: string]>> = {
  lost: ["another process drives the run now"],
  finished: ["another process has finished the run"],
  forgotten: [
    "Redis no longer has the run, or a part of it",
    "start the server with --appendonly yes --appendfsync always to persist every write",
  ],
};

/**
 * Describes the difference between this run and the existing one with the same id; undefined if
 * there is none.
 */
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

/** The driver's side of the run's queue. Created on first use, since creation writes keys. */
export class JobQueue {
  readonly #connections: Connections;
  readonly #prefix: string;
  #created: Queue<Job> | undefined;

  /** @param prefix The prefix of the run's keys. */
  constructor(connections: Connections, prefix: string) {
    this.#connections = connections;
    this.#prefix = prefix;
  }

  /** Adds the job of an attempt. Idempotent: the attempt is the job's id. */
  async add(name: string, job: Job): Promise<void> {
    const jobId = attemptKey(job.task, job.attempt);
    await this.#queue.add(name, job, { jobId, removeOnComplete: true, removeOnFail: true });
  }

  get #queue(): Queue<Job> {
    if (this.#created === undefined) {
      this.#created = new Queue<Job>(QUEUE, {
        connection: this.#connections.queueClient,
        prefix: this.#prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true, // BullMQ would write them outside of a script, without a TTL
      });
      this.#created.on("error", () => {}); // BullMQ reconnects
    }
    return this.#created;
  }
}
