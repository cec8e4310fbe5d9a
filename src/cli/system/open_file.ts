/**
 * Opens the command's files (reports, logs, states) and standard streams for writing, and reads
 * files.
 */
import { decodeUtf8 } from "../../base/decode_utf8.ts";
import { folderOf } from "../../runtime/file_url.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { type SyncWriter, type TextSink, writeAll, writeText } from "../../base/write_all.ts";
import type { Stream } from "../../report/live/region.ts";

/** Options for the existing content of a file. */
export interface OpenOptions {
  /** Keeps the content and appends to it. */
  readonly append?: boolean;
  /** Keeps the content until the first write, and restores it if that fails. */
  readonly restoreOnFailure?: boolean;
}

/**
 * The standard streams as they are at the start: the standard output may be reserved for results
 * later. They are not opened by their paths: a redirected file would be truncated, and written from
 * its start in parallel with the stream.
 */
const STREAMS: Readonly<Record<Stream, SyncWriter>> = {
  out: { writeSync: Deno.stdout.writeSync.bind(Deno.stdout) },
  err: { writeSync: Deno.stderr.writeSync.bind(Deno.stderr) },
};

/** The standard stream that a path names, if any. */
export function streamAt(path: string): Stream | undefined {
  const [, name, number] = /^\/(?:dev\/std(out|err)|(?:dev|proc\/self)\/fd\/([12]))$/.exec(path) ??
    [];
  if (name === undefined && number === undefined) return undefined;
  return name === "out" || number === "1" ? "out" : "err";
}

/**
 * Opens a file for writing, and creates its folders. It is truncated, unless the options keep its
 * content.
 *
 * @throws the system's error if it cannot be opened; `close` throws if it was removed meanwhile.
 */
export function openFile(path: string, options: OpenOptions = {}): TextSink {
  const { append = false, restoreOnFailure = false } = options;
  const stream = streamAt(path);
  if (stream !== undefined) {
    return { write: (text) => writeText(STREAMS[stream], text), close() {} };
  }
  const folder = folderOf(path);
  requirePermission("write", path);
  if (folder !== "" && hasPermission("write", folder)) Deno.mkdirSync(folder, { recursive: true });
  const isNew = restoreOnFailure && createIfMissing(path);
  const file = Deno.openSync(path, {
    create: true,
    write: true,
    append,
    truncate: !append && !restoreOnFailure,
  });
  const isNamed = hasName(path, file);
  let isOpen = true;
  let isEmpty = !restoreOnFailure;
  return {
    write(text) {
      if (isEmpty) return writeText(file, text);
      const before = readBackup(path, file);
      isEmpty = true;
      truncate(file);
      try {
        writeText(file, text);
      } catch (error) {
        isEmpty = before === undefined || !restore(file, before);
        throw error;
      }
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      const isLost = isNamed && !hasName(path, file);
      file.close();
      if (isNew && !isEmpty && !isLost) Deno.removeSync(path); // restored: the file did not exist
      if (isLost) throw new Error("the file was removed in the meantime"); // by a task
    },
  };
}

/** Creates a file unless it exists. Returns whether it was created. */
function createIfMissing(path: string): boolean {
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
    return true;
  } catch {
    return false; // it exists, or opening it reports the reason
  }
}

/** Whether a file still has a path; true if that is unknown. */
function hasName(path: string, file: Deno.FsFile): boolean {
  if (!hasPermission("read", path)) return true; // the file is write-only
  return file.statSync().nlink !== 0;
}

/** Reads the content that is restored when a write fails; undefined if it cannot be read. */
function readBackup(path: string, file: Deno.FsFile): Uint8Array | undefined {
  if (!hasPermission("read", path) || !file.statSync().isFile) return undefined;
  try {
    return Deno.readFileSync(path);
  } catch {
    return undefined; // the file is write-only
  }
}

/** Restores the content of a file. Returns whether that succeeded. */
function restore(file: Deno.FsFile, before: Uint8Array): boolean {
  try {
    file.truncateSync();
    file.seekSync(0, Deno.SeekMode.Start);
    writeAll(file, before);
    return true;
  } catch {
    return false;
  }
}

/** Truncates a file; other targets, such as pipes, have nothing to truncate. */
function truncate(file: Deno.FsFile): void {
  try {
    file.truncateSync();
  } catch (error) {
    if (!/\(os error (22|1|87)\)/.test(String(error))) throw error; // "invalid"
  }
}

/**
 * Checks that a file may be read or written: on a terminal, Deno would prompt for a missing
 * permission.
 *
 * @throws {Deno.errors.NotCapable} as Deno does without a prompt.
 */
export function requirePermission(name: "read" | "write", path: string | URL): void {
  if (hasPermission(name, path)) return;
  throw new Deno.errors.NotCapable(
    `Requires ${name} access to "${path}", run again with the --allow-${name} flag`,
  );
}

/** Reads a file as UTF-8. */
export function readText(path: string | URL): string {
  requirePermission("read", path);
  return decodeUtf8(Deno.readFileSync(path));
}

function hasPermission(name: "read" | "write", path: string | URL): boolean {
  return isGranted({ name, path });
}

/** A standard stream cannot be written to, most often because of a full disk. */
export class StreamError extends Error {
  override name = "StreamError";
}

/**
 * Creates a writer to a standard stream that becomes silent when the reader is gone. It uses the
 * stream as it is now: the standard output may be reserved for results later.
 *
 * @param name The name of the stream in messages.
 * @returns Writes a text; throws a {@linkcode StreamError} the first time that fails.
 */
export function createStreamWriter(
  stream: SyncWriter & { isTerminal(): boolean },
  name: string,
): (text: string) => void {
  const writer = { writeSync: stream.writeSync.bind(stream) };
  const isTerminal = stream.isTerminal(); // a closed terminal returns false
  let isOpen = true;
  return (text) => {
    if (!isOpen) return;
    try {
      writeText(writer, text);
    } catch (error) {
      isOpen = false; // reported once
      // The run continues, and its exit code is unaffected.
      if (!isReaderGone(error, isTerminal)) {
        const message = `Cannot write to ${name}: ${(error as Error).message}`;
        throw new StreamError(message, { cause: error });
      }
    }
  };
}

/** Whether the reader is gone: a program such as `head`, or a closed terminal. */
function isReaderGone(error: unknown, isTerminal: boolean): boolean {
  if (error instanceof Deno.errors.BrokenPipe) return true;
  return isTerminal && /\(os error 5\)/.test(String(error)); // "input/output error"
}
