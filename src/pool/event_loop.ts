/**
 * Turns of the event loop, on demand, in microseconds, where a timer of 0 ms takes 2,000. (Awaiting a
 * promise does not turn the loop: rejections are only seen when it turns.)
 *
 * A turn is a message to oneself, so that Deno looks what else has come, and a wake-up of oneself: Deno
 * hands over up to 128 messages in a row, with no look at rejections and timers in between.
 */
import { waitAsyncWhile, wake } from "../sync/wait.ts";

/** See the head of this file. Its port keeps the process alive until it is disposed of. */
export class EventLoop implements Disposable {
  readonly #channel = new MessageChannel();
  readonly #waiting: (() => void)[] = [];
  readonly #word = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    this.#channel.port1.onmessage = () => this.#waiting.shift()?.();
  }

  /** Resolves when the event loop has turned once. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#channel.port2.postMessage(0);
    });
    const woken = waitAsyncWhile(this.#word, 0, 0);
    wake(this.#word, 0);
    await woken;
  }

  [Symbol.dispose](): void {
    this.#channel.port1.close();
    this.#channel.port2.close();
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
