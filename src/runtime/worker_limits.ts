/** How many tasks may run at once, by where they run, and how many do if nobody says. */
import { primordials } from "./primordials.ts";

/** On threads or processes of this machine: the shared state has a place for the main thread and for so many. */
export const WORKERS_MAX = 63;
/** On one worker of an engine, each in a process. */
export const HOST_WORKERS_MAX = 256;
/** On all workers of an engine together: more are too many on any number of machines. */
export const ENGINE_WORKERS_MAX = 1_000;

/** More threads than this are used where somebody says so. */
export const DEFAULT_WORKERS_MAX = 8;

/** How many threads a run gets if nobody says: as many as there is use for, and 8 at most. */
export function defaultWorkers(tasks: number): number {
  const { hardwareConcurrency } = primordials.navigator;
  return Math.max(1, Math.min(DEFAULT_WORKERS_MAX, hardwareConcurrency, tasks));
}

/** The same where tasks run on any number of other machines. */
export function defaultEngineWorkers(tasks: number): number {
  return Math.max(1, Math.min(ENGINE_WORKERS, tasks));
}

const ENGINE_WORKERS = 64;
