/** The writing end of the state's log as a file: see op_log_records.ts. */
import { errorText } from "../base/text_format.ts";
import type { OpLogMirror } from "../state/log/op_log.ts";
import { StateFullError } from "../state/shared_state.ts";
import { logPath, type LogPosition, RECORD_HEADER_BYTES, RecordType } from "./op_log_records.ts";

/** A file this long is followed by another when the log begins anew. */
const FILE_BYTES = 64 * 1024 * 1024;
/** Records up to this long are put together for one write. */
const BUFFER_BYTES = 64 * 1024;

/** See the head of this file. */
export class OpLogFile implements OpLogMirror {
  /** Called when another file follows: who does not look at the state keeps all since its last look. */
  onRotate: (() => void) | undefined;
  readonly #folder: string;
  readonly #fileBytes: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  /** Which file each reader is in. */
  readonly #readers = new Map<number, number>();
  #file: Deno.FsFile;
  #generation = 0;
  #oldest = 0;
  #offset = 0;
  #position = 0;
  #snapshot: LogPosition = { generation: 0, offset: 0, position: 0 };
  /** How much of the record at hand is written. */
  #written = 0;
  #writeError: unknown;

  /**
   * @param folder Where the files are.
   * @param fileBytes How long they are, about.
   */
  constructor(folder: string, fileBytes = FILE_BYTES) {
    this.#folder = folder;
    this.#fileBytes = fileBytes;
    this.#file = create(folder, 0);
  }

  /** How much was written, in bytes. */
  get position(): number {
    return this.#position;
  }

  /** How many files there are. */
  get fileCount(): number {
    return this.#generation - this.#oldest + 1;
  }

  appended(batch: Uint8Array): void {
    this.#write(RecordType.BATCH, batch);
  }

  restarted(capacity: number): void {
    this.#write(RecordType.RESET, EMPTY, capacity);
  }

  restartedFrom(snapshot: Uint8Array, capacity: number): void {
    if (this.#offset > Math.max(this.#fileBytes, snapshot.length)) this.#rotate();
    const { position } = this;
    const start = { generation: this.#generation, offset: this.#offset, position };
    this.#write(RecordType.SNAPSHOT, snapshot, capacity);
    this.#snapshot = start;
  }

  /** A reader joins: where it is to begin. */
  addReader(reader: number): LogPosition {
    this.#readers.set(reader, this.#snapshot.generation);
    return this.#snapshot;
  }

  /** A reader has come to a file. */
  acknowledge(reader: number, generation: number): void {
    this.#readers.set(reader, generation);
    this.#removeOld();
  }

  /** A reader is gone. */
  removeReader(reader: number): void {
    this.#readers.delete(reader);
    this.#removeOld();
  }

  /** Nothing more is written. */
  close(): void {
    this.#file.close();
  }

  #write(type: number, content: Uint8Array, capacity?: number): void {
    if (this.#writeError !== undefined) throw writeFailed(this.#writeError);
    const head = capacity === undefined ? RECORD_HEADER_BYTES : RECORD_HEADER_BYTES + 4;
    const size = head + content.length;
    this.#view.setUint8(0, type);
    this.#view.setUint32(1, size - RECORD_HEADER_BYTES, true);
    if (capacity !== undefined) this.#view.setUint32(RECORD_HEADER_BYTES, capacity, true);
    this.#written = 0;
    try {
      if (size <= BUFFER_BYTES) {
        this.#buffer.set(content, head);
        this.#writeAll(this.#buffer.subarray(0, size));
      } else {
        this.#writeAll(this.#buffer.subarray(0, head));
        this.#writeAll(content);
      }
    } catch (error) {
      // Where part of the record stands there, and may have been read, nothing can follow it.
      if (this.#written > 0) this.#writeError = error;
      throw isOutOfStack(error) && this.#written === 0 ? error : writeFailed(error);
    }
    this.#offset += size;
    this.#position += size;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const count = this.#file.writeSync(bytes.subarray(at));
      at += count;
      this.#written += count;
    }
  }

  #rotate(): void {
    // There first, so that who reads of it finds it.
    const next = create(this.#folder, this.#generation + 1);
    this.#write(RecordType.ROTATE, EMPTY);
    this.#file.close();
    this.#file = next;
    this.#generation++;
    this.#offset = 0;
    this.onRotate?.();
  }

  /** Files that every reader has gone past are of no use; a new reader begins at the last base. */
  #removeOld(): void {
    let needed = this.#snapshot.generation;
    for (const generation of this.#readers.values()) needed = Math.min(needed, generation);
    for (; this.#oldest < needed; this.#oldest++) {
      Deno.removeSync(logPath(this.#folder, this.#oldest));
    }
  }
}

const EMPTY = new Uint8Array(0);

function create(folder: string, generation: number): Deno.FsFile {
  return Deno.openSync(logPath(folder, generation), { write: true, createNew: true, mode: 0o600 });
}

/** User code on the main thread may run out of stack anywhere: then nothing was written, and that is all. */
function isOutOfStack(error: unknown): boolean {
  return error instanceof RangeError;
}

function writeFailed(cause: unknown): StateFullError {
  const why = errorText(cause);
  return new StateFullError(`The shared state cannot be written for other processes: ${why}`, {
    cause,
  });
}
