/**
 * Files that a run is made of are not written over, nor is one file written by two: a slip of the keyboard
 * would cost a module, or a report.
 */
import { UsageError } from "../../base/errors.ts";
import { threadName } from "../../events/run_event.ts";
import { DEFAULT_WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { logFileName } from "../../report/text/log_line.ts";
import { moduleUrl } from "../../task/load.ts";
import { fileIdentity, streamIdentities } from "../system/file_identity.ts";
import { configsFrom } from "../respawn/project.ts";
import { LOG_PREFIX } from "../output/open_reporters.ts";
import { isOutForData, type RequestOptions, STDOUT } from "../args/request.ts";

/** A file, by what it is, and what it is called. */
interface Known {
  readonly what: string;
  readonly identity: string;
}

/** A file to write, as it was named. */
interface Written extends Known {
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
  const kept = keptBy(request, values, folder);
  const written: Written[] = [];
  for (const one of writtenBy(request, folder)) {
    const { what, file, identity } = one;
    const over = kept.find((it) => it.identity === identity);
    if (over !== undefined && !(what === STATE && over.what === STATE_FILE)) {
      throw new UsageError(`Cannot write ${what} to "${file}": that is the ${over.what}`);
    }
    const other = written.find((it) => it.identity === identity);
    if (other !== undefined) {
      throw new UsageError(`Cannot write both ${other.what} and ${what} to "${file}"`);
    }
    written.push(one);
  }
}

const STATE = "the state";
const STATE_FILE = "state file";

function keptBy(request: RequestOptions, values: readonly string[], folder: string): Known[] {
  const { module, stateFile } = request;
  const known = (what: string) => (file: string) => ({
    what,
    identity: fileIdentity(file, folder),
  });
  const sent = (what: string, stream: "out" | "err") =>
    streamIdentities(stream)
      // By its own name a stream may be written to, but not the file behind it.
      .slice(isOutForData(request) && stream === "out" ? 0 : 1)
      .map((identity) => ({ what, identity }));
  return [
    known("module")(module),
    ...(stateFile === undefined ? [] : [known(STATE_FILE)(stateFile)]),
    ...values.map(known("file that a value is read from")),
    ...configurations(moduleUrl(module, folder), folder).map(known("project's configuration")),
    ...sent("standard output", "out"),
    ...sent("standard error", "err"),
  ];
}

/** Those of the module's folders, and of those this process may have been started in. */
function configurations(module: string, folder: string): string[] {
  return [module, Deno.mainModule, moduleUrl("deno.json", folder)]
    .filter((url) => url.startsWith("file:"))
    .flatMap((url) => [...configsFrom(new URL(".", url))].flat())
    .flatMap((config) => [config.href, new URL("deno.lock", config).href]);
}

function writtenBy({ files, stateOut, log, workers }: RequestOptions, folder: string): Written[] {
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
