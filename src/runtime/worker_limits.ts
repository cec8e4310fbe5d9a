/** Limits and defaults of the number of workers. */
import { primordials } from "./primordials.ts";

/**
 * Maximum number of threads or processes of a run: the shared state has slots for these and the
 * main thread.
 */
export const WORKERS_MAX = 63;
/** Maximum number of slots of one remote worker; of threads, {@linkcode WORKERS_MAX}. */
export const HOST_WORKERS_MAX = 256;
/** Maximum number of slots on all remote workers together, for any number of machines. */
export const ENGINE_WORKERS_MAX = 1_000;

/** Maximum number of threads by default; a larger number has to be requested. */
export const DEFAULT_WORKERS_MAX = 8;

/**
 * Default number of threads: as many as there are tasks and cores, at most {@linkcode
 * DEFAULT_WORKERS_MAX}.
 */
export function defaultWorkers(tasks: number): number {
  const { hardwareConcurrency } = primordials.navigator;
  return Math.max(1, Math.min(DEFAULT_WORKERS_MAX, hardwareConcurrency, tasks));
}

/** Default number of slots that a run uses on remote workers, whose number of cores is unknown. */
export function defaultEngineWorkers(tasks: number): number {
  return Math.max(1, Math.min(ENGINE_WORKERS, tasks));
}

const ENGINE_WORKERS = 64;
