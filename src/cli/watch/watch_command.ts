/**
 * `--watch`: runs the tasks again when a file changes. This process reads keys and signals. While a
 * round runs, it prints nothing, since the round may show a live display.
 */
import { UsageError } from "../../base/errors.ts";
import { plural } from "../../base/text_format.ts";
import { createFolder, JOURNAL_FOLDER } from "../../journal/journal_folder.ts";
import { isAbsolute } from "../../runtime/file_url.ts";
import { partUrl } from "../../runtime/package.ts";
import { commonFlags, startOptions } from "../../spawn/inherited_flags.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import { processArgs } from "../../spawn/process_args.ts";
import { valueFiles } from "../args/expand_file_args.ts";
import { STDOUT, type TypedRequest } from "../args/request.ts";
import { type ExitSignal, SIGNAL_CODES } from "../exit_code.ts";
import { permissionsOf } from "../respawn/respawn.ts";
import { RESPAWN_CWD, ROUND_MESSAGES } from "../respawn/respawned_process.ts";
import { isSentToGroup } from "../respawn/signal_forwarder.ts";
import type { System } from "../system/system.ts";
import { RoundProcess } from "./round_process.ts";
import type { Round } from "./round_protocol.ts";
import { Watch } from "./watch.ts";

/**
 * Watches a module until a signal or the key q.
 *
 * @param args The arguments of the command.
 * @returns The exit code: that of the last round, or of the signal.
 * @throws {UsageError} when the module imports the library by its name, and nothing resolves it.
 */
export async function watchCommand(
  args: readonly string[],
  request: TypedRequest,
  system: System,
): Promise<number> {
  system.endWithParent?.();
  const hasKeys = Deno.stdin.isTerminal();
  const watch = new Watch({
    folder: system.folder,
    modules: request.modules,
    given: givenFiles(args, request, system.folder),
    isAll: true,
    startRound: () => startRound(args, system.folder),
    onLine: (line) => system.err(line),
    onIdle: (count) => system.err(`Watching ${plural(count, "file")}${hasKeys ? KEYS : ""}`),
  });
  let signalCode: number | undefined;
  // A first signal cancels the round, a second one stops it.
  const onSignal = (signal: ExitSignal) => {
    signalCode ??= SIGNAL_CODES[signal];
    watch.quit();
    if (!isSentToGroup(signal)) watch.kill(signal);
  };
  const unlisten = system.onSignal(onSignal);
  const restore = hasKeys ? await readWatchKeys(watch, onSignal) : undefined;
  try {
    const code = await watch.run();
    return signalCode ?? code;
  } finally {
    restore?.();
    unlisten();
  }
}

/** Absolute paths of the files that are given as options. */
function givenFiles(
  args: readonly string[],
  { stateFile }: TypedRequest,
  folder: string,
): string[] {
  return [...(stateFile === undefined ? [] : [stateFile]), ...valueFiles(args)]
    .filter((it) => it !== STDOUT)
    .map((path) => isAbsolute(path) ? path : `${folder}/${path}`);
}

const KEYS = " · Enter: run all · f: run failed · q: quit";

/** Reads the keys of the terminal. Returns a function that restores it. */
async function readWatchKeys(
  watch: Watch,
  onSignal: (signal: ExitSignal) => void,
): Promise<() => void> {
  const { readKeys } = await import("./read_keys.ts");
  return readKeys((key) => {
    if (key === "\r") watch.ask(true);
    else if (key === "f") watch.ask(false);
    else if (key === "\x03") onSignal("SIGINT"); // on Windows
    else if (key === "q") {
      watch.quit();
      watch.cancel();
    }
  });
}

/**
 * Starts the process of a round, with the streams of this one.
 *
 * @param args The arguments of the command.
 * @param folder The current folder.
 */
function startRound(args: readonly string[], folder: string): Round {
  createFolder(`${folder}/${JOURNAL_FOLDER}`);
  const path = `${folder}/${JOURNAL_FOLDER}/watch-${crypto.randomUUID()}.ndjson`;
  const child = new Deno.Command(Deno.execPath(), {
    args: commandArgs(args),
    cwd: folder,
    env: { [RESPAWN_CWD]: folder, [ROUND_MESSAGES]: path },
    stdin: "piped",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  return new RoundProcess(child, path);
}

function commandArgs(args: readonly string[]): string[] {
  if (grantOf("run") === "less" || grantOf("env") === "less") {
    throw new UsageError("Cannot use --watch: run with --allow-run and --allow-env");
  }
  if (Deno.build.standalone) return [...args];
  const startArgs = processArgs();
  const options = startOptions(startArgs ?? []);
  const permissions = permissionsOf(options, startArgs !== undefined);
  if (permissions === undefined) {
    throw new UsageError(
      "Cannot use --watch: the permissions of this process are unknown; run with -A",
    );
  }
  return ["run", ...permissions, ...commonFlags(options), partUrl("cli").href, ...args];
}
