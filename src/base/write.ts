/** Writing text whole: one call of `writeSync` may take a part of it only. */

/** What text can be written to: a file, or an output stream of the process. */
export interface SyncWriter {
  /** Takes some of the bytes, and says how many. */
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** Writes all of a text. */
export function writeText(writer: SyncWriter, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(writer.writeSync(bytes));
}
