/**
 * A worker of an engine: participates in the runs of a module, one after the other, until it is
 * stopped.
 */
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { UsageError } from "../../base/errors.ts";
import { assertProcessIsolationSupported } from "../../process/assert_process_isolation_supported.ts";
import { recordError } from "../../base/error_record.ts";
import { plural } from "../../base/text_format.ts";
import { VERSION } from "../../runtime/package.ts";
import { defaultWorkers, WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { logger } from "../../task/logger.ts";
import { requireModule } from "../../task/load.ts";
import { moduleUrl } from "../../runtime/file_url.ts";
import { fileName, rejectForeignCode } from "../portable_code.ts";
import { Connections, engineError, engineUrl, isClosedError } from "../redis/connections.ts";
import { findDifference, type Manifest, manifestOf } from "../manifest.ts";
import {
  type EngineRunSpec,
  PROTOCOL,
  runKey,
  type RunMetadata,
  runsKey,
  type WorkerEvent,
  type WorkerInfo,
} from "../engine_protocol.ts";
import { isReplyError, isTransient } from "../redis/connection_errors.ts";
import { checkPermissions } from "./executor_starter.ts";
import type { WorkerIsolation } from "../../pool/isolation.ts";
import { RunParticipant } from "./run_participant.ts";

/** Options of {@linkcode runWorker}. */
export interface WorkerOptions {
  /** The module whose runs the worker joins: a path from the current folder, or a `file:` URL. */
  readonly module: string;
  /** The address of the engine, as for {@linkcode bullmqEngine}: `redis://host:6379`. */
  readonly engine: string;
  /**
   * Maximum number of concurrent tasks, each in a process or on a thread; at most 256 processes or
   * 63 threads. By default the number of cores, at most 8.
   */
  readonly workers?: number;
  /**
   * The isolation of tasks: `"process"`, the default, runs them in child processes; `"worker"` runs
   * them on threads of this process, which take less processor time and memory, but cannot
   * enforce permissions, and are lost together if one of them ends the process.
   */
  readonly isolate?: WorkerIsolation;
  /**
   * Drains the worker when aborted: no more tasks are taken, and it stops when the running ones
   * have ended.
   */
  readonly signal?: AbortSignal;
  /** Stops the worker at once when aborted; its running tasks are killed. */
  readonly forceSignal?: AbortSignal;
}

/**
 * Interval at which an idle worker looks for runs, in milliseconds: a run starts that much later at
 * most.
 */
const POLL_MS = 250;

/**
 * Participates in the runs of a module on an engine, until a signal stops it. Each task runs in a
 * child process, or on a thread.
 *
 * ```ts
 * import { runWorker } from "@thread-order/cli/bullmq";
 *
 * if (import.meta.main) {
 *   await runWorker({ module: "build.ts", engine: "redis://localhost:6379", workers: 8 });
 * }
 * ```
 *
 * @param options The module, the engine, the number of concurrent tasks, and signals to stop.
 * @returns A promise that resolves when a signal has stopped the worker.
 * @throws {UsageError} when the module cannot be loaded, or the engine cannot be reached.
 * @throws {EngineError} when the engine fails or rejects commands.
 * @throws {RangeError} when `workers` is out of range.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { workers: slots = defaultWorkers(Infinity), isolate = "process", signal } = options;
  checkSlots(slots, isolate);
  const url = engineUrl(options.engine);
  const module = moduleUrl(options.module, Deno.cwd());
  if (!module.startsWith("file:")) {
    throw new UsageError(
      `Cannot start a worker for "${options.module}": expected a path or a file: URL`,
    );
  }
  assertProcessIsolationSupported([], isolate === "worker" ? "start a worker" : undefined);
  await requireModule(module, options.module);
  await manifestOf(module);
  using finder = new RunFinder(await Connections.open(url, () => {}), module, { slots, isolate });
  const atOnce = `${plural(slots, "task")} at once${isolate === "worker" ? ", on threads" : ""}`;
  logger.info(`Waiting for runs of "${fileName(module)}" at ${finder.displayUrl}, ${atOnce}`);
  const stop = AbortSignal.any([signal, options.forceSignal].filter((it) => it !== undefined));
  const leave = () => finder[Symbol.dispose]();
  stop.addEventListener("abort", leave);
  try {
    while (!stop.aborted) {
      const run = await finder.next();
      if (run === undefined) await pause(POLL_MS, undefined, { signal: stop });
      else await participate(run, finder, options);
    }
  } catch (error) {
    if (!stop.aborted) throw engineError(error, finder.displayUrl);
  } finally {
    stop.removeEventListener("abort", leave);
  }
}

/**
 * @throws {UsageError} when there are too many threads.
 * @throws {RangeError} when the number of slots is not a positive integer.
 */
function checkSlots(slots: number, isolate: WorkerIsolation): void {
  if (!Number.isInteger(slots) || slots < 1) {
    throw new RangeError(
      `Cannot start a worker with workers=${slots}: expected a positive integer`,
    );
  }
  if (isolate === "worker" && slots > WORKERS_MAX) {
    throw new UsageError(
      `Cannot start a worker with ${slots} threads: expected at most ${WORKERS_MAX}; start ` +
        "several workers, or use --isolate=process",
    );
  }
}

/** Participates in one run, until the run is finished or the worker is stopped. */
async function participate(
  { participant, name }: JoinedRun,
  finder: RunFinder,
  { signal, forceSignal }: WorkerOptions,
): Promise<void> {
  const drain = () => void participant.drain();
  const stop = () => void participant.stop();
  signal?.addEventListener("abort", drain);
  forceSignal?.addEventListener("abort", stop);
  if (signal?.aborted) drain();
  if (forceSignal?.aborted) stop();
  logger.info(`Joined run ${name}`);
  const reason = await participant.ended;
  if (participant.isModuleBroken) finder.skip(name);
  signal?.removeEventListener("abort", drain);
  forceSignal?.removeEventListener("abort", stop);
  if (reason === undefined) logger.info(`Left run ${name}`);
  else logger.error(`Left run ${name}: ${reason}`);
}

/** A run that the worker has joined. */
interface JoinedRun {
  readonly participant: RunParticipant;
  readonly name: string;
}

/** Finds and joins the runs of a module. */
class RunFinder implements Disposable {
  readonly #connections: Connections;
  /** The key of the sorted set of the module's runs. */
  readonly #key: string;
  readonly #module: string;
  readonly #slots: number;
  readonly #isolate: WorkerIsolation;
  /** Connections for the run that is being joined. */
  #joining: Connections | undefined;
  #isDisposed = false;
  /** Runs that this worker has rejected, and does not look at again. */
  readonly #rejected = new Set<string>();

  constructor(
    connections: Connections,
    module: string,
    { slots, isolate }: { readonly slots: number; readonly isolate: WorkerIsolation },
  ) {
    this.#connections = connections;
    this.#key = runsKey(fileName(module));
    this.#module = module;
    this.#slots = slots;
    this.#isolate = isolate;
  }

  /** The engine's URL, without a password. */
  get displayUrl(): string {
    return this.#connections.displayUrl;
  }

  /** Joins the first run that has a driver; undefined if there is none. */
  async next(): Promise<JoinedRun | undefined> {
    const { main } = this.#connections;
    for (const name of await this.#listRuns()) {
      const key = runKey(name);
      const [metadata, spec] = await main.hmget(`${key}:run`, "metadata", "spec");
      if (!metadata || !spec) await main.zrem(this.#key, name);
      else if (await this.#isDriven(name)) {
        const participant = await this.#join(key, name, [metadata, spec]);
        if (participant !== undefined) return { participant, name };
      }
    }
    return undefined;
  }

  /** Ignores a run from now on. */
  skip(name: string): void {
    this.#rejected.add(name);
  }

  /** Stops joining runs. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#connections[Symbol.dispose]();
    this.#joining?.[Symbol.dispose]();
  }

  /** The listed runs, without the rejected ones. */
  async #listRuns(): Promise<string[]> {
    const names = await this.#connections.main.zrange(this.#key, "0", "-1");
    return names.filter((name) => !this.#rejected.has(name));
  }

  async #isDriven(name: string): Promise<boolean> {
    return await this.#connections.main.exists(`${runKey(name)}:driver`) === 1;
  }

  /**
   * Whether another run waits for workers. False once this worker is stopped, since it joins no
   * other run.
   */
  async #isOtherRunWaiting(current: string): Promise<boolean> {
    try {
      const others = (await this.#listRuns()).filter((name) => name !== current);
      return (await Promise.all(others.map((name) => this.#isDriven(name)))).includes(true);
    } catch (error) {
      if (this.#isDisposed) return false;
      throw error;
    }
  }

  async #join(
    key: string,
    name: string,
    texts: readonly [metadata: string, spec: string],
  ): Promise<RunParticipant | undefined> {
    const [module, slots, isolate] = [this.#module, this.#slots, this.#isolate];
    const worker: WorkerInfo = {
      id: crypto.randomUUID(),
      host: hostname(),
      pid: Deno.pid,
      slots,
    };
    let metadata: RunMetadata;
    let spec: EngineRunSpec;
    try {
      [metadata, spec] = texts.map(parseRunJson) as [RunMetadata, EngineRunSpec];
      const manifest = await manifestOf(module);
      checkCompatibility(metadata, manifest);
      rejectForeignCode(spec.code, manifest);
      checkPermissions(spec, metadata.names, isolate);
    } catch (error) {
      await this.#reject(key, name, worker, recordError(error).message);
      return undefined;
    }
    let participant: RunParticipant | undefined;
    // Until the worker has joined, an outage closes the connections: pending commands fail.
    const connections = await this.#connections.fork((error) =>
      participant ? participant.abortParticipation(error) : connections?.[Symbol.dispose]()
    );
    if (connections === undefined) return undefined;
    this.#joining = connections;
    if (this.#isDisposed) connections[Symbol.dispose](); // stopped in the meantime
    try {
      participant = await RunParticipant.join({
        connections,
        key,
        worker,
        spec,
        module,
        names: metadata.names,
        isolate,
        isOtherRunWaiting: () => this.#isOtherRunWaiting(name),
      });
    } catch (error) {
      // An outage while joining: the worker looks for other runs.
      if (!isClosedError(error)) throw error;
    } finally {
      this.#joining = undefined;
      if (participant === undefined) connections[Symbol.dispose]();
    }
    participant?.ended.finally(() => connections[Symbol.dispose]());
    return participant;
  }

  async #reject(key: string, name: string, worker: WorkerInfo, reason: string): Promise<void> {
    this.skip(name);
    logger.error(`Not joining run ${name}: ${reason}`);
    const rejected: WorkerEvent = { type: "rejected", worker, reason };
    try {
      await this.#connections.runScript(
        "publishEvents",
        key,
        worker.id,
        1,
        "",
        "",
        0,
        JSON.stringify(rejected),
        "",
        0,
      );
    } catch (error) {
      if (!isReplyError(error) || isTransient(error)) throw error; // else the key is no run
    }
  }
}

/**
 * Parses the metadata or spec of a run. Every client of the engine can list runs: invalid JSON must
 * not stop the worker.
 *
 * @throws {UsageError}
 */
function parseRunJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("the run's metadata or spec is invalid JSON");
  }
}

/**
 * Rejects a run with another version of the library or of the module.
 *
 * @throws {UsageError}
 */
function checkCompatibility(metadata: RunMetadata, manifest: Manifest): void {
  if (metadata.protocol !== PROTOCOL || metadata.version !== VERSION) {
    throw new UsageError(
      `the driver has version ${metadata.version} of tdrun, this worker ${VERSION}`,
    );
  }
  const difference = findDifference(manifest, metadata.manifest);
  if (difference !== undefined) {
    throw new UsageError(`"${metadata.module}" differs from the driver's module: ${difference}`);
  }
}
