/**
 * Loads what `--engine` needs, and nothing else does: its packages are not fetched for a plain run, nor for
 * its types.
 */
import { UsageError } from "../../base/errors.ts";
import { partUrl } from "../../runtime/package.ts";
import {
  type Engine,
  type EngineRun,
  type EngineSetup,
  toEngineDriver,
} from "../../pool/engine.ts";
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
export async function startAtEngine(
  { address, runId }: EngineRequest,
  setup: EngineSetup,
): Promise<EngineRun> {
  const { bullmqEngine } = await load(partUrl("src/engine/driver/bullmq_engine")) as DriverModule;
  const engine = bullmqEngine(address, runId === undefined ? {} : { runId });
  return await toEngineDriver(engine).start(setup);
}

/** What a worker does. */
export async function loadWorker(): Promise<WorkerModule> {
  return await load(partUrl("src/engine/worker/run_worker")) as WorkerModule;
}

/** A URL that is not written in an import is no part of the program until it is imported. */
async function load({ href }: URL): Promise<unknown> {
  if (Deno.build.standalone) {
    throw new UsageError("Cannot use an engine with a compiled tdrun: run it with Deno");
  }
  return await import(href);
}
