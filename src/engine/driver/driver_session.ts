/**
 * The driver's end of a run at an engine: it claims the run, says that it is alive, and tells workers what
 * they are to do. One driver at a time has a run; one that is not heard of loses it.
 */
import { serialize } from "node:v8";
import { Queue } from "bullmq";
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import { UsageError } from "../../base/errors.ts";
import type { Argument, Connections } from "../redis/connections.ts";
import type { ScriptName } from "../redis/redis_scripts.ts";
import { RunListing } from "./run_listing.ts";
import { EngineFailure } from "../redis/engine_failure.ts";
import { difference } from "../manifest.ts";
import { type StateBase, stateBase } from "../state_log.ts";
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
  readonly #about: RunMetadata;
  readonly #place: RunListing;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** When the engine was reached last. */
  #reachedMs = nowMs();
  /** Until then, who is not heard of may be alive. */
  #patientUntilMs = 0;

  /** @param run The run's id. */
  constructor(connections: Connections, run: string, about: RunMetadata) {
    this.connections = connections;
    this.key = runKey(run);
    this.#run = run;
    this.#about = about;
    this.#place = new RunListing(connections, about.module, run);
    this.#queue = new JobQueue(connections, this.key);
  }

  /**
   * Claims the run.
   *
   * @returns Whether it was begun before.
   * @throws {UsageError} when it cannot be had.
   */
  async claim(): Promise<boolean> {
    const [word, text] = await this.connections.script(
      "claimRun",
      this.key,
      this.#token,
      LIVENESS_TIMEOUT_MS,
    );
    const cannot = `Cannot run as "${this.#run}"`;
    if (word === "finished") throw new UsageError(`${cannot}: that run is over; choose another id`);
    if (word === "driven") {
      throw new UsageError(
        `${cannot}: another process drives that run, or did a moment ago; choose another id, or ` +
          `try again in ${LIVENESS_TIMEOUT_MS / 1_000} s`,
      );
    }
    if (word === "new") return false;
    const why = resumeMismatch(this.#about, JSON.parse(String(text)));
    if (why === undefined) return true;
    await this.giveUp();
    throw new UsageError(`${cannot}: it was begun ${why}; choose another id`);
  }

  /**
   * Begins the run's state.
   *
   * @throws {UsageError} when it is too large.
   */
  async open(snapshot: Uint8Array, nextBlock: number): Promise<void> {
    const about = JSON.stringify(this.#about);
    const args = [
      this.#token,
      LIVENESS_TIMEOUT_MS,
      ORPHAN_TTL_MS,
      about,
      nextBlock,
      snapshot,
    ] as const;
    const [word, bytes] = await this.connections.script("open", this.key, ...args);
    if (word === "full") {
      throw new UsageError(
        `Cannot begin the run: its state has ${bytes} bytes, the limit on an engine is ${STATE_BYTES}`,
      );
    }
    if (word === "lost") throw new UsageError("Cannot begin the run: another process drives it");
  }

  /** What the state's log begins with: the whole state at a place. */
  async base(): Promise<StateBase | undefined> {
    return await stateBase(this.connections, this.key);
  }

  /** Has workers take part from now on. */
  async announce(order: EngineRunSpec): Promise<void> {
    await this.#do("announce", JSON.stringify(order));
    await this.#place.take();
  }

  /** Has all workers leave. Nobody joins any more, or joins again: they would not hear of it. */
  async finish(): Promise<void> {
    await this.#do("drain");
    await this.#place.leave();
  }

  /** Who takes part. */
  async crew(): Promise<WorkerInfo[]> {
    const crew = await this.connections.main.hgetall(`${this.key}:workers`);
    return Object.values(crew).map((it) => JSON.parse(it));
  }

  /** What was said last, which is the past for a driver that goes on, and what those before have revoked. */
  async past(): Promise<{ end: string; revoked: readonly string[] }> {
    const { main } = this.connections;
    const [last] = await main.xrevrange(`${this.key}:events`, "+", "-", "COUNT", 1);
    return { end: last?.[0] ?? "0-0", revoked: await main.smembers(`${this.key}:revoked`) };
  }

  /**
   * Says again and again that the driver is alive.
   *
   * @param place How far it has read the state's log.
   * @param onBeat Called each time.
   * @param onLost Called when it has the run no more.
   */
  beat(
    place: () => number,
    onBeat: () => Promise<void>,
    onLost: (error: Error) => void,
  ): void {
    let isBusy = false;
    const beat = async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        await this.#do("driverHeartbeat", LIVENESS_TIMEOUT_MS, ORPHAN_TTL_MS, place());
        this.#reached();
        await this.#place.keep();
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
  #reached(): void {
    const atMs = nowMs();
    if (atMs - this.#reachedMs > LIVENESS_TIMEOUT_MS / 2) {
      this.#patientUntilMs = atMs + LIVENESS_TIMEOUT_MS;
    }
    this.#reachedMs = atMs;
  }

  /** Of these workers, those not heard of; they take part no more. */
  async dropLost(ids: readonly string[]): Promise<string[]> {
    if (nowMs() < this.#patientUntilMs) return [];
    const { main } = this.connections;
    const alive = await Promise.all(ids.map((id) => main.exists(`${this.key}:heartbeat:${id}`)));
    const lost = ids.filter((_, index) => alive[index] === 0);
    if (lost.length > 0) await main.hdel(`${this.key}:workers`, ...lost);
    return lost;
  }

  /** Has an attempt run. To do that twice is to do it once. */
  async add(name: string, job: Job): Promise<void> {
    await this.#queue.add(name, job);
  }

  /** Tells the workers something. */
  async tell(told: DriverCommand): Promise<void> {
    await this.#do("publishCommand", JSON.stringify(told), "");
  }

  /** Tells running tasks to end, and those that join later. */
  async abort(told: Extract<DriverCommand, { type: "abort" }>): Promise<void> {
    await this.#do("publishCommand", JSON.stringify(told), told.reason);
  }

  /** Answers what code asks that is run again. */
  async recalled(worker: string, recall: StartSummaryRequest, value: unknown): Promise<void> {
    const bytes = serialize(value).toString("base64");
    await this.tell({ type: "start-summary", worker, ...recall, value: bytes });
  }

  /** Has an attempt neither begin nor go on. */
  async revoke(key: string, said: Extract<WorkerEvent, { type: "lost" }>): Promise<void> {
    await this.#do("revoke", key, JSON.stringify(said));
  }

  /** Whether an attempt was begun, or ended before it had. */
  async wasDue(key: string): Promise<boolean> {
    const isIn = (hash: string) => this.connections.main.hexists(`${this.key}:${hash}`, key);
    return await isIn("starts") === 1 || await isIn("ended") === 1;
  }

  /** How far the state's log goes, and which ids were given out. */
  async end(): Promise<{ place: number; nextBlock: number }> {
    const [count, ids] = await this.connections.main.hmget(`${this.key}:run`, "count", "ids");
    return { place: Number(count), nextBlock: Number(ids) };
  }

  /** Removes all there is of the run, but for the news that it is over. */
  async remove(): Promise<void> {
    await this.#do("drain"); // whoever takes part hears of it
    await this.#do("remove", TOMBSTONE_TTL_MS);
  }

  /** Lets another process drive. */
  async giveUp(): Promise<void> {
    await this.#do("abandon");
  }

  /**
   * Has no use for the run any more. No beat comes after that, by which the claim would be taken back; and the place in
   * line is left last: it may be another's who drives the run now.
   *
   * @param isKept Whether it stands for whoever goes on with it.
   */
  async release(isKept: boolean): Promise<void> {
    clearInterval(this.#timer);
    await (isKept ? this.giveUp() : this.remove());
    await this.#place.leave();
  }

  /** Is heard of no more. */
  close(): void {
    clearInterval(this.#timer);
    this.connections[Symbol.dispose]();
  }

  /** Does what the driver alone may. */
  async #do(name: ScriptName, ...args: Argument[]): Promise<void> {
    const [word] = await this.connections.script(name, this.key, this.#token, ...args);
    if (word !== "ok") throw new EngineFailure(...NO_MORE[String(word)]!);
  }
}

/** Why a driver has its run no more. */
const NO_MORE: Readonly<Record<string, readonly [message: string, more?: string]>> = {
  lost: ["another process drives the run now"],
  finished: ["another process has driven the run to its end"],
  forgotten: [
    "the engine has lost the run, or a part of it",
    "a server that keeps what it has confirmed is started with --appendonly yes " +
    "--appendfsync always",
  ],
};

/** What it was begun with, or for, that is not the same; undefined where it may be gone on with. */
function resumeMismatch(mine: RunMetadata, begun: RunMetadata): string | undefined {
  if (mine.protocol !== begun.protocol || mine.version !== begun.version) {
    return `with another version of this library (${begun.version})`;
  }
  if (mine.module !== begun.module) return `for another module ("${begun.module}")`;
  const changed = difference(mine.manifest, begun.manifest);
  if (changed !== undefined) return `with another version of the module: ${changed}`;
  const isSame = mine.names.length === begun.names.length &&
    mine.names.every((name, task) => name === begun.names[task]);
  return isSame ? undefined : "with other tasks";
}

/** The queue of a run, as its driver uses it. It is made when it is used first: it leaves keys of its own. */
export class JobQueue {
  readonly #connections: Connections;
  readonly #prefix: string;
  #made: Queue<Job> | undefined;

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
    if (this.#made === undefined) {
      this.#made = new Queue<Job>(QUEUE, {
        connection: this.#connections.forQueue(),
        prefix: this.#prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true, // it would write them without a script
      });
      this.#made.on("error", () => {}); // it tries again
    }
    return this.#made;
  }
}
