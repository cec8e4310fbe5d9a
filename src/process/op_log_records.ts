/**
 * The state's log as a file: how one process lets others read what all its threads read in shared
 * memory. The main process alone writes, and writes each record before it counts; every other process
 * reads at its own place, so what it learns by a read of the file's end is that it is up to date.
 *
 * A record is its kind in a byte, its length in four, and what it holds.
 */
import { assert } from "../base/assert.ts";

/** What a record says. */
export const RecordType = {
  /** A batch of the log. */
  BATCH: 0,
  /** The log began anew: the capacity of its region in four bytes. */
  RESET: 1,
  /** The same with a snapshot: the capacity, and the snapshot. */
  SNAPSHOT: 2,
  /** The next file goes on. */
  ROTATE: 3,
} as const;

/** Bytes before what a record holds. */
export const RECORD_HEADER_BYTES = 5;

/** Where a reader begins: at a record of the type BASE. */
export interface LogPosition {
  /** Which file. */
  readonly generation: number;
  /** Where in it. */
  readonly offset: number;
  /** How many bytes were written before, in all files: counted alike by writer and readers. */
  readonly position: number;
}

/** A record that was read. */
export interface LogRecord {
  readonly type: number;
  /** What it holds; changes with the next read. */
  readonly content: Uint8Array;
}

/** The path of a file of the log. */
export function logPath(folder: string, generation: number): string {
  return `${folder}/log.${generation}`;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads the records, one after the other.
 *
 * User code may run out of stack anywhere, in here too. So a record is done with by a store of its reader's,
 * {@linkcode isApplied}, and a read that was torn begins again at the first record that is not done with.
 */
export class OpLogReader {
  /** Set when the record at hand has had its effect. */
  isApplied = false;
  readonly #folder: string;
  readonly #onRotate: (generation: number) => void;
  #file: Deno.FsFile;
  #generation: number;
  /** Where the record at hand begins: in the file, and in all files. */
  #offset: number;
  #position: number;
  #buffer = new Uint8Array(CHUNK_BYTES);
  /** The part of the buffer that was read and is not done with. */
  #start = 0;
  #end = 0;
  /** How long the record at hand is. */
  #size = 0;
  #wasInterrupted = false;

  /** @param onRotate Told when this reader needs no file before this one any more. */
  constructor(folder: string, start: LogPosition, onRotate: (generation: number) => void) {
    this.#folder = folder;
    this.#onRotate = onRotate;
    this.#generation = start.generation;
    this.#offset = start.offset;
    this.#position = start.position;
    this.#file = Deno.openSync(logPath(folder, start.generation));
    this.#file.seekSync(start.offset, Deno.SeekMode.Start);
  }

  /** How much has had its effect, in bytes. */
  get position(): number {
    return this.#position + (this.isApplied ? this.#size : 0);
  }

  /** The next record, or undefined when there is none (yet): the same until it is done with. */
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

  /** Sees to it that a record of so many bytes fits in the buffer, from where it begins. */
  #reserve(size: number): void {
    if (this.#start + size <= this.#buffer.length) return;
    const left = this.#buffer.subarray(this.#start, this.#end);
    const bytes = new Uint8Array(Math.max(size, CHUNK_BYTES));
    bytes.set(left);
    this.#buffer = bytes;
    this.#end = left.length;
    this.#start = 0;
  }

  /** Goes past the record at hand. */
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

  /** Begins again at the record at hand. */
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
