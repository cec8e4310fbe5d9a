/**
 * How many messages of a worker the main thread has not received yet, of which a long one counts as many. A
 * worker that says more than can be heard waits, since Deno hands over messages for as long as there are any:
 * meanwhile no timer of the main thread would come up, no Ctrl-C be seen, and what is not received yet would
 * fill the memory.
 *
 * It waits at a gate, which the main thread opens when it has received everything, and its event loop has
 * turned. Race prevented: the last message is received while the gate is being closed. Who closes it looks
 * at the count after that, who receives looks at the gate after it has counted: one of them sees the other.
 *
 * The wait has an end: the main thread may be waiting, too, for a lock which the task holds.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import { fetchAdd, load, store } from "../sync/atomics.ts";
import { waitWhile, wake } from "../sync/wait.ts";
import type { LaneMessage } from "./lane_message.ts";

/** A worker that is ahead by so many waits. */
export const MAX_QUEUED_WEIGHT = 2_000;
/** So many characters count as a message. */
const CHARS_PER_WEIGHT = 4_096;
/** For no longer than this; then it may say as much again. */
const GATE_TIMEOUT_MS = 1_000;

const QUEUED_WEIGHT = 0;
const GATE = 1;
const WORDS = 2;
/** No count of what is sent comes near. */
const DISPOSED_WEIGHT = -0x4000_0000;

/** See the head of this file. */
export class Backpressure implements Disposable {
  /** What both sides share. */
  readonly words: Int32Array;
  #openTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param words Those of the other side, if it has made them. */
  constructor(words: Int32Array = newWords()) {
    this.words = words;
  }

  /** The worker has sent a message that counts as so many. It may have to wait. */
  sent(weight = 1): void {
    const before = fetchAdd(this.words, QUEUED_WEIGHT, weight);
    const ahead = before + weight;
    if (ahead <= 0 || before % MAX_QUEUED_WEIGHT + weight < MAX_QUEUED_WEIGHT) return;
    store(this.words, GATE, 1);
    if (load(this.words, QUEUED_WEIGHT) <= 0) return store(this.words, GATE, 0);
    waitWhile(this.words, GATE, 1, { timeoutMs: GATE_TIMEOUT_MS });
  }

  /** The main thread has received a message that counts as so many. */
  received(weight = 1): void {
    if (fetchAdd(this.words, QUEUED_WEIGHT, -weight) !== weight || load(this.words, GATE) === 0) {
      return;
    }
    this.#openTimer ??= setTimeout(() => {
      this.#openTimer = undefined;
      this.#open();
    });
  }

  /** Nothing is received any more, and nobody waits. */
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

/** As how many messages one counts. */
export function weightOf(message: LaneMessage): number {
  if (message.type === "wrote") return 1;
  const { length } = message.type === "output" ? message.text : message.error.message;
  return 1 + Math.floor(length / CHARS_PER_WEIGHT);
}

function newWords(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}
