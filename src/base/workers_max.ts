/** How many tasks may run at once, by where they run. */

/** On threads or processes of this machine: the shared state has a place for the main thread and for so many. */
export const WORKERS_MAX = 63;
/** On one worker of an engine, each in a process. */
export const HOST_WORKERS_MAX = 256;
/** On all workers of an engine together: more are too many on any number of machines. */
export const ENGINE_WORKERS_MAX = 1_000;
