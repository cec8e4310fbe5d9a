/**
 * The package that this library is: its name, and where its parts are. In the repository they are
 * TypeScript; in what is published each has its JavaScript beside it, and that is what runs.
 */

/** The name of the package. */
export const PACKAGE = "@thread-order/cli";

/** The folder that the package is in. Built code lies as deep below it as this file. */
export const ROOT = new URL("../../", import.meta.url);

/** What is loaded by its URL: threads and processes begin with it, or few programs need it. */
export const PARTS = [
  "mod",
  "cli",
  "offline",
  "workers/task_worker",
  "workers/task_process",
  "src/pool/process_pool",
  "src/engine/driver/bullmq_engine",
  "src/engine/worker/run_worker",
] as const;

const SUFFIX = /\.\w+$/.exec(import.meta.url)?.[0] ?? ".ts";

/** The URL of a part, as it is where this code runs. */
export function partUrl(part: typeof PARTS[number]): URL {
  return new URL(part + SUFFIX, ROOT);
}

/** The version of the library and its command; deno.json has the same, and a test compares them. */
export const VERSION = "0.1.0";
