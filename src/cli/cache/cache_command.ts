/** `tdrun cache`: shows the size of the cache, or empties it. */
import { UsageError } from "../../base/errors.ts";
import { plural } from "../../base/text_format.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { CacheStore } from "../../cache/cache_store.ts";
import { anyText, valueOption } from "../args/option_entry.ts";
import { HELP } from "../args/option_table.ts";
import { parseSubcommand } from "../args/subcommand.ts";
import { ExitCode } from "../exit_code.ts";
import { subcommandHelp } from "../help/help_text.ts";
import { cacheFolderOf } from "../run/cache_folder_of.ts";
import type { System } from "../system/system.ts";

/** The subcommand `cache`. */
export const CACHE_COMMAND = {
  name: "cache",
  usage: "[clear] [options]",
  description: "Prints the size of the cache of the current folder; `clear` empties it.",
  summary: "show or clear the cache of results",
  options: [
    valueOption("--cache-dir <folder>", "folder of the cache (default: .tdrun/cache)", anyText),
    HELP,
  ],
};

/** The parsed arguments of `tdrun cache`. */
export interface CacheRequest {
  readonly type: "help" | "size" | "clear";
  readonly cacheDir: string | undefined;
}

/**
 * Parses the arguments after `cache`.
 *
 * @throws {UsageError} when an argument is invalid.
 */
export function parseCacheArgs(args: readonly string[]): CacheRequest {
  const { module: action, options: { help, cacheDir } } = parseSubcommand(CACHE_COMMAND, args);
  if (help) return { type: "help", cacheDir };
  if (action === undefined) return { type: "size", cacheDir };
  if (action === "clear") return { type: "clear", cacheDir };
  throw new UsageError(`Unexpected argument "${action}": expected tdrun cache [clear]`);
}

/**
 * Runs `tdrun cache`. Returns the exit code.
 *
 * @throws {UsageError} when an argument is invalid, or the folder may not be read or written.
 */
export function cacheCommand(args: readonly string[], system: System): number {
  const request = parseCacheArgs(args);
  if (request.type === "help") {
    system.out(subcommandHelp(CACHE_COMMAND));
    return ExitCode.PASSED;
  }
  const isCleared = request.type === "clear";
  const folder = cacheFolderOf(request, system.folder);
  for (const name of ["read", ...(isCleared ? ["write"] as const : [])] as const) {
    if (isGranted({ name, path: folder })) continue;
    throw new UsageError(`Cannot open the cache: run with --allow-${name}="${folder}"`);
  }
  const store = new CacheStore(folder);
  const { entries, bytes } = isCleared ? store.clear() : store.size();
  const size = `${entries} ${entries === 1 ? "entry" : "entries"}, ${formatBytes(bytes)}`;
  system.out(isCleared ? `removed ${size} from ${folder}` : `${size} in ${folder}`);
  return ExitCode.PASSED;
}

const UNIT = 1024;

function formatBytes(bytes: number): string {
  if (bytes < UNIT) return plural(bytes, "byte");
  const units = ["KiB", "MiB", "GiB"];
  let value = bytes / UNIT;
  let at = 0;
  for (; value >= UNIT && at < units.length - 1; at++) value /= UNIT;
  return `${value.toFixed(1)} ${units[at]}`;
}
