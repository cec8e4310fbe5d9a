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
import { createStateBuffer } from "../../state/log/log_layout.ts";
import { Replica, type WriteOptions } from "../../state/replica/replica.ts";
import { ReplicaEncoder } from "../../state/replica/replica_encoder.ts";
import type { ValueEncoder } from "../../state/replica/value_encoder.ts";

/** What the main process does for a replica. Each call waits for the answer. */
export interface LogLink {
  /**
   * Appends a batch.
   *
   * @returns Where the log ends now; undefined when it had gone on.
   * @throws {StateFullError} when there is no room for it.
   */
  append(offer: AppendRequest, batch: Uint8Array): number | undefined;
  /** Ids no object has had in any process. */
  ids(): { first: number; count: number };
  /** Files of the log before this one are not needed here any more. */
  reached(generation: number): void;
}

const OWNER = 1;
const REGION_BYTES = 1 << 20;
const NOTHING = new Uint8Array(0);
/** Thrown through what was done for a place of the log that has gone by. */
const GONE_BY = Symbol("gone by");

/** See the head of this file. */
export class RemoteReplica extends Replica {
  readonly #reader: OpLogReader;
  readonly #link: LogLink;
  readonly #batch = new ByteWriter();
  #isBegun = false;
  #isExclusive = false;
  #nextId = 0;
  #lastId = 0;

  constructor({ folder, place, name, maxBytes }: RemoteStateStart, link: LogLink) {
    const source = { pull: () => this.#copy() };
    super(createStateBuffer(1, REGION_BYTES, maxBytes), 0, OWNER, name, source);
    this.#link = link;
    this.#reader = new OpLogReader(folder, place, (generation) => link.reached(generation));
  }

  /** The memory of this copy. */
  get buffer(): SharedArrayBuffer {
    return this.words.buffer as SharedArrayBuffer;
  }

  override newId(): number {
    if (this.#nextId === this.#lastId) {
      const { first, count } = this.#link.ids();
      this.#nextId = first;
      this.#lastId = first + count;
    }
    return this.#nextId++;
  }

  override withLock<T>(fn: () => T): T {
    for (;;) {
      this.cursor.catchUp();
      this.#isExclusive = true;
      try {
        return fn();
      } catch (error) {
        if (error !== GONE_BY) throw error;
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
      const told = this.#toldAgain(encoder.mentioned);
      const isPlaced = this.#isExclusive || encoder.mentioned.length > 0;
      const end = this.#link.append({
        growth: told.length + (growth ?? encoder.length * Math.max(1, times)),
        shrinks: shrinks && told.length === 0,
        place: isPlaced ? this.#reader.position : undefined,
      }, join(told, encoder));
      if (end !== undefined) return this.#readOwn(end);
      if (this.#isExclusive) throw GONE_BY;
    }
  }

  /** Objects that others may have let go are told again before the operation that mentions them. */
  #toldAgain(mentioned: readonly object[]): Uint8Array {
    if (mentioned.length === 0) return NOTHING;
    // Within exclusively() it is the place that was looked at that counts.
    if (!this.#isExclusive) this.cursor.catchUp();
    const definer = new ReplicaEncoder(this, (id) => this.objects.isKnown(id));
    for (const object of mentioned) definer.define(object);
    definer.bodies();
    return definer.content;
  }

  /** Reads up to the batch that ends there. */
  #readOwn(end: number): unknown {
    this.#copy(end);
    return this.cursor.applyNew();
  }

  /** Takes records over into the region. Says whether there was any. */
  #copy(end = Infinity): boolean {
    let any = false;
    while (this.#reader.position < end) {
      const record = this.#reader.next();
      if (record === undefined) {
        if (end !== Infinity) throw new InternalError("The log ends before what was written to it");
        break;
      }
      any = true;
      this.#takeOver(record);
    }
    return any;
  }

  #takeOver({ type, content }: LogRecord): void {
    if (type === RecordType.BATCH) {
      this.#batch.rewind();
      this.#batch.raw(content);
      this.log.append(NOTHING, this.#batch, 0);
      this.#reader.isDone = true; // no call since the log's end moved: nothing can tear the two
      return;
    }
    // Who has read all there is need not read the snapshot.
    if (this.#isBegun) this.cursor.applyNew();
    const capacity = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
    if (type === RecordType.BASE) {
      const snapshot = content.subarray(4);
      this.log.restartFromSnapshot(snapshot, capacity - snapshot.length);
    } else this.log.restart(capacity);
    this.#isBegun = true;
    this.#reader.isDone = true;
    this.cursor.attach();
  }
}

function join(told: Uint8Array, encoder: ByteWriter): Uint8Array {
  const operation = encoder.content;
  if (told.length === 0) return operation;
  const batch = new Uint8Array(told.length + operation.length);
  batch.set(told);
  batch.set(operation, told.length);
  return batch;
}
