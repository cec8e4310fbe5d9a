/**
 * Remote workers: runs tasks on many machines by BullMQ, a job queue on Redis or Valkey. One
 * process, the driver, has the plan of a run. Any number of workers, with the same module, execute
 * its tasks.
 *
 * ```sh
 * tdrun worker tasks.ts --engine=redis://host:6379    # on each machine
 * tdrun tasks.ts --engine=redis://host:6379           # the driver
 * ```
 *
 * In a program, {@linkcode bullmqEngine} is the option `engine` of a scheduler, and
 * {@linkcode runWorker} is a worker:
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 * import { bullmqEngine } from "@thread-order/cli/bullmq";
 *
 * const s = new Scheduler({ engine: bullmqEngine("redis://host:6379") });
 * ```
 *
 * @module
 */
export { bullmqEngine } from "./src/engine/driver/bullmq_engine.ts";
export type { BullmqEngineOptions } from "./src/engine/driver/bullmq_engine.ts";
export { runWorker } from "./src/engine/worker/run_worker.ts";
export type { WorkerOptions } from "./src/engine/worker/run_worker.ts";
export type { WorkerIsolation } from "./src/pool/isolation.ts";
export type { Engine } from "./src/pool/engine.ts";
export { EngineError } from "./src/base/errors.ts";
