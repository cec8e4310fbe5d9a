/**
 * The whole package, for machines and images without a network:
 *
 * ```sh
 * deno cache jsr:@thread-order/cli/offline
 * ```
 *
 * Without it, Deno fetches modules that are loaded on demand, such as the entry module of a worker,
 * on first use. Importing this module runs nothing.
 *
 * @module
 */

/**
 * Imports every module that the package loads on demand. For `deno cache` its existence suffices:
 * nothing has to call it.
 *
 * ```ts
 * import { loadAll } from "@thread-order/cli/offline";
 *
 * if (import.meta.main) await loadAll();
 * ```
 *
 * @returns A promise of the modules' namespaces.
 */
export function loadAll(): Promise<unknown[]> {
  return Promise.all([
    import("./mod.ts"),
    import("./cli.ts"),
    import("./ui.ts"),
    import("./bullmq.ts"),
    import("./workers/task_worker.ts"),
    import("./workers/task_process.ts"),
    import("./workers/engine_thread.ts"),
    import("./src/pool/process_pool.ts"),
    import("./src/thread/cached_call.ts"),
    import("./src/engine/driver/bullmq_engine.ts"),
    import("./src/engine/worker/run_worker.ts"),
  ]);
}
