/**
 * Loads what `--engine` needs, and nothing else does: its packages are not fetched for a plain run, nor for
 * its types.
 */
import { UsageError } from "../../base/errors.ts";
import { partUrl } from "../../runtime/package.ts";
import { driverOf, type Engine, type EngineRun, type EngineSetup } from "../../pool/engine.ts";
import type { EngineRequest } from "../args/request.ts";

/** What is used of src/engine/driver/bullmq_engine.ts. */
export interface DriverModule {
  bullmqEngine(address: string, options: { readonly runId?: string }): Engine;
}

/** What is used of src/engine/worker/run_worker.ts. */
export interface WorkerModule {
  runWorker(options: {
    readonly module: string;
    readonly engine: string;
    readonly workers?: number;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

/** Begins a run at an engine, or goes on with one. */
export async function startEngineRun(
  { address, runId }: EngineRequest,
  setup: EngineSetup,
): Promise<EngineRun> {
  const { bullmqEngine } = await importLazily(
    partUrl("src/engine/driver/bullmq_engine"),
  ) as DriverModule;
  const engine = bullmqEngine(address, runId === undefined ? {} : { runId });
  return await driverOf(engine).start(setup);
}

/** What a worker does. */
export async function loadWorkerModule(): Promise<WorkerModule> {
  return await importLazily(partUrl("src/engine/worker/run_worker")) as WorkerModule;
}

/** A URL that is not written in an import is no part of the program until it is imported. */
async function importLazily({ href }: URL): Promise<unknown> {
  if (Deno.build.standalone) {
    throw new UsageError("Cannot use an engine with a compiled tdrun: run it with Deno");
  }
  return await import(href);
}
