/** Answers the requests of a process from its session in the state. */
import { assert } from "../base/assert.ts";
import { recordError } from "../base/error_record.ts";
import type {
  FromProcess,
  RpcRequest,
  RpcResponse,
  RpcResponses,
  ToProcess,
} from "./ipc_protocol.ts";
import type { StateSession } from "./state_session.ts";

/** The session of the process, and the ways to answer it. */
export interface RpcServerOptions {
  readonly session: StateSession;
  /** Whether running tasks should end. */
  readonly isAborted: () => boolean;
  /** Sends a response for which the process blocks. */
  readonly reply: (response: RpcResponse) => void;
  /** Sends a command to its event loop. */
  readonly post: (message: ToProcess) => void;
}

/** The RPC server of one process. */
export class RpcServer {
  readonly #options: RpcServerOptions;
  /** The process is gone: no response is needed. */
  #isClosed = false;

  constructor(options: RpcServerOptions) {
    this.#options = options;
  }

  /** Stops answering. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Handles a message, which carries these bytes, if it is a request to the session.
   *
   * @returns Whether it was one.
   */
  receive(message: FromProcess, bytes: Uint8Array): boolean {
    const { session } = this.#options;
    switch (message.type) {
      case "request":
        this.#answer(message.id, message.request, bytes);
        return true;
      case "lock-request":
        this.#grantLock(message.wait);
        return true;
      case "release":
        session.release(message.fencingToken);
        return true;
      case "log-ack":
        session.acknowledgeLog(message.generation);
        return true;
      default:
        return false;
    }
  }

  #answer(id: number, request: RpcRequest, bytes: Uint8Array): void {
    try {
      const response = this.#respond(request, bytes);
      if (response instanceof Promise) this.#replyLater(id, response);
      else this.#options.reply({ id, response });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  /** Sends the user's lock to the process's event loop when it is granted. */
  async #grantLock(wait: number): Promise<void> {
    try {
      const { grant } = await this.#options.session.lock();
      this.#options.post({ type: "lock-granted", wait, grant });
    } catch (error) {
      assert(this.#isClosed, `Cannot acquire the state lock for a process: ${error}`);
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
