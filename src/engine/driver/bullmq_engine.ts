/** Runs tasks on other machines, by BullMQ on Redis or Valkey: the driver's part. */
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
import { VERSION } from "../../runtime/version.ts";
import { DriverSession } from "./driver_session.ts";
import { EnginePool } from "./engine_pool.ts";

/** How an engine is used. */
export interface BullmqEngineOptions {
  /**
   * The run's id: whoever uses it again goes on with the run, if its driver is gone. By default a new one.
   * A second start of the same scheduler adds `.2` to it, and so on.
   */
  readonly runId?: string;
}

/** A run that could not be begun is left to others within this time. */
const GIVE_UP_MS = 2_000;
const RUN_ID = /^[\w.-]{1,100}$/;

/**
 * An engine for a scheduler: its tasks run on the workers that take part, on as many machines as wanted.
 *
 * ```ts ignore
 * import { Scheduler } from "@thread-order/cli";
 * import { bullmqEngine } from "@thread-order/cli/bullmq";
 *
 * const s = new Scheduler({ engine: bullmqEngine("redis://localhost:6379") });
 * ```
 *
 * @param address Redis or Valkey: `redis://host:6379`, or `rediss://user:password@host:6379/2`.
 * @throws {UsageError} when the address is none, or the run's id has characters it cannot have.
 */
export function bullmqEngine(address: string, options: BullmqEngineOptions = {}): Engine {
  const url = engineUrl(address);
  const { runId } = options;
  if (runId !== undefined && !RUN_ID.test(runId)) {
    throw new UsageError(
      `Cannot run as "${runId}": a run's id has up to 100 letters, digits, ".", "_" and "-"`,
    );
  }
  let starts = 0;
  const driver: EngineDriver = {
    name: redactedUrl(url),
    start(setup) {
      starts++;
      const suffix = starts > 1 ? `.${starts}` : "";
      const isNamed = runId !== undefined;
      return startRun(url, { id: isNamed ? runId + suffix : newId(), isNamed }, setup);
    },
  };
  return driver;
}

/** Which run is begun, or gone on with. */
interface RunName {
  readonly id: string;
  /** Whether it was chosen. */
  readonly isNamed: boolean;
}

async function startRun(
  url: URL,
  { id, isNamed }: RunName,
  setup: EngineSetup,
): Promise<EngineRun> {
  const module = mainModuleOf(setup.code);
  refuse(setup, module);
  const about: RunMetadata = {
    protocol: PROTOCOL,
    version: VERSION,
    module: fileName(module),
    names: setup.names,
    manifest: await manifestOf(module),
  };
  let lost: Error | undefined;
  // Until there is a pool, whoever waits for the engine waits in vain.
  let onLost = (error: Error): void => {
    lost = error;
    link.close();
  };
  const connections = await Connections.open(url, (error) => onLost(error));
  const link = new DriverSession(connections, id, about);
  try {
    const isResumed = await link.claim();
    let pool: EnginePool | undefined;
    return {
      isResumed,
      async pool(state) {
        try {
          const made = pool = await poolFor(state, { link, isResumed, isNamed, module, setup });
          onLost = (error) => made.fail(error);
          return made;
        } catch (error) {
          throw engineError(lost ?? error, redactedUrl(url));
        }
      },
      async [Symbol.asyncDispose]() {
        if (pool !== undefined) return await pool[Symbol.asyncDispose]();
        // The claim expires by itself.
        await settlesWithin(link.giveUp().catch(() => {}), GIVE_UP_MS);
        link.close();
      },
    };
  } catch (error) {
    link.close();
    throw engineError(lost ?? error, redactedUrl(url));
  }
}

/** What {@linkcode poolFor} needs. */
interface PoolNeeds {
  readonly link: DriverSession;
  readonly isResumed: boolean;
  readonly isNamed: boolean;
  readonly module: string;
  readonly setup: EngineSetup;
}

async function poolFor(
  state: SharedState,
  { link, isResumed, isNamed, module, setup }: PoolNeeds,
): Promise<EnginePool> {
  const { replica } = state;
  if (!isResumed) {
    replica.restartLog();
    await link.open(replica.takeSnapshot(), replica.nextBlock);
  }
  const base = await link.base();
  if (base === undefined) throw new EngineError("The engine has lost the state of the run");
  if (isResumed) replica.loadSnapshot(base.snapshot);
  const { shown } = link.connections;
  return new EnginePool({
    link,
    state,
    follower: new Follower(state, base.place),
    size: setup.workers ?? defaultEngineWorkers(setup.names.length),
    isResumed,
    isNamed,
    module,
    howTo: `start one with \`tdrun worker ${fileName(module)} --engine=${shown}\``,
  });
}

function refuse({ code }: EngineSetup, module: string): void {
  if (code.kind === "replay") {
    throw new UsageError('Cannot use an engine in the mode "replay": it is for this machine');
  }
  if (!module.startsWith("file:")) {
    throw new UsageError(
      `Cannot use an engine for "${module}": its workers load files of their own`,
    );
  }
}

/** Says where it comes from, for whoever looks into the server. */
function newId(): string {
  const host = hostname().replace(/[^\w.-]/g, "-").slice(0, 40);
  return `${host}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}
