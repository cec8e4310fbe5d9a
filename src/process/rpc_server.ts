/** Answers what a process asks, out of its session in the state. */
import { assert } from "../base/assert.ts";
import { recordError } from "../base/error_record.ts";
import type { RpcRequest, RpcResponse, RpcResponses, ToProcess } from "./ipc_protocol.ts";
import type { StateSession } from "./state_session.ts";

/** What a desk needs of its process. */
export interface RpcServerOptions {
  readonly session: StateSession;
  /** Whether running tasks are to end. */
  readonly isAborted: () => boolean;
  /** Answers a question that the process blocks for. */
  readonly reply: (response: RpcResponse) => void;
  /** Says something to its event loop. */
  readonly post: (message: ToProcess) => void;
}

/** See the head of this file. */
export class RpcServer {
  readonly #options: RpcServerOptions;
  /** The process is gone: nobody waits for an answer. */
  #isClosed = false;

  constructor(options: RpcServerOptions) {
    this.#options = options;
  }

  /** Answers no more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Answers a question, which carries these bytes. */
  handle(id: number, request: RpcRequest, bytes: Uint8Array): void {
    try {
      const response = this.#respond(request, bytes);
      if (response instanceof Promise) this.#replyLater(id, response);
      else this.#options.reply({ id, response });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  /** Says so when the process has the user's lock. */
  async grantLock(wait: number): Promise<void> {
    try {
      const { grant } = await this.#options.session.lock();
      this.#options.post({ type: "lock-granted", wait, grant });
    } catch (error) {
      assert(this.#isClosed, `The lock cannot be taken for a process: ${error}`);
    }
  }

  #respond(
    request: RpcRequest,
    bytes: Uint8Array,
  ): RpcResponses[keyof RpcResponses] | Promise<RpcResponses[keyof RpcResponses]> {
    const { session } = this.#options;
    switch (request.type) {
      case "append":
        return session.append(request, bytes);
      case "ids":
        return session.ids();
      case "try-lock":
        return session.tryLock();
      case "lock":
        return session.lock();
      case "is-aborted":
        return { isAborted: this.#options.isAborted() } satisfies RpcResponses["is-aborted"];
    }
  }

  async #replyLater(
    id: number,
    response: Promise<RpcResponses[keyof RpcResponses]>,
  ): Promise<void> {
    try {
      const value = await response;
      if (!this.#isClosed) this.#options.reply({ id, response: value });
    } catch (error) {
      if (!this.#isClosed) this.#fail(id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    const { type, message } = recordError(error);
    this.#options.reply({ id, error: { type, message } });
  }
}
