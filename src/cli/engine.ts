/** Loads what `--engine` needs, and nothing else does: its packages are not fetched for a plain run. */
import { UsageError } from "../base/errors.ts";
import { driverOf, type EngineRun, type EngineSetup } from "../pool/engine.ts";
import type { EngineRequest } from "./request.ts";

type Driver = typeof import("../engine/driver/bullmq_engine.ts");
type Worker = typeof import("../engine/host/work_runs.ts");

/** Begins a run at an engine, or goes on with one. */
export async function startAtEngine(
  { address, runId }: EngineRequest,
  setup: EngineSetup,
): Promise<EngineRun> {
  const { bullmqEngine } = await load("../engine/driver/bullmq_engine.ts") as Driver;
  const engine = bullmqEngine(address, runId === undefined ? {} : { runId });
  return await driverOf(engine).start(setup);
}

/** What a worker does. */
export async function loadWorker(): Promise<Worker> {
  return await load("../engine/host/work_runs.ts") as Worker;
}

/** A URL that is not written in an import is no part of the program until it is imported. */
async function load(path: string): Promise<unknown> {
  if (Deno.build.standalone) {
    throw new UsageError("Cannot use an engine with a compiled tdrun: run it with Deno");
  }
  const { href } = new URL(path, import.meta.url);
  return await import(href);
}
