/**
 * Turns of the event loop, on demand. A message to the own thread takes 7 microseconds; a timer of
 * 0 ms takes 2,000. (Awaiting a promise does not turn the loop: rejections are reported only when
 * it turns.)
 *
 * Two channels are used alternately: a port that has received a message handles up to 128 more
 * without a turn of the loop, if they are queued when its listener returns.
 *
 * No methods of arrays or ports are called after the construction: a task may have replaced them,
 * and its thread would wait for a turn without end.
 */
import { pinEventMethods, primordials } from "../runtime/primordials.ts";

/** A waiter for a turn, in a linked list. */
interface Waiting {
  readonly resolve: () => void;
  next: Waiting | undefined;
}

/** A message channel to the own thread. */
interface Channel {
  readonly ports: readonly MessagePort[];
  readonly post: (message: number) => void;
}

/** Lets the event loop turn on demand. Its ports keep the process alive until it is disposed of. */
export class EventLoop implements Disposable {
  readonly #channels = [this.#open(), this.#open()] as const;
  #next: 0 | 1 = 0;
  #first: Waiting | undefined;
  #last: Waiting | undefined;

  /** Resolves when the event loop has turned once. */
  turn(): Promise<void> {
    return new primordials.Promise((resolve) => {
      const waiting: Waiting = { resolve, next: undefined };
      if (this.#first === undefined) this.#first = waiting;
      else this.#last!.next = waiting;
      this.#last = waiting;
      this.#channels[this.#next].post(0);
      this.#next = this.#next === 0 ? 1 : 0;
    });
  }

  #open(): Channel {
    const { port1, port2 } = new primordials.MessageChannel();
    pinEventMethods(port1).onmessage = () => {
      const waiting = this.#first;
      this.#first = waiting?.next;
      waiting?.resolve();
    };
    return { ports: [port1, port2], post: port2.postMessage.bind(port2) };
  }

  [Symbol.dispose](): void {
    for (const { ports } of this.#channels) for (const port of ports) port.close();
  }
}

/** Resolves when this thread has handled all pending messages and signals. */
export async function eventLoopTurn(): Promise<void> {
  using eventLoop = new EventLoop();
  for (let turns = 0; turns < 3; turns++) await eventLoop.turn();
}

/**
 * Resolves when pending unhandled rejections have been reported, which may take two turns.
 *
 * @param turn Lets the event loop turn once.
 */
export async function rejectionsSeen(turn: () => Promise<void>): Promise<void> {
  await turn();
  await turn();
}
