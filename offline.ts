/**
 * The whole package, for machines and images without a network: `deno cache
 * jsr:@thread-order/cli/offline`. Otherwise Deno fetches modules that are loaded on demand, as the
 * entry of a worker, on first use. Importing this module runs nothing.
 *
 * @module
 */

/**
 * Imports every module that the package loads on demand. Deno caches them; it need not be called.
 */
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
