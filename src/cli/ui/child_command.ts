/**
 * Runs `tdrun` as a child process of the web UI's server: each run loads the current version of the
 * module, and a crash does not end the server.
 */
import { partUrl } from "../../runtime/package.ts";
import { commonFlags, startOptions } from "../../spawn/inherited_flags.ts";
import { killProcessGroup } from "../../spawn/kill_process_group.ts";
import { permissionFlags } from "../../spawn/permission_flags.ts";
import { processArgs } from "../../spawn/process_args.ts";
import { ROUND_MESSAGES } from "../respawn/respawned_process.ts";
import { watchChild } from "./watch_child.ts";
import { outputTail } from "./output_tail.ts";

const CLI = partUrl("cli").href;
/** Time limit for loading a module, in milliseconds: enough to download its dependencies. */
const LOAD_TIMEOUT_MS = 60_000;

/** The exit code and the output of a child process. */
export interface ChildResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts `tdrun` with the modules, options and permissions of this process. The child leads a
 * process group: Ctrl-C in the terminal does not reach it, and its descendants can be killed with
 * it.
 *
 * @param options.folder The child's current folder, which it may read and write in any case.
 * @param options.roundMessages The path of the file for the messages of a round; undefined for a
 * run that starts at once.
 */
export function startTdrun(
  args: readonly string[],
  { folder, roundMessages }: { readonly folder: string; readonly roundMessages?: string },
): Deno.ChildProcess {
  const all = ["--no-settings", ...args]; // the page decides about the options
  return new Deno.Command(Deno.execPath(), {
    args: Deno.build.standalone ? all : ["run", ...flagsFor(folder), CLI, ...all],
    cwd: folder,
    env: {
      NO_COLOR: "1",
      ...(roundMessages === undefined ? {} : { [ROUND_MESSAGES]: roundMessages }),
    },
    stdin: roundMessages === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
}

function flagsFor(folder: string): string[] {
  const started = startOptions(processArgs() ?? []);
  return [...commonFlags(started), ...permissionFlags(started, undefined, folder)];
}

/** Options of {@linkcode runTdrun}. */
export interface ChildOptions {
  /** The child's current folder. */
  readonly folder: string;
  /** The child's temporary folder: removed if this process is killed, otherwise by the caller. */
  readonly tempDir: string;
  /** Kills the child when aborted. */
  readonly signal: AbortSignal;
}

/** Runs `tdrun` until it exits. */
export async function runTdrun(
  args: readonly string[],
  { folder, tempDir, signal }: ChildOptions,
): Promise<ChildResult> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(LOAD_TIMEOUT_MS);
  const child = startTdrun(args, { folder });
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
    ? `${errors}Error: Cannot load the module: still loading after ${LOAD_TIMEOUT_MS / 1000} s`
    : errors;
  return { code, stdout, stderr };
}
