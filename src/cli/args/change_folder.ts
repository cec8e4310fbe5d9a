/**
 * `-C dir`: runs the command as if it was started in another folder. The folder is changed before
 * anything else, since paths, the project's configuration and the journal depend on it; so the
 * option is removed from the arguments before these are parsed.
 */
import { isAbsolute } from "../../runtime/file_url.ts";
import { isGranted, permissionHint } from "../../runtime/permissions.ts";
import { UsageError } from "../../base/errors.ts";

/** Matches `-C` and `--chdir`, each with or without a value. */
const OPTION = /^(?:-C|--chdir)(?:=(.*))?$/s;

/** Arguments without the folders that they name. */
export interface FolderArgs {
  /** The other arguments. */
  readonly rest: readonly string[];
  /** The folders, in order; each is relative to the one before. */
  readonly folders: readonly string[];
}

/**
 * Splits `-C dir`, `-C=dir`, `--chdir dir` and `--chdir=dir` off the arguments before `--`.
 *
 * @throws {UsageError} if the option has no value.
 */
export function splitFolders(args: readonly string[]): FolderArgs {
  const rest: string[] = [];
  const folders: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      rest.push(...args.slice(i));
      break;
    }
    const match = OPTION.exec(arg);
    if (match === null) {
      rest.push(arg);
      continue;
    }
    const folder = match[1] ?? args[++i] ?? "";
    if (folder === "" || folder === "--") {
      throw new UsageError(`Cannot use ${arg} without a value: expected a folder`);
    }
    folders.push(folder);
  }
  return { rest, folders };
}

/** Matches options of Deno that name files, or paths that a program may or may not use. */
const PATH_OPTION =
  /^(?:-c|--(?:config|import-map|lock|cert|preload|import|require|(?:allow|deny|ignore)-(?:read|write|ffi)))=(.+)$/;

/**
 * Returns the first option of Deno with a relative path. Child processes inherit these options, and
 * would resolve them in the new folder: they would get other permissions than this process.
 *
 * @param options The options that child processes inherit.
 */
export function relativeOption(options: readonly string[]): string | undefined {
  return options.find((option) =>
    (PATH_OPTION.exec(option)?.[1] ?? "/").split(",").some((path) =>
      !isAbsolute(path) && !/^[a-z-]+:/.test(path)
    )
  );
}

/**
 * Changes to the folders that the arguments name.
 *
 * @param chdir Changes the current folder of the process.
 * @returns The other arguments.
 * @throws {UsageError} if a folder does not exist or cannot be entered, or an option of Deno has a
 * relative path.
 */
export async function changeFolder(
  args: readonly string[],
  chdir: (folder: string) => void = Deno.chdir,
): Promise<readonly string[]> {
  const { rest, folders } = splitFolders(args);
  if (folders.length === 0) return args;
  const relative = relativeOption(await inheritedOptions());
  if (relative !== undefined) {
    throw new UsageError(
      `Cannot change the folder: Deno was started with ${relative}; use an absolute path there`,
    );
  }
  for (const folder of folders) {
    try {
      chdir(folder);
    } catch (error) {
      throw new UsageError(`Cannot change to the folder "${folder}": ${reasonOf(error)}`);
    }
  }
  return rest;
}

/** The options of Deno that child processes inherit; none if this process cannot start any. */
async function inheritedOptions(): Promise<string[]> {
  if (!isGranted({ name: "run" })) return [];
  const { startOptions } = await import("../../spawn/inherited_flags.ts");
  const { processArgs } = await import("../../spawn/process_args.ts");
  const { inherited, allowed, denied } = startOptions(processArgs() ?? []);
  return [...inherited, ...Object.values(allowed).flat(), ...denied];
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such folder";
  if (error instanceof Deno.errors.NotADirectory) return "not a folder";
  return permissionHint(error) ?? (error as Error).message;
}
