/**
 * All of the package, for a machine or an image that is to do without a network:
 * `deno cache jsr:@thread-order/cli/offline`. Otherwise Deno fetches what a run does not begin with (the
 * entry of a worker or of a process) when it is first used. Importing this runs nothing.
 *
 * @module
 */

/** Loads what the package loads by its URL, or by command. Deno reads it; nobody needs to call it. */
export function loadAll(): Promise<unknown[]> {
  return Promise.all([
    import("./mod.ts"),
    import("./cli.ts"),
    import("./ui.ts"),
    import("./bullmq.ts"),
    import("./workers/task_worker.ts"),
    import("./workers/task_process.ts"),
    import("./src/pool/process_pool.ts"),
    import("./src/engine/driver/bullmq_engine.ts"),
    import("./src/engine/worker/run_worker.ts"),
  ]);
}
