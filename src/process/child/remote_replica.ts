/**
 * The replica of a process without shared memory. The same code applies the same records in the
 * same order as in a thread, so it equals all other replicas at the same position of the log. It
 * differs in two ways:
 *
 * - It reads the log from a file (src/process/op_log_records.ts), into a region of its own. Every
 *   access of the state first reads at the file's end, which takes half a microsecond.
 * - It does not write the log, but sends its batches to the main process, and then reads them back.
 *   A small result may be sent with the task's outcome instead: it is read back when the process
 *   accesses the state again.
 *
 * Race prevented: a write that is based on outdated state (optimistic concurrency control). If a
 * batch mentions objects that others may have released, or replaces a value that it has read, it
 * names the position of the log at which it was created; if the log has moved on since, the batch
 * is created again. Each retry means that another process has made progress.
 */
import { InternalError } from "../../base/assert.ts";
import type { AppendRequest, RemoteStateStart } from "../ipc_protocol.ts";
import { type LogRecord, OpLogReader, RecordType } from "../op_log_records.ts";
import { load } from "../../sync/atomics.ts";
import { ByteWriter } from "../../state/log/byte_writer.ts";
import { createStateBuffer } from "../../state/log/log_layout.ts";
import { Replica, type WriteOptions } from "../../state/replica/replica.ts";
import { ReplicaEncoder } from "../../state/replica/replica_encoder.ts";
import type { ValueEncoder } from "../../state/replica/value_encoder.ts";

/** The replica's requests to the main process, which block. */
export interface LogRpc {
  /**
   * Appends a batch.
   *
   * @returns the new end of the log; undefined if it had moved on.
   * @throws {StateFullError} if the state has no room for it.
   */
  append(request: AppendRequest, batch: Uint8Array): number | undefined;
  /** Keeps a batch, to be sent with the outcome of the current task. */
  defer(request: AppendRequest, batch: Uint8Array): void;
  /** Reserves ids that no object has had in any process. */
  ids(): { first: number; count: number };
  /** Acknowledges that no file of the log before this one is needed here any more. */
  acknowledgeLog(generation: number): void;
  /** @throws {ThreadFencedError} when the main process has abandoned this executor. */
  checkAlive(): void;
}

const OWNER = 1;
const REGION_BYTES = 1 << 20;
const EMPTY = new Uint8Array(0);
/**
 * Maximum length in bytes of a result that is sent with the outcome: a larger one may have no room,
 * which should be known before the task has ended.
 */
const DEFERRED_BYTES_MAX = 16 * 1024;
/** Thrown through code whose position of the log is outdated. */
const CONFLICT = Symbol("conflict");

/** A replica that is kept up to date from the log's files. */
export class RemoteReplica extends Replica {
  readonly #reader: OpLogReader;
  readonly #rpc: LogRpc;
  readonly #batch = new ByteWriter();
  readonly #defersResults: boolean;
  readonly #changes: Int32Array | undefined;
  /** The value of `changes` up to which the file was read; NaN before the first read. */
  #changesSeen = NaN;
  #isResult = false;
  #hasStarted = false;
  #isExclusive = false;
  #nextId = 0;
  #lastId = 0;

  constructor(
    { folder, logStart, name, maxBytes, changes, defersResults = false }: RemoteStateStart,
    rpc: LogRpc,
  ) {
    const source = {
      pull: () => {
        rpc.checkAlive();
        return this.#pull();
      },
    };
    super(createStateBuffer(1, REGION_BYTES, maxBytes), 0, OWNER, name, source);
    this.#rpc = rpc;
    this.#changes = changes;
    this.#defersResults = defersResults;
    this.#reader = new OpLogReader(
      folder,
      logStart,
      (generation) => rpc.acknowledgeLog(generation),
    );
  }

  /** The memory of this replica. */
  get buffer(): SharedArrayBuffer {
    return this.words.buffer as SharedArrayBuffer;
  }

  override newId(): number {
    if (this.#nextId === this.#lastId) {
      const { first, count } = this.#rpc.ids();
      this.#nextId = first;
      this.#lastId = first + count;
    }
    return this.#nextId++;
  }

  override get writesLog(): boolean {
    return false;
  }

  override withLock<T>(fn: () => T): T {
    for (;;) {
      this.cursor.catchUp();
      this.#isExclusive = true;
      try {
        return fn();
      } catch (error) {
        if (error !== CONFLICT) throw error;
      } finally {
        this.#isExclusive = false;
      }
    }
  }

  override writeResult(write: () => void): void {
    this.#isResult = this.#defersResults;
    try {
      write();
    } finally {
      this.#isResult = false;
    }
  }

  override append(encoder: ValueEncoder, options: WriteOptions = {}): unknown {
    return this.#send(encoder, options);
  }

  override commit(encoder: ValueEncoder, options: WriteOptions = {}): unknown {
    return this.#send(encoder, options);
  }

  override commitSet(encoder: ValueEncoder): void {
    this.#send(encoder, {});
  }

  #send(encoder: ValueEncoder, { times = 1, shrinks = false, growth }: WriteOptions): unknown {
    for (;;) {
      const definitions = this.#redefine(encoder.mentioned);
      const isPlaced = this.#isExclusive || encoder.mentioned.length > 0;
      const request = {
        growth: definitions.length + (growth ?? encoder.length * Math.max(1, times)),
        shrinks: shrinks && definitions.length === 0,
        place: isPlaced ? this.#reader.position : undefined,
      };
      const batch = join(definitions, encoder);
      if (this.#isResult && !isPlaced && batch.length <= DEFERRED_BYTES_MAX) {
        return this.#rpc.defer(request, batch);
      }
      const end = this.#rpc.append(request, batch);
      if (end !== undefined) return this.#readOwn(end);
      if (this.#isExclusive) throw CONFLICT;
    }
  }

  /**
   * Defines objects again that others may have released, before the operation that mentions them.
   */
  #redefine(mentioned: readonly object[]): Uint8Array {
    if (mentioned.length === 0) return EMPTY;
    // Within withLock(), the position at its start counts.
    if (!this.#isExclusive) this.cursor.catchUp();
    const definer = new ReplicaEncoder(this, (id) => this.objects.isKnown(id));
    for (const object of mentioned) definer.define(object);
    definer.bodies();
    return definer.content;
  }

  /** Reads up to the end of the process's own batch. */
  #readOwn(end: number): unknown {
    this.#copyRecords(end);
    return this.cursor.applyNew();
  }

  /**
   * Copies new records into the region, unless it is known that there are none. Returns whether
   * there were any. Race prevented: a record that is written during the read. The word is loaded
   * before the read, so that the next call reads again; after a tear, it was not stored.
   */
  #pull(): boolean {
    if (this.#changes === undefined) return this.#copyRecords();
    const found = load(this.#changes, 0);
    if (found === this.#changesSeen) return false;
    const any = this.#copyRecords();
    this.#changesSeen = found;
    return any;
  }

  /** Copies records into the region. Returns whether there were any. */
  #copyRecords(end = Infinity): boolean {
    let any = false;
    while (this.#reader.position < end) {
      const record = this.#reader.next();
      if (record === undefined) {
        if (end !== Infinity) throw new InternalError("The log ends before what was written to it");
        break;
      }
      any = true;
      this.#copyRecord(record);
    }
    return any;
  }

  #copyRecord({ type, content }: LogRecord): void {
    if (type === RecordType.BATCH) {
      this.#batch.rewind();
      this.#batch.raw(content);
      this.log.append(EMPTY, this.#batch, 0);
      // There was no call since the log's end moved: a stack overflow cannot separate the two.
      this.#reader.isApplied = true;
      return;
    }
    // A reader that has applied everything can skip the snapshot.
    if (this.#hasStarted) this.cursor.applyNew();
    const capacity = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
    if (type === RecordType.SNAPSHOT) {
      const snapshot = content.subarray(4);
      this.log.restartFromSnapshot(snapshot, capacity - snapshot.length);
    } else this.log.restart(capacity);
    this.#hasStarted = true;
    this.#reader.isApplied = true;
    this.cursor.attach();
  }
}

function join(definitions: Uint8Array, encoder: ByteWriter): Uint8Array {
  const operation = encoder.content;
  if (definitions.length === 0) return operation;
  const batch = new Uint8Array(definitions.length + operation.length);
  batch.set(definitions);
  batch.set(operation, definitions.length);
  return batch;
}
