/** The shared state has a place for the main thread and for this many workers. */
export const WORKERS_MAX = 63;
