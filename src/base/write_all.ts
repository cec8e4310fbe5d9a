/** Writing text whole: one call of `writeSync` may take a part of it only. */

/** What text can be written to: a file, or an output stream of the process. */
export interface SyncWriter {
  /** Takes some of the bytes, and says how many. */
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** Writes all of a text. */
export function writeText(writer: SyncWriter, text: string): void {
  writeAll(writer, encoder.encode(text));
}

/** Writes all of some bytes. */
export function writeAll(writer: SyncWriter, bytes: Uint8Array): void {
  while (bytes.length > 0) bytes = bytes.subarray(writer.writeSync(bytes));
}

/** Where a reporter writes: a file, or the standard output. */
export interface TextSink {
  /** Takes text; it may be written a little later. Throws if text could not be written. */
  write(text: string): void;
  /** Writes what is held back, and lets go of the file. Doing so again does nothing. */
  close(): void;
}
