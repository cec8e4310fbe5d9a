/**
 * The copy of the state in a process that has no memory in common with the main one. It is a replica
 * like that of any thread: the same records are applied by the same code in the same order, so it is
 * equal to all others at the same place of the log. It differs in two ways:
 *
 * - It reads the log from a file (src/process/op_log_records.ts), into a region of its own. Every
 *   access of the state reads the file's end first, which takes half a microsecond.
 * - It does not write the log, but asks the main process to, and then reads what it wrote.
 *
 * Race prevented: a write that rests on what has changed. Where a batch mentions objects that others may
 * have let go, or replaces what was looked at, it says at which place of the log it was made; if the log
 * has gone on since, it is made again. Each time another process got through.
 */
import { InternalError } from "../../base/assert.ts";
import type { AppendRequest, RemoteStateStart } from "../ipc_protocol.ts";
import { type LogRecord, OpLogReader, RecordType } from "../op_log_records.ts";
import { ByteWriter } from "../../state/log/byte_writer.ts";
import { newBuffer } from "../../state/log/log_layout.ts";
import { Replica, type WriteOptions } from "../../state/replica/replica.ts";
import { ReplicaEncoder } from "../../state/replica/replica_encoder.ts";
import type { ValueEncoder } from "../../state/replica/value_encoder.ts";

/** What the main process does for a replica. Each call waits for the answer. */
export interface LogRpc {
  /**
   * Appends a batch.
   *
   * @returns Where the log ends now; undefined when it had gone on.
   * @throws {StateFullError} when there is no room for it.
   */
  append(request: AppendRequest, batch: Uint8Array): number | undefined;
  /** Ids no object has had in any process. */
  ids(): { first: number; count: number };
  /** Files of the log before this one are not needed here any more. */
  acknowledgeLog(generation: number): void;
}

const OWNER = 1;
const REGION_BYTES = 1 << 20;
const EMPTY = new Uint8Array(0);
/** Thrown through what was done for a place of the log that has conflict. */
const CONFLICT = Symbol("conflict");

/** See the head of this file. */
export class RemoteReplica extends Replica {
  readonly #reader: OpLogReader;
  readonly #rpc: LogRpc;
  readonly #batch = new ByteWriter();
  #hasStarted = false;
  #isExclusive = false;
  /** What the method returned that was called by the last batch. */
  #result: unknown;
  #nextId = 0;
  #lastId = 0;

  constructor({ folder, logStart, name, maxBytes }: RemoteStateStart, rpc: LogRpc) {
    super(newBuffer(1, REGION_BYTES, maxBytes), 0, OWNER, name);
    this.#rpc = rpc;
    this.#reader = new OpLogReader(
      folder,
      logStart,
      (generation) => rpc.acknowledgeLog(generation),
    );
    this.version = NaN; // never up to date: see reached()
  }

  /** The memory of this copy. */
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

  override catchUp(): void {
    const isBehind = this.#copyRecords();
    if (isBehind || this.applying) super.catchUp();
  }

  /** Others write where no word of ours changes, so that every access has to look. */
  protected override reached(version: number): void {
    super.reached(version);
    this.version = NaN;
  }

  protected override applyBatch(start: number): unknown {
    return this.#result = super.applyBatch(start);
  }

  override exclusively<T>(fn: () => T): T {
    for (;;) {
      this.catchUp();
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
      const end = this.#rpc.append({
        growth: definitions.length + (growth ?? encoder.length * Math.max(1, times)),
        shrinks: shrinks && definitions.length === 0,
        place: isPlaced ? this.#reader.position : undefined,
      }, join(definitions, encoder));
      if (end !== undefined) return this.#readOwn(end);
      if (this.#isExclusive) throw CONFLICT;
    }
  }

  /** Objects that others may have let go are definitions again before the operation that mentions them. */
  #redefine(mentioned: readonly object[]): Uint8Array {
    if (mentioned.length === 0) return EMPTY;
    // Within exclusively() it is the place that was looked at that counts.
    if (!this.#isExclusive) this.catchUp();
    const definer = new ReplicaEncoder(this, (id) => this.objects.isKnown(id));
    for (const object of mentioned) definer.define(object);
    definer.bodies();
    return definer.content;
  }

  /** Reads up to the batch that ends there. */
  #readOwn(end: number): unknown {
    this.#copyRecords(end);
    super.catchUp();
    const result = this.#result;
    this.#result = undefined;
    return result;
  }

  /** Takes records over into the region. Says whether there was any. */
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
      this.#reader.isApplied = true; // no call since the log's end moved: nothing can tear the two
      return;
    }
    // Who has read all there is need not read the snapshot.
    if (this.#hasStarted) super.catchUp();
    const capacity = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
    if (type === RecordType.SNAPSHOT) {
      const snapshot = content.subarray(4);
      this.log.restartFrom(snapshot, capacity - snapshot.length);
    } else this.log.restart(capacity);
    this.#hasStarted = true;
    this.#reader.isApplied = true;
    this.attach();
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
