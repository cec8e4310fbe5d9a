/** The writer of the state's log as a file: see op_log_records.ts. */
import { errorText } from "../base/text_format.ts";
import type { OpLogMirror } from "../state/log/op_log.ts";
import { fetchAdd } from "../sync/atomics.ts";
import { StateFullError } from "../state/shared_state.ts";
import { logPath, type LogPosition, RECORD_HEADER_BYTES, RecordType } from "./op_log_records.ts";

/** Length from which the file is rotated at the next snapshot, in bytes. */
const FILE_BYTES = 64 * 1024 * 1024;
/** Records up to this length are assembled for a single write, in bytes. */
const BUFFER_BYTES = 64 * 1024;

/** A mirror of the op log in files, which are removed when every reader has left them. */
export class OpLogFile implements OpLogMirror {
  /**
   * Called after a rotation: a reader that does not access the state keeps all files since its last
   * read.
   */
  onRotate: (() => void) | undefined;
  /**
   * A word of shared memory that changes after each record: a reader on a thread of this process
   * reads the file only then.
   */
  readonly changes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #folder: string;
  readonly #fileBytes: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  /** The file that each reader is in. */
  readonly #readers = new Map<number, number>();
  #file: Deno.FsFile;
  #generation = 0;
  #oldest = 0;
  #offset = 0;
  #position = 0;
  #snapshot: LogPosition = { generation: 0, offset: 0, position: 0 };
  /** Number of written bytes of the current record. */
  #written = 0;
  #writeError: unknown;

  /**
   * @param folder The folder of the files.
   * @param fileBytes Length from which a file is rotated.
   */
  constructor(folder: string, fileBytes = FILE_BYTES) {
    this.#folder = folder;
    this.#fileBytes = fileBytes;
    this.#file = create(folder, 0);
  }

  /** Number of bytes written in all files. */
  get position(): number {
    return this.#position;
  }

  /** Number of existing files. */
  get fileCount(): number {
    return this.#generation - this.#oldest + 1;
  }

  append(batch: Uint8Array): void {
    this.#write(RecordType.BATCH, batch);
  }

  restart(capacity: number): void {
    this.#write(RecordType.RESET, EMPTY, capacity);
  }

  restartFromSnapshot(snapshot: Uint8Array, capacity: number): void {
    if (this.#offset > Math.max(this.#fileBytes, snapshot.length)) this.#rotate();
    const { position } = this;
    const start = { generation: this.#generation, offset: this.#offset, position };
    this.#write(RecordType.SNAPSHOT, snapshot, capacity);
    this.#snapshot = start;
  }

  /** Adds a reader. Returns the position at which it begins. */
  addReader(reader: number): LogPosition {
    this.#readers.set(reader, this.#snapshot.generation);
    return this.#snapshot;
  }

  /** Records that a reader has reached a file. */
  acknowledge(reader: number, generation: number): void {
    this.#readers.set(reader, generation);
    this.#removeOld();
  }

  /** Removes a reader that is gone. */
  removeReader(reader: number): void {
    this.#readers.delete(reader);
    this.#removeOld();
  }

  /** Closes the file: nothing more is written. */
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
      // After a partial record, which may have been read, no other can follow.
      if (this.#written > 0) this.#writeError = error;
      throw isOutOfStack(error) && this.#written === 0 ? error : writeFailed(error);
    }
    this.#offset += size;
    this.#position += size;
    fetchAdd(this.changes, 0, 1);
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const count = this.#file.writeSync(bytes.subarray(at));
      at += count;
      this.#written += count;
    }
  }

  #rotate(): void {
    // Created before the record that refers to it, so that a reader finds it.
    const next = create(this.#folder, this.#generation + 1);
    this.#write(RecordType.ROTATE, EMPTY);
    this.#file.close();
    this.#file = next;
    this.#generation++;
    this.#offset = 0;
    this.onRotate?.();
  }

  /** Removes the files that no reader needs. A new reader begins at the last snapshot. */
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

/**
 * User code on the main thread may run out of stack at any call; if nothing was written, the log is
 * intact.
 */
function isOutOfStack(error: unknown): boolean {
  return error instanceof RangeError;
}

function writeFailed(cause: unknown): StateFullError {
  const why = errorText(cause);
  return new StateFullError(`Cannot write the shared state for other processes: ${why}`, {
    cause,
  });
}
