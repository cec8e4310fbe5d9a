/** The connection of a thread that executes assigned tasks: messages, and shared memory. */
import { Backpressure, weightOf } from "../../lane/backpressure.ts";
import { fencedError } from "../../state/state_errors.ts";
import type { FromProcess, RpcResponse, ToProcess } from "../ipc_protocol.ts";
import { ResponseSlot } from "../response_slot.ts";
import type { FromThread, ThreadStart } from "../thread_protocol.ts";
import type { IpcChannel } from "./ipc_client.ts";

/** Posts a message to the main thread. */
export type PostMessage = (message: FromThread, transfer: Transferable[]) => void;

/** The connection of a thread with the main thread. */
export class ThreadChannel implements IpcChannel {
  readonly #name: string;
  readonly #responses: ResponseSlot;
  readonly #backpressure: Backpressure;
  readonly #post: PostMessage;
  /** The messages before {@linkcode listen}. */
  readonly #queued: ToProcess[] = [];
  #onMessage: (message: ToProcess) => void = (message) => this.#queued.push(message);

  constructor({ state, responses, backpressure }: ThreadStart, post: PostMessage) {
    this.#name = state.name;
    this.#responses = new ResponseSlot(responses);
    this.#backpressure = new Backpressure(backpressure);
    this.#post = post;
  }

  /** Receives a message of the main thread. */
  receive(message: ToProcess): void {
    this.#onMessage(message);
  }

  send(event: FromProcess, bytes?: Uint8Array): void {
    if (bytes === undefined) this.#post({ type: "event", event }, []);
    else {
      // The encoder reuses its bytes, which are a part of a larger buffer.
      const copy = new Uint8Array(bytes.length);
      copy.set(bytes);
      this.#post({ type: "event", event, bytes: copy }, [copy.buffer]);
    }
    if (event.type === "message") this.#backpressure.sent(weightOf(event.message));
  }

  awaitResponse(id: number): RpcResponse {
    return this.#responses.wait(id, () => this.checkAlive());
  }

  /** Rejects when a message cannot be handled; a thread is terminated by the main thread. */
  listen(onMessage: (message: ToProcess) => void): Promise<void> {
    return new Promise((_, reject) => {
      this.#onMessage = (message) => {
        try {
          onMessage(message);
        } catch (error) {
          reject(error);
        }
      };
      for (const message of this.#queued.splice(0)) this.#onMessage(message);
    });
  }

  checkAlive(): void {
    if (this.#responses.isClosed) throw fencedError(this.#name);
  }
}
