/**
 * Guards against output paths that would destroy an input or another output: a typing error must
 * not cost a module or a report.
 */
import { UsageError } from "../../base/errors.ts";
import { threadName } from "../../events/run_event.ts";
import { DEFAULT_WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { logFileName } from "../../report/text/log_line.ts";
import { moduleUrl } from "../../runtime/file_url.ts";
import { fileIdentity, streamIdentities } from "../system/file_identity.ts";
import { configsFrom } from "../respawn/project.ts";
import { LOG_PREFIX } from "../output/open_reporters.ts";
import { isOutForData, type RequestOptions, STDOUT } from "../args/request.ts";

/** A file and its purpose. */
interface FileUse {
  /** The purpose, as messages name it. */
  readonly what: string;
  readonly identity: string;
}

/** A file to write. */
interface OutputFile extends FileUse {
  /** The path as typed. */
  readonly file: string;
}

/** Files that a command reads. */
export interface ReadFiles {
  /** The purpose of each, as messages name it. */
  readonly what: string;
  readonly files: readonly string[];
}

/**
 * Checks that no output of a run overwrites one of its inputs or another output. Only the state may
 * be written to the file that it was read from.
 *
 * @param read Further files that are read, and what they are.
 * @param folder The current folder.
 * @throws {UsageError} when two files are the same.
 */
export function assertNoOverwrite(
  request: RequestOptions,
  read: ReadFiles,
  folder: string,
): void {
  const inputs = protectedFiles(request, read, folder);
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
  read: ReadFiles,
  folder: string,
): FileUse[] {
  const { modules, stateFile } = request;
  const paths = modules.map(({ path }) => path);
  const fileUse = (what: string) => (file: string) => ({
    what,
    identity: fileIdentity(file, folder),
  });
  const streamUses = (what: string, stream: "out" | "err") =>
    streamIdentities(stream)
      // `/dev/stdout` may be written to, but not the file that the stream is redirected to.
      .slice(isOutForData(request) && stream === "out" ? 0 : 1)
      .map((identity) => ({ what, identity }));
  return [
    ...paths.map(fileUse("module")),
    ...(stateFile === undefined ? [] : [fileUse(STATE_FILE)(stateFile)]),
    ...read.files.map(fileUse(read.what)),
    ...paths.flatMap((path) => configFiles(moduleUrl(path, folder), folder)).map(
      fileUse("project's configuration"),
    ),
    ...streamUses("standard output", "out"),
    ...streamUses("standard error", "err"),
  ];
}

/** The configuration files, with lock files, that may apply to the module or to this process. */
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
