/** The main thread's rests while threads are busy: it need not be woken for each task of microseconds. */
import type { Bells } from "../plan/bells.ts";
import { EventLoop } from "../pool/event_loop.ts";

/** See the head of this file. */
export class Rest implements Disposable {
  readonly #bells: Bells;
  readonly #mayBlock: boolean;
  #eventLoop: EventLoop | undefined;

  /**
   * @param mayBlock Whether threads go on while this one blocks. A blocked rest is short: what has added up
   * is told while they do, and not when they are through.
   */
  constructor(bells: Bells, mayBlock: boolean) {
    this.#bells = bells;
    this.#mayBlock = mayBlock;
  }

  /** Takes one, after which the event loop has turned. */
  async take(): Promise<void> {
    if (!this.#mayBlock) return await this.#bells.rest();
    this.#bells.restBlocked();
    await (this.#eventLoop ??= new EventLoop()).turn();
  }

  [Symbol.dispose](): void {
    this.#eventLoop?.[Symbol.dispose]();
  }
}
