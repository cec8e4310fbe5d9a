/**
 * A simple key/value store in a SharedArrayBuffer, with each value as JSON, under one lock: a
 * baseline for the state. As a worker, this file is its thread.
 */
import { Mutex } from "../../../src/sync/mutex.ts";

const SLOT_BYTES = 64 * 1024;
const HEADER_BYTES = 64;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The store. */
export class JsonStore {
  /** The memory, for a thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #keys: readonly string[];
  readonly #mutex: Mutex;

  constructor(
    keys: readonly string[],
    owner: number,
    buffer = new SharedArrayBuffer(HEADER_BYTES + keys.length * SLOT_BYTES),
  ) {
    this.buffer = buffer;
    this.#keys = keys;
    this.#mutex = new Mutex(new Int32Array(buffer), 0, owner);
  }

  get(key: string): unknown {
    return this.#locked(() => this.#read(key));
  }

  set(key: string, value: unknown): void {
    this.#locked(() => this.#write(key, value));
  }

  update(key: string, fn: (value: never) => unknown): void {
    this.#locked(() => this.#write(key, fn(this.#read(key) as never)));
  }

  #locked<T>(fn: () => T): T {
    this.#mutex.acquire();
    try {
      return fn();
    } finally {
      this.#mutex.release();
    }
  }

  #slot(key: string): Uint8Array<ArrayBuffer> {
    const at = HEADER_BYTES + this.#keys.indexOf(key) * SLOT_BYTES;
    return new Uint8Array(this.buffer, at, SLOT_BYTES) as unknown as Uint8Array<ArrayBuffer>;
  }

  #read(key: string): unknown {
    const slot = this.#slot(key);
    const length = slot[0]! | slot[1]! << 8;
    return JSON.parse(decoder.decode(slot.subarray(2, 2 + length)));
  }

  #write(key: string, value: unknown): void {
    const slot = this.#slot(key);
    const { written } = encoder.encodeInto(JSON.stringify(value), slot.subarray(2));
    [slot[0], slot[1]] = [written, written >> 8];
  }
}

/** The thread: counts to `count` under the lock. */
self.onmessage = (
  { data }: MessageEvent<{ buffer: SharedArrayBuffer; owner: number; count: number }>,
) => {
  const store = new JsonStore(["n"], data.owner, data.buffer);
  const start = performance.timeOrigin + performance.now();
  for (let n = 0; n < data.count; n++) store.update("n", (n: number) => n + 1);
  self.postMessage({ start, end: performance.timeOrigin + performance.now() });
};
