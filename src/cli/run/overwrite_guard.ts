/**
 * Files that a run is made of are not written over, nor is one file written by two: a slip of the keyboard
 * would cost a module, or a report.
 */
import { UsageError } from "../../base/errors.ts";
import { threadName } from "../../events/run_event.ts";
import { DEFAULT_WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { logFileName } from "../../report/text/log_line.ts";
import { moduleUrl } from "../../task/load.ts";
import { fileIdentity, identitiesOfStream } from "../system/file_identity.ts";
import { configsFrom } from "../respawn/project.ts";
import { LOG_PREFIX } from "../output/open_reporters.ts";
import { isOutForData, type RequestOptions, STDOUT } from "../args/request.ts";

/** A file, by what it is, and what it is called. */
interface FileUse {
  readonly what: string;
  readonly identity: string;
}

/** A file to write, as it was named. */
interface OutputFile extends FileUse {
  readonly file: string;
}

/**
 * Makes sure that what a run reads outlives it, and that nothing it writes is written by another, too.
 *
 * @param values Files that hold values of the command line.
 * @param folder The current folder.
 * @throws {UsageError} when a report, the state or a log file is to be written there. The state may go back
 * to where it has come from.
 */
export function assertNoOverwrite(
  request: RequestOptions,
  values: readonly string[],
  folder: string,
): void {
  const inputs = protectedFiles(request, values, folder);
  const written: OutputFile[] = [];
  for (const output of outputFiles(request, folder)) {
    const { what, file, identity } = output;
    const input = inputs.find((it) => it.identity === identity);
    if (input !== undefined && !(what === STATE && input.what === STATE_FILE)) {
      throw new UsageError(`Cannot write ${what} to "${file}": that is the ${input.what}`);
    }
    const duplicate = written.find((it) => it.identity === identity);
    if (duplicate !== undefined) {
      throw new UsageError(`Cannot write both ${duplicate.what} and ${what} to "${file}"`);
    }
    written.push(output);
  }
}

const STATE = "the state";
const STATE_FILE = "state file";

function protectedFiles(
  request: RequestOptions,
  values: readonly string[],
  folder: string,
): FileUse[] {
  const { module, stateFile } = request;
  const fileUse = (what: string) => (file: string) => ({
    what,
    identity: fileIdentity(file, folder),
  });
  const streamUses = (what: string, stream: "out" | "err") =>
    identitiesOfStream(stream)
      // By its own name a stream may be written to, but not the file behind it.
      .slice(isOutForData(request) && stream === "out" ? 0 : 1)
      .map((identity) => ({ what, identity }));
  return [
    fileUse("module")(module),
    ...(stateFile === undefined ? [] : [fileUse(STATE_FILE)(stateFile)]),
    ...values.map(fileUse("file that a value is read from")),
    ...configFiles(moduleUrl(module, folder), folder).map(fileUse("project's configuration")),
    ...streamUses("standard output", "out"),
    ...streamUses("standard error", "err"),
  ];
}

/** Those of the module's folders, and of those this process may have been started in. */
function configFiles(module: string, folder: string): string[] {
  return [module, Deno.mainModule, moduleUrl("deno.json", folder)]
    .filter((url) => url.startsWith("file:"))
    .flatMap((url) => [...configsFrom(new URL(".", url))].flat())
    .flatMap((config) => [config.href, new URL("deno.lock", config).href]);
}

function outputFiles(
  { files, stateOut, log, workers }: RequestOptions,
  folder: string,
): OutputFile[] {
  const written = (what: string, file: string) => ({
    what,
    file,
    identity: fileIdentity(file, folder),
  });
  const threads = Array.from(
    { length: workers ?? DEFAULT_WORKERS_MAX },
    (_, id) => threadName(id),
  );
  const logs = ["main", ...threads].map((thread) => logFileName(LOG_PREFIX, thread));
  return [
    ...files.map(({ name, file }) => written(`the ${name} report`, file)),
    ...(stateOut === undefined || stateOut === STDOUT ? [] : [written(STATE, stateOut)]),
    ...(log ? logs.map((file) => written("the log", file)) : []),
  ];
}
