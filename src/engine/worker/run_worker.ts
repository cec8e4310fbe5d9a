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
import { Connections, engineError, engineUrl, isClosed } from "../redis/connections.ts";
import { difference, type Manifest, manifestOf } from "../manifest.ts";
import {
  type EngineRunSpec,
  PROTOCOL,
  runKey,
  type RunMetadata,
  runsKey,
  type WorkerEvent,
  type WorkerInfo,
} from "../engine_protocol.ts";
import { isReply, isTransient } from "../redis/connection_errors.ts";
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
const LOOK_MS = 250;

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
  using line = new RunLine(await Connections.open(url, () => {}), module, slots);
  const atOnce = `${plural(slots, "task")} at once`;
  logger.info(`Waiting for runs of "${fileName(module)}" at ${line.shown}, ${atOnce}`);
  const stop = AbortSignal.any([signal, options.forceSignal].filter((it) => it !== undefined));
  const leave = () => line[Symbol.dispose]();
  stop.addEventListener("abort", leave);
  try {
    while (!stop.aborted) {
      const run = await line.next();
      if (run === undefined) await pause(LOOK_MS, undefined, { signal: stop });
      else await takePart(run, line, options);
    }
  } catch (error) {
    if (!stop.aborted) throw engineError(error, line.shown);
  } finally {
    stop.removeEventListener("abort", leave);
  }
}

/** Takes part in one run, to its end or to the worker's. */
async function takePart(
  { host, name }: Joined,
  line: RunLine,
  { signal, forceSignal }: WorkerOptions,
): Promise<void> {
  const drain = () => void host.drain();
  const stop = () => void host.stop();
  signal?.addEventListener("abort", drain);
  forceSignal?.addEventListener("abort", stop);
  if (signal?.aborted) drain();
  if (forceSignal?.aborted) stop();
  logger.info(`Takes part in the run ${name}`);
  const why = await host.over;
  if (host.isUnfit) line.passOver(name);
  signal?.removeEventListener("abort", drain);
  forceSignal?.removeEventListener("abort", stop);
  if (why === undefined) logger.info(`Has left the run ${name}`);
  else logger.error(`Has left the run ${name}: ${why}`);
}

/** A run that a worker takes part in. */
interface Joined {
  readonly host: RunParticipant;
  readonly name: string;
}

/** The runs of a module, as one worker sees them. */
class RunLine implements Disposable {
  readonly #connections: Connections;
  /** Where they stand in line. */
  readonly #key: string;
  readonly #module: string;
  readonly #slots: number;
  /** Those of a run that it is about to join. */
  #joining: Connections | undefined;
  #isOver = false;
  /** Runs it has refused, which it does not look at again. */
  readonly #refused = new Set<string>();

  constructor(connections: Connections, module: string, slots: number) {
    this.#connections = connections;
    this.#key = runsKey(fileName(module));
    this.#module = module;
    this.#slots = slots;
  }

  /** Where they are. */
  get shown(): string {
    return this.#connections.shown;
  }

  /** Joins the first run that has a driver; undefined if there is none. */
  async next(): Promise<Joined | undefined> {
    const { main } = this.#connections;
    for (const name of await this.#names()) {
      const key = runKey(name);
      const [about, order] = await main.hmget(`${key}:run`, "metadata", "spec");
      if (!about || !order) await main.zrem(this.#key, name);
      else if (await this.#isDriven(name)) {
        const host = await this.#join(key, name, [about, order]);
        if (host !== undefined) return { host, name };
      }
    }
    return undefined;
  }

  /** Looks at a run no more. */
  passOver(name: string): void {
    this.#refused.add(name);
  }

  /** Joins no run any more. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#connections[Symbol.dispose]();
    this.#joining?.[Symbol.dispose]();
  }

  /** The runs in the line, but for those it has refused. */
  async #names(): Promise<string[]> {
    const names = await this.#connections.main.zrange(this.#key, "0", "-1");
    return names.filter((name) => !this.#refused.has(name));
  }

  async #isDriven(name: string): Promise<boolean> {
    return await this.#connections.main.exists(`${runKey(name)}:driver`) === 1;
  }

  /** Whether a run other than this waits for workers: for none that is told to end, and joins no run any more. */
  async #isWanted(than: string): Promise<boolean> {
    try {
      const others = (await this.#names()).filter((name) => name !== than);
      return (await Promise.all(others.map((name) => this.#isDriven(name)))).includes(true);
    } catch (error) {
      if (this.#isOver) return false;
      throw error;
    }
  }

  async #join(
    key: string,
    name: string,
    told: readonly [about: string, order: string],
  ): Promise<RunParticipant | undefined> {
    const [module, slots] = [this.#module, this.#slots];
    const member: WorkerInfo = { id: crypto.randomUUID(), host: hostname(), pid: Deno.pid, slots };
    let about: RunMetadata;
    let order: EngineRunSpec;
    try {
      [about, order] = told.map(parseRunMetadata) as [RunMetadata, EngineRunSpec];
      const manifest = await manifestOf(module);
      checkCompatibility(about, manifest);
      rejectForeignCode(order.code, manifest);
      checkPermissions(order, about.names);
    } catch (error) {
      await this.#refuse(key, name, member, recordError(error).message);
      return undefined;
    }
    let host: RunParticipant | undefined;
    // Without a host, whoever waits for the engine waits in vain.
    const connections = await this.#connections.fork((error) =>
      host ? host.abortParticipation(error) : connections?.[Symbol.dispose]()
    );
    if (connections === undefined) return undefined;
    this.#joining = connections;
    if (this.#isOver) connections[Symbol.dispose](); // told to end meanwhile
    try {
      host = await RunParticipant.join({
        ...{ connections, key, member, order, module },
        names: about.names,
        isWanted: () => this.#isWanted(name),
      });
    } catch (error) {
      // It was away for too long: there will be others.
      if (!isClosed(error)) throw error;
    } finally {
      this.#joining = undefined;
      if (host === undefined) connections[Symbol.dispose]();
    }
    host?.over.finally(() => connections[Symbol.dispose]());
    return host;
  }

  async #refuse(key: string, name: string, worker: WorkerInfo, why: string): Promise<void> {
    this.passOver(name);
    logger.error(`Takes no part in the run ${name}: ${why}`);
    const refused: WorkerEvent = { type: "rejected", worker, reason: why };
    try {
      await this.#connections.script(
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
      if (!isReply(error) || isTransient(error)) throw error; // else it is no run: there is nobody to tell
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
function checkCompatibility(about: RunMetadata, manifest: Manifest): void {
  if (about.protocol !== PROTOCOL || about.version !== VERSION) {
    throw new UsageError(
      `the driver has version ${about.version} of tdrun, this worker ${VERSION}`,
    );
  }
  const changed = difference(manifest, about.manifest);
  if (changed !== undefined) {
    throw new UsageError(`"${about.module}" is not the module that the driver has: ${changed}`);
  }
}
