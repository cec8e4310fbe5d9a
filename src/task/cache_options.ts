/** The option `cache` of a task: its declared inputs and outputs, validated. */
import { type KnownOptions, validateOptions } from "./validate_options.ts";

/**
 * Inputs and outputs of a cached task, besides its code, its case and the results of its
 * dependencies. Paths are relative to the folder of the run.
 *
 * ```ts
 * import { mark } from "@thread-order/cli";
 *
 * export const bundle = mark(
 *   { cache: { files: ["src/**\/*.ts"], outputs: ["dist/**"], env: ["MODE"] } },
 *   () => {},
 * );
 * ```
 */
export interface CacheOptions {
  /** Globs of the files that the task reads; a leading `!` excludes. None by default. */
  readonly files?: readonly string[];
  /**
   * Globs of the files that the task writes, each below a named folder: `dist/**`. Files that match
   * are deleted before the task runs, and restored by a hit. None by default.
   */
  readonly outputs?: readonly string[];
  /** Names of environment variables that the task reads. None by default. */
  readonly env?: readonly string[];
  /** Keys of the shared state that the task reads. None by default. */
  readonly state?: readonly string[];
}

/** Validated {@linkcode CacheOptions} with defaults applied. Plain data. */
export interface CachePolicy {
  /** Globs of the files that the task reads. */
  readonly files: readonly string[];
  /** Globs of the files that it writes. */
  readonly outputs: readonly string[];
  /** Names of the environment variables that it reads. */
  readonly env: readonly string[];
  /** Keys of the shared state that it reads. */
  readonly state: readonly string[];
}

const OPTIONS: KnownOptions<CacheOptions> = { files: true, outputs: true, env: true, state: true };
const CANNOT_CACHE = "Cannot cache a task";

/**
 * Validates the option `cache`.
 *
 * @returns The inputs and outputs; undefined if the task is not cached.
 * @throws {TypeError} naming the invalid part.
 */
export function checkCache(cache: boolean | CacheOptions | undefined): CachePolicy | undefined {
  if (cache === undefined || cache === false) return undefined;
  const options = cache === true ? {} : cache;
  validateOptions(options, OPTIONS, CANNOT_CACHE);
  const files = checkList("files", options.files);
  const outputs = checkList("outputs", options.outputs);
  files.forEach((pattern) => checkPattern("files", pattern));
  for (const pattern of outputs) {
    checkPattern("outputs", pattern);
    if (!/^(\.\/+)*([*?{[]|\.?$)/.test(pattern)) continue;
    throw new TypeError(
      `${CANNOT_CACHE} with the output "${pattern}": matching files are deleted before the task ` +
        'runs, so name their folder, as in "dist/**"',
    );
  }
  const env = checkList("env", options.env);
  return { files, outputs, env, state: checkList("state", options.state) };
}

function checkList(option: string, list: readonly string[] | undefined): readonly string[] {
  if (list === undefined) return [];
  if (Array.isArray(list) && list.every((it) => typeof it === "string" && it !== "")) return list;
  throw new TypeError(
    `${CANNOT_CACHE} with ${option}: ${Deno.inspect(list)}: expected a list of strings`,
  );
}

function checkPattern(option: "files" | "outputs", pattern: string): void {
  const path = pattern.replace(/^!/, "");
  const isAbsolute = /^([/\\]|[A-Za-z]:|file:)/.test(path);
  const segments = path.split("/");
  const leavesFolder = segments.slice(segments.findIndex((it) => it !== "..")).includes("..") ||
    (option === "outputs" && segments.includes(".."));
  if (!isAbsolute && !leavesFolder && !path.includes("\\")) return;
  throw new TypeError(
    `${CANNOT_CACHE} with "${pattern}" in ${option}: expected a path relative to the folder of the run`,
  );
}
