/** The command as a process of its own: a module is loaded afresh, and what crashes is not the page. */
import { partUrl } from "../../runtime/package.ts";
import { commonFlags, startOptions } from "../../spawn/inherited_flags.ts";
import { killProcessGroup } from "../../spawn/kill_process_group.ts";
import { permissionFlags } from "../../spawn/permission_flags.ts";
import { processArgs } from "../../spawn/process_args.ts";
import { watchChild } from "./watch_child.ts";
import { outputTail } from "./output_tail.ts";

const CLI = partUrl("cli").href;
/** A module that takes longer to load will not come any more. */
const LOAD_TIMEOUT_MS = 60_000;

/** How a process ended that was waited for. */
export interface ChildResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a process of `tdrun`, with the modules, options and permissions of this process. It has a group
 * of its own: Ctrl-C in the terminal is not for it, and what it has started can be ended with it.
 *
 * @param folder Where it is to run, and may read and write whatever else is permitted.
 */
export function startTdrun(args: readonly string[], folder: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: Deno.build.standalone ? [...args] : ["run", ...flagsFor(folder), CLI, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
}

function flagsFor(folder: string): string[] {
  const started = startOptions(processArgs() ?? []);
  return [...commonFlags(started), ...permissionFlags(started, undefined, folder)];
}

/** Where a process of `tdrun` runs, and until when. */
export interface ChildOptions {
  readonly folder: string;
  /** Its own files, which are removed with this process; whoever made them removes them otherwise. */
  readonly tempDir: string;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Runs `tdrun` to its end. */
export async function runTdrun(
  args: readonly string[],
  { folder, tempDir, signal }: ChildOptions,
): Promise<ChildResult> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(LOAD_TIMEOUT_MS);
  const child = startTdrun(args, folder);
  const unwatch = watchChild(child, tempDir);
  const kill = () => killProcessGroup(child);
  const abort = AbortSignal.any([signal, timeout]);
  abort.addEventListener("abort", kill);
  const [{ code }, stdout, errors] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    outputTail([child.stderr]).ended,
  ]).finally(unwatch);
  abort.removeEventListener("abort", kill);
  signal.throwIfAborted();
  const stderr = timeout.aborted
    ? `${errors}Error: It took more than ${LOAD_TIMEOUT_MS / 1000} seconds to load`
    : errors;
  return { code, stdout, stderr };
}
