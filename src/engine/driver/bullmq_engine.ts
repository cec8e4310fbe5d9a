/** Runs tasks on remote workers, by BullMQ on Redis or Valkey: the driver's side. */
import { hostname } from "node:os";
import { EngineError, UsageError } from "../../base/errors.ts";
import type { Engine, EngineDriver, EngineRun, EngineSetup } from "../../pool/engine.ts";
import { defaultEngineWorkers } from "../../runtime/worker_limits.ts";
import type { SharedState } from "../../state/shared_state.ts";
import { settlesWithin } from "../../runtime/settles_within.ts";
import { fileName, mainModuleOf } from "../portable_code.ts";
import { Connections, engineError, engineUrl, redactedUrl } from "../redis/connections.ts";
import { Follower } from "../follower.ts";
import { manifestOf } from "../manifest.ts";
import { PROTOCOL, type RunMetadata } from "../engine_protocol.ts";
import { VERSION } from "../../runtime/package.ts";
import { DriverSession } from "./driver_session.ts";
import { checkDriverResources } from "./driver_resources.ts";
import { EnginePool } from "./engine_pool.ts";

/** Options of {@linkcode bullmqEngine}. */
export interface BullmqEngineOptions {
  /**
   * The run's id: up to 100 letters, digits, `.`, `_` and `-`; by default a new one. A run with the
   * same id is resumed if its driver is gone. The second start of a scheduler appends `.2` to the
   * id, the third `.3`.
   */
  readonly runId?: string;
}

/**
 * Time limit for releasing a run that was not started, in milliseconds. The claim expires anyway.
 */
const RELEASE_TIMEOUT_MS = 2_000;
const RUN_ID = /^[\w.-]{1,100}$/;

/**
 * Creates an engine for a scheduler: its tasks run on remote workers, on any number of machines.
 * Each worker is a process that runs {@linkcode runWorker}, or `tdrun worker`.
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 * import { bullmqEngine } from "@thread-order/cli/bullmq";
 *
 * const s = new Scheduler({ engine: bullmqEngine("redis://localhost:6379") });
 * s.register(() => 10, "load");
 *
 * if (import.meta.main) console.log((await s.start()).text);
 * ```
 *
 * @param address The address of Redis or Valkey: `redis://host:6379`, or with TLS, a user, a
 * password and a database `rediss://user:password@host:6379/2`.
 * @param options The run's id.
 * @returns The engine, for the option `engine` of a scheduler. `start()` connects to it.
 * @throws {UsageError} when the address is invalid, or the run's id has invalid characters.
 */
export function bullmqEngine(address: string, options: BullmqEngineOptions = {}): Engine {
  const url = engineUrl(address);
  const { runId } = options;
  if (runId !== undefined && !RUN_ID.test(runId)) {
    throw new UsageError(
      `Cannot use the run id "${runId}": expected up to 100 letters, digits, ".", "_" and "-"`,
    );
  }
  let starts = 0;
  const driver: EngineDriver = {
    name: redactedUrl(url),
    start(setup) {
      starts++;
      const suffix = starts > 1 ? `.${starts}` : "";
      const isNamed = runId !== undefined;
      return startRun(url, { id: isNamed ? runId + suffix : createRunId(), isNamed }, setup);
    },
  };
  return driver;
}

/** The id of a run to start or resume. */
interface RunName {
  readonly id: string;
  /** Whether the user chose the id. */
  readonly isNamed: boolean;
}

async function startRun(
  url: URL,
  { id, isNamed }: RunName,
  setup: EngineSetup,
): Promise<EngineRun> {
  const module = mainModuleOf(setup.code);
  rejectUnsupported(module);
  checkDriverResources(setup.tasks);
  const metadata: RunMetadata = {
    protocol: PROTOCOL,
    version: VERSION,
    module: fileName(module),
    names: setup.names,
    manifest: await manifestOf(module),
  };
  let lost: Error | undefined;
  // Until the pool exists, an outage closes the connections: pending commands fail.
  let onLost = (error: Error): void => {
    lost = error;
    session.close();
  };
  const connections = await Connections.open(url, (error) => onLost(error));
  const session = new DriverSession(connections, id, metadata);
  try {
    const isResumed = await session.claim();
    let pool: EnginePool | undefined;
    return {
      isResumed,
      async pool(state) {
        try {
          const created = pool = await createPool(state, {
            session,
            isResumed,
            isNamed,
            module,
            setup,
          });
          onLost = (error) => created.fail(error);
          return created;
        } catch (error) {
          throw engineError(lost ?? error, redactedUrl(url));
        }
      },
      async [Symbol.asyncDispose]() {
        if (pool !== undefined) return await pool[Symbol.asyncDispose]();
        // On timeout, the claim expires by itself.
        await settlesWithin(session.abandon().catch(() => {}), RELEASE_TIMEOUT_MS);
        session.close();
      },
    };
  } catch (error) {
    session.close();
    throw engineError(lost ?? error, redactedUrl(url));
  }
}

/** Options of {@linkcode createPool}. */
interface PoolOptions {
  readonly session: DriverSession;
  readonly isResumed: boolean;
  readonly isNamed: boolean;
  readonly module: string;
  readonly setup: EngineSetup;
}

async function createPool(
  state: SharedState,
  { session, isResumed, isNamed, module, setup }: PoolOptions,
): Promise<EnginePool> {
  const { replica } = state;
  if (!isResumed) {
    replica.restartLog();
    await session.open(replica.takeSnapshot(), replica.nextBlock);
  }
  const base = await session.base();
  if (base === undefined) {
    throw new EngineError(
      "Redis no longer has the state of this run (evicted, flushed or restarted without persistence)",
    );
  }
  if (isResumed) replica.loadSnapshot(base.snapshot);
  const { displayUrl } = session.connections;
  return new EnginePool({
    session,
    state,
    follower: new Follower(state, base.position),
    size: setup.workers ?? defaultEngineWorkers(setup.names.length),
    isResumed,
    isNamed,
    module,
    startHint: `start one with \`tdrun worker ${fileName(module)} --engine=${displayUrl}\``,
  });
}

function rejectUnsupported(module: string): void {
  if (!module.startsWith("file:")) {
    throw new UsageError(
      `Cannot use an engine for "${module}": remote workers need a file: URL`,
    );
  }
}

/** Creates an id that names the host and the process, for readers of the server's keys. */
function createRunId(): string {
  const host = hostname().replace(/[^\w.-]/g, "-").slice(0, 40);
  return `${host}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}
