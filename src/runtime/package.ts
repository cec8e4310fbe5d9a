/**
 * The package: its name, version, and the URLs of its parts. In the repository the parts are
 * TypeScript; in the published package each has compiled JavaScript next to it, which is what runs.
 */

/** Name of the package. */
export const PACKAGE = "@thread-order/cli";

/** Root folder of the package. Compiled code lies as deep below it as this file. */
export const ROOT = new URL("../../", import.meta.url);

/**
 * Modules that are loaded by URL: entry modules of workers and processes, and parts that few
 * programs need.
 */
export const PARTS = [
  "mod",
  "cli",
  "offline",
  "workers/task_worker",
  "workers/task_process",
  "workers/engine_thread",
  "src/pool/process_pool",
  "src/thread/cached_call",
  "src/engine/driver/bullmq_engine",
  "src/engine/worker/run_worker",
] as const;

const SUFFIX = /\.\w+$/.exec(import.meta.url)?.[0] ?? ".ts";

/** The URL of a part, with the suffix of the running code. */
export function partUrl(part: typeof PARTS[number]): URL {
  return new URL(part + SUFFIX, ROOT);
}

/** Version of the library and of its command; a test compares it with deno.json. */
export const VERSION = "0.1.0";
