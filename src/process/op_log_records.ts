/**
 * The state's log as a file, which mirrors for other processes what the threads of one process read
 * in shared memory. Only the main process writes, and it writes each record before it takes effect.
 * Every other process reads at its own position: a read at the end of the file shows that it is up
 * to date.
 *
 * A record is its type in one byte, its length in four, and its content.
 */
import { assert } from "../base/assert.ts";

/** The type of a record. */
export const RecordType = {
  /** A batch of the log. */
  BATCH: 0,
  /** The log was reset: the capacity of its region in four bytes. */
  RESET: 1,
  /** The log was reset with a snapshot: the capacity, and the snapshot. */
  SNAPSHOT: 2,
  /** The log continues in the next file. */
  ROTATE: 3,
} as const;

/** Bytes of a record's header. */
export const RECORD_HEADER_BYTES = 5;

/** The start of a reader: a record of the type SNAPSHOT. */
export interface LogPosition {
  /** Number of the file. */
  readonly generation: number;
  /** Offset in the file, in bytes. */
  readonly offset: number;
  /** Number of bytes before it in all files: the same for the writer and all readers. */
  readonly position: number;
}

/** A record that was read. */
export interface LogRecord {
  readonly type: number;
  /** The content; it changes with the next read. */
  readonly content: Uint8Array;
}

/** Returns the path of a file of the log. */
export function logPath(folder: string, generation: number): string {
  return `${folder}/log.${generation}`;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads the records in order.
 *
 * User code may run out of stack at any call, also in this class. So the caller marks a record as
 * applied by one store, {@linkcode isApplied}, and an interrupted read restarts at the first record
 * that is not applied.
 */
export class OpLogReader {
  /** Set when the current record is applied. */
  isApplied = false;
  readonly #folder: string;
  readonly #onRotate: (generation: number) => void;
  #file: Deno.FsFile;
  #generation: number;
  /** Start of the current record: in the file, and in all files. */
  #offset: number;
  #position: number;
  #buffer = new Uint8Array(CHUNK_BYTES);
  /** The part of the buffer that was read and is not applied yet. */
  #start = 0;
  #end = 0;
  /** Length of the current record, in bytes. */
  #size = 0;
  #wasInterrupted = false;

  /** @param onRotate Called when this reader needs no earlier file any more. */
  constructor(folder: string, start: LogPosition, onRotate: (generation: number) => void) {
    this.#folder = folder;
    this.#onRotate = onRotate;
    this.#generation = start.generation;
    this.#offset = start.offset;
    this.#position = start.position;
    this.#file = Deno.openSync(logPath(folder, start.generation));
    this.#file.seekSync(start.offset, Deno.SeekMode.Start);
  }

  /** Number of applied bytes in all files. */
  get position(): number {
    return this.#position + (this.isApplied ? this.#size : 0);
  }

  /**
   * Returns the next record, or undefined if there is none (yet). Returns the same one until it is
   * applied.
   */
  next(): LogRecord | undefined {
    if (this.isApplied) this.#advance();
    if (this.#wasInterrupted) this.#seek();
    this.#wasInterrupted = true;
    const record = this.#read();
    this.#wasInterrupted = false;
    if (record?.type !== RecordType.ROTATE) return record;
    this.#rotate();
    return this.next();
  }

  #read(): LogRecord | undefined {
    for (;;) {
      const left = this.#end - this.#start;
      if (left >= RECORD_HEADER_BYTES) {
        const view = new DataView(this.#buffer.buffer, this.#start, RECORD_HEADER_BYTES);
        const size = RECORD_HEADER_BYTES + view.getUint32(1, true);
        if (left >= size) {
          this.#size = size;
          const content = this.#buffer.subarray(
            this.#start + RECORD_HEADER_BYTES,
            this.#start + size,
          );
          return { type: view.getUint8(0), content };
        }
        this.#reserve(size);
      } else if (left > 0) this.#reserve(RECORD_HEADER_BYTES);
      else this.#start = this.#end = 0;
      const free = this.#end === 0 ? this.#buffer : this.#buffer.subarray(this.#end);
      const count = this.#file.readSync(free);
      if (count === null) return undefined;
      this.#end += count;
    }
  }

  /** Makes room in the buffer for a record of this size, from its start. */
  #reserve(size: number): void {
    if (this.#start + size <= this.#buffer.length) return;
    const left = this.#buffer.subarray(this.#start, this.#end);
    const bytes = new Uint8Array(Math.max(size, CHUNK_BYTES));
    bytes.set(left);
    this.#buffer = bytes;
    this.#end = left.length;
    this.#start = 0;
  }

  /** Advances past the current record. */
  #advance(): void {
    this.#start += this.#size;
    this.#offset += this.#size;
    this.#position += this.#size;
    this.isApplied = false;
    if (this.#start === this.#end && this.#buffer.length > CHUNK_BYTES) {
      this.#buffer = new Uint8Array(CHUNK_BYTES);
      this.#start = this.#end = 0;
    }
  }

  /** Seeks back to the current record. */
  #seek(): void {
    this.#file.seekSync(this.#offset, Deno.SeekMode.Start);
    this.#start = this.#end = 0;
  }

  #rotate(): void {
    assert(this.#start + this.#size === this.#end, "A file of the log goes on after its end");
    const file = Deno.openSync(logPath(this.#folder, this.#generation + 1));
    this.#file.close();
    this.#file = file;
    this.#generation++;
    this.#position += this.#size;
    this.#offset = this.#start = this.#end = 0;
    this.#onRotate(this.#generation);
  }
}
