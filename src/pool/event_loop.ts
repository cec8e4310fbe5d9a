/**
 * Turns of the event loop, on demand. A message to oneself takes 7 microseconds, where a timer of
 * 0 ms takes 2,000. (Awaiting a promise does not turn the loop: rejections are only seen when it
 * turns.)
 *
 * There are two channels, in turn: a port that has been given a message takes the next 128 without a turn of
 * the loop, if they are there when its listener comes back.
 */
import { runtime } from "../base/runtime.ts";

/** See the head of this file. Its ports keep the process alive until it is disposed of. */
export class EventLoop implements Disposable {
  readonly #channels = [new runtime.MessageChannel(), new runtime.MessageChannel()] as const;
  readonly #waiting: (() => void)[] = [];
  #next: 0 | 1 = 0;

  constructor() {
    for (const { port1 } of this.#channels) port1.onmessage = () => this.#waiting.shift()?.();
  }

  /** Resolves when the event loop has turned once. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#channels[this.#next].port2.postMessage(0);
      this.#next = this.#next === 0 ? 1 : 0;
    });
  }

  [Symbol.dispose](): void {
    for (const { port1, port2 } of this.#channels) {
      port1.close();
      port2.close();
    }
  }
}

/**
 * Resolves when promises that were left to reject have been seen: that may take two turns.
 *
 * @param turn Lets the event loop turn once.
 */
export async function rejectionsSeen(turn: () => Promise<void>): Promise<void> {
  await turn();
  await turn();
}
