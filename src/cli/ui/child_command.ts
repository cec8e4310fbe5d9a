/** The command as a process of its own: a module is loaded afresh, and what crashes is not the page. */
import { commonFlags, startOptions } from "../../pool/process/inherited_flags.ts";
import { permissionFlags } from "../../pool/process/permission_flags.ts";

const CLI = new URL("../../../cli.ts", import.meta.url).href;
/** A module that takes longer to load will not come any more. */
const LOAD_MAX_MS = 60_000;

/** How a process ended that was waited for. */
export interface ChildEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A process of `tdrun`, not started yet: with the modules, options and permissions of this process.
 *
 * @param folder Where it is to run, and may read and write whatever else is permitted.
 */
export function tdrunCommand(
  args: readonly string[],
  folder: string,
  options: Pick<Deno.CommandOptions, "signal"> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: Deno.build.standalone ? [...args] : ["run", ...flagsFor(folder), CLI, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  });
}

function flagsFor(folder: string): string[] {
  const started = startOptions(ownArguments());
  return [...commonFlags(started), ...permissionFlags(started, undefined, folder)];
}

/** Runs `tdrun` to its end. */
export async function runTdrun(args: readonly string[], folder: string): Promise<ChildEnd> {
  const signal = AbortSignal.timeout(LOAD_MAX_MS);
  const { code, stdout, stderr } = await tdrunCommand(args, folder, { signal }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stderr);
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: signal.aborted ? `${said}Error: It took more than ${LOAD_MAX_MS / 1000} seconds` : said,
  };
}

/** Nothing tells a program the options it was started with, except the system. */
function ownArguments(): string[] {
  try {
    return Deno.readTextFileSync("/proc/self/cmdline").split("\0");
  } catch {
    return []; // elsewhere: what is permitted as a whole is, and the closest configuration is found
  }
}
