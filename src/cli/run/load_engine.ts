/**
 * Loads the modules of the engine. The specifiers are computed, so that a run without `--engine`
 * fetches none of the engine's packages, not even for their types.
 */
import { UsageError } from "../../base/errors.ts";
import { partUrl } from "../../runtime/package.ts";
import {
  type Engine,
  type EngineRun,
  type EngineSetup,
  toEngineDriver,
} from "../../pool/engine.ts";
import type { WorkerIsolation } from "../../pool/isolation.ts";
import type { EngineRequest } from "../args/request.ts";

/** The used exports of src/engine/driver/bullmq_engine.ts. */
export interface DriverModule {
  bullmqEngine(address: string, options: { readonly runId?: string }): Engine;
}

/** The used exports of src/engine/worker/run_worker.ts. */
export interface WorkerModule {
  runWorker(options: {
    readonly module: string;
    readonly engine: string;
    readonly workers?: number;
    readonly isolate?: WorkerIsolation;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

/** Starts a run on an engine, or resumes one. */
export async function startEngineRun(
  { address, runId }: EngineRequest,
  setup: EngineSetup,
): Promise<EngineRun> {
  const { bullmqEngine } = await importLazily(
    partUrl("src/engine/driver/bullmq_engine"),
  ) as DriverModule;
  const engine = bullmqEngine(address, runId === undefined ? {} : { runId });
  return await toEngineDriver(engine).start(setup);
}

/** Loads the implementation of `tdrun worker`. */
export async function loadWorkerModule(): Promise<WorkerModule> {
  return await importLazily(partUrl("src/engine/worker/run_worker")) as WorkerModule;
}

/** Imports a URL that no import statement names: it is not part of the static module graph. */
async function importLazily({ href }: URL): Promise<unknown> {
  if (Deno.build.standalone) {
    throw new UsageError("Cannot use --engine with a compiled tdrun: run tdrun with Deno");
  }
  return await import(href);
}
