/**
 * The memory of the packed results of one run, shared by its threads. A thread packs a result in
 * its own memory without any lock, allocates a range here by compare-and-swap, copies the bytes,
 * and publishes the range in the result's cell (replica/result_cells.ts).
 *
 * Word:       the end of the allocated ranges, in bytes.
 * Guarantee:  no range is allocated twice, and none is freed before the run ends, so a range whose
 *             cell was seen never changes. A thread that is terminated or fenced in the midst of a
 *             copy leaves a range that no cell refers to.
 */

import { compareExchange, load, store } from "../../sync/atomics.ts";
import { StateFullError } from "../state_errors.ts";

const { fromCharCode } = String;
const INITIAL_BYTES = 1 << 12;
/** The position of the first range. */
const FIRST = 8;
/** Maximum growth at once: the memory is reserved anyway, and used where it is written. */
const GROWTH_MAX = 1 << 26;

/** The memory of the packed results of one run. */
export class ResultHeap {
  /** The memory, as it is posted to a worker. */
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  #bytes: Uint8Array<ArrayBuffer>;

  /** @param source An existing memory, or the maximum size in bytes of a new one. */
  constructor(source: SharedArrayBuffer | number) {
    this.buffer = typeof source === "number" ? createBuffer(source) : source;
    this.#words = new Int32Array(this.buffer, 0, FIRST / 4);
    this.#bytes = viewOf(this.buffer);
    if (typeof source === "number") store(this.#words, 0, FIRST);
  }

  /**
   * Allocates a range.
   *
   * @returns its position.
   * @throws {StateFullError} if there is no room; nothing is allocated then.
   */
  allocate(count: number): number {
    const { maxByteLength } = this.buffer;
    for (;;) {
      const start = load(this.#words, 0);
      const end = start + count;
      if (end > maxByteLength) throw resultsFullError(end, maxByteLength);
      this.#growTo(end);
      if (compareExchange(this.#words, 0, start, end)) return start;
    }
  }

  /**
   * Writes a short text with one byte for each character.
   *
   * @returns its position; undefined if it has other characters than those of Latin-1.
   */
  writeLatin1(text: string): number | undefined {
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) > 0xff) return undefined;
    }
    const start = this.allocate(text.length);
    const bytes = this.#bytesTo(start + text.length);
    for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index);
    return start;
  }

  /** Reads a text written by {@linkcode writeLatin1}. */
  readLatin1(start: number, count: number): string {
    const bytes = this.#bytesTo(start + count);
    let text = "";
    for (let index = start; index < start + count; index++) text += fromCharCode(bytes[index]!);
    return text;
  }

  /** Frees a range that no cell refers to, if it is still the last one. */
  release(start: number, count: number): void {
    compareExchange(this.#words, 0, start + count, start);
  }

  /** Returns a view of a range. */
  range(start: number, count: number): Uint8Array<ArrayBuffer> {
    return this.#bytesTo(start + count).subarray(start, start + count);
  }

  #bytesTo(end: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length < end) this.#bytes = viewOf(this.buffer);
    return this.#bytes;
  }

  #growTo(end: number): void {
    const { buffer } = this;
    const { byteLength, maxByteLength } = buffer;
    if (end <= byteLength) return;
    const preferred = Math.max(end, byteLength + Math.min(byteLength, GROWTH_MAX));
    try {
      buffer.grow(Math.min(maxByteLength, preferred));
    } catch (error) {
      // Another thread may have grown the memory further meanwhile.
      if (buffer.byteLength < end) throw resultsFullError(end, maxByteLength, error);
    }
  }
}

function createBuffer(maxBytes: number): SharedArrayBuffer {
  const maxByteLength = Math.max(maxBytes, FIRST);
  return new SharedArrayBuffer(Math.min(INITIAL_BYTES, maxByteLength), { maxByteLength });
}

function resultsFullError(needed: number, limit: number, cause?: unknown): StateFullError {
  return new StateFullError(
    `The results of the run are full: with this one they need ${needed} bytes, the limit is ${limit}`,
    cause === undefined ? undefined : { cause },
  );
}

/** TextDecoder and TypedArray.set accept shared memory, although their types do not. */
function viewOf(buffer: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, 0, buffer.byteLength) as unknown as Uint8Array<ArrayBuffer>;
}
