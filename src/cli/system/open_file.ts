/** What the command writes to: files (reports, logs, states), and the standard streams; and what it reads. */
import { decodeUtf8 } from "../../base/decode_utf8.ts";
import { folderOf } from "../../runtime/file_url.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { type SyncWriter, type TextSink, writeAll, writeText } from "../../base/write_all.ts";
import type { Stream } from "../../report/live/region.ts";

/** What becomes of what a file holds when it is opened. */
export interface OpenOptions {
  /** It stays, and more is written after it. */
  readonly append?: boolean;
  /** It stays until something is written, and comes back where that fails. */
  readonly restoreOnFailure?: boolean;
}

/**
 * The standard streams, as they are now: the standard output may be spared for results later. They are
 * not opened anew by the paths they have, too: a file that one of them was sent to would be emptied, and
 * written from its beginning, beside what the stream itself writes.
 */
const STREAMS: Readonly<Record<Stream, SyncWriter>> = {
  out: { writeSync: Deno.stdout.writeSync.bind(Deno.stdout) },
  err: { writeSync: Deno.stderr.writeSync.bind(Deno.stderr) },
};

/** Which of them a path means, if it means one. */
export function streamAt(path: string): Stream | undefined {
  const [, name, number] = /^\/(?:dev\/std(out|err)|(?:dev|proc\/self)\/fd\/([12]))$/.exec(path) ??
    [];
  if (name === undefined && number === undefined) return undefined;
  return name === "out" || number === "1" ? "out" : "err";
}

/**
 * Opens a file to write, with the folders it is in. It is empty then, unless the options say otherwise.
 *
 * @throws what the system says when it cannot be opened; `close` throws when it was removed meanwhile.
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
      if (isNew && !isEmpty && !isLost) Deno.removeSync(path); // it was kept as it was: not there
      if (isLost) throw new Error("the file was removed in the meantime"); // by a task that empties its folder
    },
  };
}

/** Makes a file, if there is none. Says whether it did. */
function createIfMissing(path: string): boolean {
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
    return true;
  } catch {
    return false; // it is there, or to open it says why
  }
}

/** Whether a file can be found by whoever looks for it. Where that is not known, it can. */
function hasName(path: string, file: Deno.FsFile): boolean {
  if (!hasPermission("read", path)) return true; // it may be written, and not be read
  return file.statSync().nlink !== 0;
}

/** What is to come back if there is no room for more, where that can be read. */
function readBackup(path: string, file: Deno.FsFile): Uint8Array | undefined {
  if (!hasPermission("read", path) || !file.statSync().isFile) return undefined;
  try {
    return Deno.readFileSync(path);
  } catch {
    return undefined; // it may be written, and not be read
  }
}

/** Has a file hold what it did before. Says whether it does. */
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

/** What is no file, such as a pipe, cannot be emptied, and need not be. */
function truncate(file: Deno.FsFile): void {
  try {
    file.truncateSync();
  } catch (error) {
    if (!/\(os error (22|1|87)\)/.test(String(error))) throw error; // "invalid", as systems have it
  }
}

/**
 * Makes sure that a file may be read or written. On a terminal Deno would ask for leave that was not given.
 *
 * @throws {Deno.errors.NotCapable} as Deno does where it does not ask.
 */
export function requirePermission(name: "read" | "write", path: string | URL): void {
  if (hasPermission(name, path)) return;
  throw new Deno.errors.NotCapable(
    `Requires ${name} access to "${path}", run again with the --allow-${name} flag`,
  );
}

/** The text of a file. */
export function readText(path: string | URL): string {
  requirePermission("read", path);
  return decodeUtf8(Deno.readFileSync(path));
}

function hasPermission(name: "read" | "write", path: string | URL): boolean {
  return isGranted({ name, path });
}

/** Text cannot be written to where people or programs read it: a full disk, most often. */
export class StreamError extends Error {
  override name = "StreamError";
}

/**
 * Writes to a stream, until there is nobody any more who would read it. (To the stream as it is now: the
 * standard output may be spared for results later, which these are.)
 *
 * @param name What it is called in messages.
 * @returns Writes a text. It throws a {@linkcode StreamError} once, when text cannot be written.
 */
export function createStreamWriter(
  stream: SyncWriter & { isTerminal(): boolean },
  name: string,
): (text: string) => void {
  const writer = { writeSync: stream.writeSync.bind(stream) };
  const isTerminal = stream.isTerminal(); // one that was closed says that it is none
  let isOpen = true;
  return (text) => {
    if (!isOpen) return;
    try {
      writeText(writer, text);
    } catch (error) {
      isOpen = false; // whoever writes next has nothing new to tell of it
      // The run goes on, and its exit code still says how it ended.
      if (!isReaderGone(error, isTerminal)) {
        const message = `Cannot write to ${name}: ${(error as Error).message}`;
        throw new StreamError(message, { cause: error });
      }
    }
  };
}

/** A program that had enough (`| head`), or a terminal that was closed. */
function isReaderGone(error: unknown, isTerminal: boolean): boolean {
  if (error instanceof Deno.errors.BrokenPipe) return true;
  return isTerminal && /\(os error 5\)/.test(String(error)); // "input/output error"
}
