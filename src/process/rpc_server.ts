/** Answers what a process asks, out of its seat in the state. */
import { assert } from "../base/assert.ts";
import { recordError } from "../base/error_record.ts";
import type { RpcRequest, RpcResponse, RpcResponses, ToProcess } from "./ipc_protocol.ts";
import type { StateSession } from "./state_session.ts";

/** What a desk needs of its process. */
export interface RpcServerOptions {
  readonly seat: StateSession;
  /** Whether running tasks are to end. */
  readonly isAborted: () => boolean;
  /** Answers a question that the process blocks for. */
  readonly reply: (answer: RpcResponse) => void;
  /** Says something to its event loop. */
  readonly post: (message: ToProcess) => void;
}

/** See the head of this file. */
export class RpcServer {
  readonly #parts: RpcServerOptions;
  /** The process is gone: nobody waits for an answer. */
  #isClosed = false;

  constructor(parts: RpcServerOptions) {
    this.#parts = parts;
  }

  /** Answers no more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Answers a question, which carries these bytes. */
  answer(count: number, question: RpcRequest, bytes: Uint8Array): void {
    try {
      const answer = this.#answerTo(question, bytes);
      if (answer instanceof Promise) this.#answerLater(count, answer);
      else this.#parts.reply({ count, answer });
    } catch (error) {
      this.#fail(count, error);
    }
  }

  /** Says so when the process has the user's lock. */
  async lockLater(wait: number): Promise<void> {
    try {
      const { grant } = await this.#parts.seat.lock();
      this.#parts.post({ type: "locked", wait, grant });
    } catch (error) {
      assert(this.#isClosed, `The lock cannot be taken for a process: ${error}`);
    }
  }

  #answerTo(
    question: RpcRequest,
    bytes: Uint8Array,
  ): RpcResponses[keyof RpcResponses] | Promise<RpcResponses[keyof RpcResponses]> {
    const { seat } = this.#parts;
    switch (question.type) {
      case "append":
        return seat.append(question, bytes);
      case "ids":
        return seat.ids();
      case "tryLock":
        return seat.tryLock();
      case "lock":
        return seat.lock();
      case "isAborted":
        return { isAborted: this.#parts.isAborted() } satisfies RpcResponses["isAborted"];
    }
  }

  async #answerLater(
    count: number,
    answer: Promise<RpcResponses[keyof RpcResponses]>,
  ): Promise<void> {
    try {
      const answered = await answer;
      if (!this.#isClosed) this.#parts.reply({ count, answer: answered });
    } catch (error) {
      if (!this.#isClosed) this.#fail(count, error);
    }
  }

  #fail(count: number, error: unknown): void {
    const { type, message } = recordError(error);
    this.#parts.reply({ count, error: { type, message } });
  }
}
