/**
 * Backpressure between a worker and the main thread: a count of the messages that the main thread
 * has not received yet, where a long message counts as several. A worker that is too far ahead
 * blocks. Deno delivers messages for as long as there are any: without a limit no timer of the main
 * thread would fire, no Ctrl-C would be handled, and the queue would fill the memory.
 *
 * The worker waits at a gate. The main thread opens the gate when it has received everything and
 * its event loop has turned. Race prevented: the last message is received while the gate is being
 * closed. The worker reads the count after it closes the gate, and the main thread reads the gate
 * after it lowers the count: one of them sees the other.
 *
 * The wait is bounded: the main thread itself may be waiting for a lock that the task holds.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import { fetchAdd, load, store } from "../sync/atomics.ts";
import { waitWhile, wake } from "../sync/wait.ts";
import type { LaneMessage } from "./lane_message.ts";

/** Queued weight from which a worker blocks. */
export const MAX_QUEUED_WEIGHT = 2_000;
/** Number of characters that count as one more message. */
const CHARS_PER_WEIGHT = 4_096;
/** Maximum time at the gate, in milliseconds; then the worker may send as much again. */
const GATE_TIMEOUT_MS = 1_000;

const QUEUED_WEIGHT = 0;
const GATE = 1;
const WORDS = 2;
/** Far below zero: no further weight makes the count positive again. */
const DISPOSED_WEIGHT = -0x4000_0000;

/**
 * The shared counter of queued messages, and the gate. Each side has an instance on the same words.
 */
export class Backpressure implements Disposable {
  /** Shared memory of both sides. */
  readonly words: Int32Array;
  #openTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param words Those that the other side has created. */
  constructor(words: Int32Array = newWords()) {
    this.words = words;
  }

  /** Counts a message that the worker has sent. Blocks while the worker is too far ahead. */
  sent(weight = 1): void {
    const before = fetchAdd(this.words, QUEUED_WEIGHT, weight);
    const ahead = before + weight;
    if (ahead <= 0 || before % MAX_QUEUED_WEIGHT + weight < MAX_QUEUED_WEIGHT) return;
    store(this.words, GATE, 1);
    if (load(this.words, QUEUED_WEIGHT) <= 0) return store(this.words, GATE, 0);
    waitWhile(this.words, GATE, 1, { timeoutMs: GATE_TIMEOUT_MS });
  }

  /** Counts a message that the main thread has received. */
  received(weight = 1): void {
    if (fetchAdd(this.words, QUEUED_WEIGHT, -weight) !== weight || load(this.words, GATE) === 0) {
      return;
    }
    this.#openTimer ??= setTimeout(() => {
      this.#openTimer = undefined;
      this.#open();
    });
  }

  /** Opens the gate for good: nothing is received any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#openTimer);
    store(this.words, QUEUED_WEIGHT, DISPOSED_WEIGHT);
    this.#open();
  }

  #open(): void {
    store(this.words, GATE, 0);
    wake(this.words, GATE);
  }
}

/** Returns the weight of a message. */
export function weightOf(message: LaneMessage): number {
  const { type } = message;
  if (type === "wrote" || type === "skipped" || type === "cache" || type === "kept") return 1;
  const { length } = type === "output" ? message.text : message.error.message;
  return 1 + Math.floor(length / CHARS_PER_WEIGHT);
}

function newWords(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}
