/**
 * Runs tasks on many machines by BullMQ, a job queue on Redis or Valkey. One process drives a run,
 * with `tdrun module.ts --engine=redis://host:6379` or a scheduler; any number of workers execute
 * its tasks, with `tdrun worker module.ts --engine=redis://host:6379` or {@linkcode runWorker}.
 *
 * @module
 */
export { bullmqEngine } from "./src/engine/driver/bullmq_engine.ts";
export type { BullmqEngineOptions } from "./src/engine/driver/bullmq_engine.ts";
export { runWorker } from "./src/engine/worker/run_worker.ts";
export type { WorkerOptions } from "./src/engine/worker/run_worker.ts";
export type { Engine } from "./src/pool/engine.ts";
export { EngineError } from "./src/base/errors.ts";
