/** A worker of an engine: takes part in the runs of a module, one after the other, until it is told to end. */
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { UsageError } from "../../base/errors.ts";
import { assertProcessIsolationSupported } from "../../process/check_support.ts";
import { recordError } from "../../base/error_record.ts";
import { plural } from "../../base/text_format.ts";
import { VERSION } from "../../runtime/version.ts";
import { defaultWorkers } from "../../runtime/worker_limits.ts";
import { logger } from "../../task/logger.ts";
import { moduleUrl, requireModule } from "../../task/load.ts";
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
import { checkPermissions } from "./process_starter.ts";
import { RunParticipant } from "./run_participant.ts";

/** How a worker works. */
export interface WorkerOptions {
  /** The module whose runs it takes part in: a path from the current folder, or a `file:` URL. */
  readonly module: string;
  /** The engine: `redis://host:6379`. */
  readonly engine: string;
  /** How many tasks it runs at once, each in a process; by default as many as there are cores, up to 8. */
  readonly workers?: number;
  /** When it is aborted, no more tasks are taken, and it ends when those that run have ended. */
  readonly signal?: AbortSignal;
  /** When it is aborted, it ends at once. */
  readonly forceSignal?: AbortSignal;
}

/** How often it looks whether there is a run. */
const POLL_MS = 250;

/**
 * Takes part in the runs of a module on an engine, until it is told to end.
 *
 * ```ts ignore
 * import { runWorker } from "@thread-order/cli/bullmq";
 *
 * await runWorker({ module: "build.ts", engine: "redis://localhost:6379", workers: 8 });
 * ```
 *
 * @throws {UsageError} when the module or the engine cannot be had.
 * @throws {EngineError} when the engine does not do any more what it is there for.
 * @throws {RangeError} when `workers` is not a whole number from 1.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { workers: slots = defaultWorkers(Infinity), signal } = options;
  if (!Number.isInteger(slots) || slots < 1) {
    throw new RangeError(`Cannot work with ${slots} workers: it is a whole number from 1`);
  }
  const url = engineUrl(options.engine);
  const module = moduleUrl(options.module, Deno.cwd());
  if (!module.startsWith("file:")) {
    throw new UsageError(`Cannot work for "${options.module}": a worker loads a file of its own`);
  }
  assertProcessIsolationSupported([]);
  await requireModule(module, options.module);
  await manifestOf(module);
  using finder = new RunFinder(await Connections.open(url, () => {}), module, slots);
  const atOnce = `${plural(slots, "task")} at once`;
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

/** Takes part in one run, to its end or to the worker's. */
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
  logger.info(`Takes part in the run ${name}`);
  const reason = await participant.ended;
  if (participant.isModuleBroken) finder.skip(name);
  signal?.removeEventListener("abort", drain);
  forceSignal?.removeEventListener("abort", stop);
  if (reason === undefined) logger.info(`Has left the run ${name}`);
  else logger.error(`Has left the run ${name}: ${reason}`);
}

/** A run that a worker takes part in. */
interface JoinedRun {
  readonly participant: RunParticipant;
  readonly name: string;
}

/** The runs of a module, as one worker sees them. */
class RunFinder implements Disposable {
  readonly #connections: Connections;
  /** Where they stand in line. */
  readonly #key: string;
  readonly #module: string;
  readonly #slots: number;
  /** Those of a run that it is about to join. */
  #joining: Connections | undefined;
  #isDisposed = false;
  /** Runs it has refused, which it does not look at again. */
  readonly #rejected = new Set<string>();

  constructor(connections: Connections, module: string, slots: number) {
    this.#connections = connections;
    this.#key = runsKey(fileName(module));
    this.#module = module;
    this.#slots = slots;
  }

  /** Where they are. */
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

  /** Looks at a run no more. */
  skip(name: string): void {
    this.#rejected.add(name);
  }

  /** Joins no run any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#connections[Symbol.dispose]();
    this.#joining?.[Symbol.dispose]();
  }

  /** The runs in the line, but for those it has refused. */
  async #listRuns(): Promise<string[]> {
    const names = await this.#connections.main.zrange(this.#key, "0", "-1");
    return names.filter((name) => !this.#rejected.has(name));
  }

  async #isDriven(name: string): Promise<boolean> {
    return await this.#connections.main.exists(`${runKey(name)}:driver`) === 1;
  }

  /** Whether a run other than this waits for workers: for none that is told to end, and joins no run any more. */
  async #isOtherRunWaiting(than: string): Promise<boolean> {
    try {
      const others = (await this.#listRuns()).filter((name) => name !== than);
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
    const [module, slots] = [this.#module, this.#slots];
    const worker: WorkerInfo = {
      id: crypto.randomUUID(),
      host: hostname(),
      pid: Deno.pid,
      slots,
    };
    let metadata: RunMetadata;
    let spec: EngineRunSpec;
    try {
      [metadata, spec] = texts.map(parseRunMetadata) as [RunMetadata, EngineRunSpec];
      const manifest = await manifestOf(module);
      checkCompatibility(metadata, manifest);
      rejectForeignCode(spec.code, manifest);
      checkPermissions(spec, metadata.names);
    } catch (error) {
      await this.#reject(key, name, worker, recordError(error).message);
      return undefined;
    }
    let participant: RunParticipant | undefined;
    // Without a host, whoever waits for the engine waits in vain.
    const connections = await this.#connections.fork((error) =>
      participant ? participant.abortParticipation(error) : connections?.[Symbol.dispose]()
    );
    if (connections === undefined) return undefined;
    this.#joining = connections;
    if (this.#isDisposed) connections[Symbol.dispose](); // told to end meanwhile
    try {
      participant = await RunParticipant.join({
        connections,
        key,
        worker,
        spec,
        module,
        names: metadata.names,
        isOtherRunWaiting: () => this.#isOtherRunWaiting(name),
      });
    } catch (error) {
      // It was away for too long: there will be others.
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
    logger.error(`Takes no part in the run ${name}: ${reason}`);
    const refused: WorkerEvent = { type: "rejected", worker, reason };
    try {
      await this.#connections.runScript(
        "publishEvents",
        key,
        worker.id,
        1,
        "",
        "",
        0,
        JSON.stringify(refused),
      );
    } catch (error) {
      if (!isReplyError(error) || isTransient(error)) throw error; // else it is no run: there is nobody to tell
    }
  }
}

/**
 * Reads what an engine holds of a run. The line is open to all who may write to the engine: what one of them puts there
 * ends no worker.
 *
 * @throws {UsageError}
 */
function parseRunMetadata(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("what the engine holds of it cannot be read");
  }
}

/**
 * Refuses a run of another version of the library, or of the module.
 *
 * @throws {UsageError}
 */
function checkCompatibility(metadata: RunMetadata, manifest: Manifest): void {
  if (metadata.protocol !== PROTOCOL || metadata.version !== VERSION) {
    throw new UsageError(
      `the driver has version ${metadata.version} of tdrun, this worker ${VERSION}`,
    );
  }
  const changed = findDifference(manifest, metadata.manifest);
  if (changed !== undefined) {
    throw new UsageError(`"${metadata.module}" is not the module that the driver has: ${changed}`);
  }
}
