/** Complete writes: a call of `writeSync` may write only a part. */

/** A file, or an output stream of the process. */
export interface SyncWriter {
  /** Writes some of the bytes, and returns their number. */
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** Writes a whole text. */
export function writeText(writer: SyncWriter, text: string): void {
  writeAll(writer, encoder.encode(text));
}

/** Writes all bytes. */
export function writeAll(writer: SyncWriter, bytes: Uint8Array): void {
  while (bytes.length > 0) bytes = bytes.subarray(writer.writeSync(bytes));
}

/** The output of a reporter: a file, or standard output. */
export interface TextSink {
  /** Writes text, possibly buffered. Throws if text could not be written. */
  write(text: string): void;
  /** Flushes and closes the file. Idempotent. */
  close(): void;
}
