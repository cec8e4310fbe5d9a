/** A thread that executes tasks of a worker, from its start to its end. */
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { threadName } from "../../events/run_event.ts";
import { Backpressure, weightOf } from "../../lane/backpressure.ts";
import { WorkerThread } from "../../pool/worker_thread.ts";
import type { Executor, ExecutorListener } from "../../process/executor.ts";
import type { FromProcess, ToProcess } from "../../process/ipc_protocol.ts";
import { ResponseSlot } from "../../process/response_slot.ts";
import { RpcServer } from "../../process/rpc_server.ts";
import type { StateSession } from "../../process/state_session.ts";
import type { FromThread, ToThread } from "../../process/thread_protocol.ts";
import { partUrl } from "../../runtime/package.ts";

/** Options of a thread. */
export interface ThreadHandleOptions {
  /** The main thread's side of its access to the state. */
  readonly session: StateSession;
  readonly id: number;
  readonly lane: number;
  /** The folder of the state's log. */
  readonly folder: string;
  /** The word that changes with the log. */
  readonly changes: Int32Array;
}

const NO_BYTES = new Uint8Array(0);

/**
 * A thread as the main thread sees it. A thread that is terminated while it is busy continues until
 * its event loop turns; its session is closed at once, so it changes nothing any more.
 */
export class ThreadHandle implements Executor {
  readonly noun = "thread";
  readonly id: number;
  readonly lane: number;
  isReady = false;
  hasBeenReady = false;
  isAwaitingAck = false;
  runCount = 0;
  readonly exited: Promise<void>;
  readonly #session: StateSession;
  readonly #listener: ExecutorListener;
  readonly #rpc: RpcServer;
  readonly #responses = new ResponseSlot();
  readonly #backpressure = new Backpressure();
  readonly #thread: WorkerThread<FromThread, ToThread>;
  readonly #ended = Promise.withResolvers<void>();
  /** The id of the latest request. */
  #lastRequest = 0;

  constructor(
    { session, id, lane, folder, changes }: ThreadHandleOptions,
    listener: ExecutorListener,
  ) {
    this.id = id;
    this.lane = lane;
    this.exited = this.#ended.promise;
    this.#session = session;
    this.#listener = listener;
    this.#rpc = new RpcServer({
      session,
      isAborted: () => listener.isAborted(),
      // The thread has abandoned any earlier request.
      reply: (response) => response.id === this.#lastRequest && this.#responses.respond(response),
      post: (message) => this.post(message),
    });
    const entry = partUrl("workers/engine_thread");
    this.#thread = new WorkerThread({ entry, name: threadName(lane) }, {
      message: (message) => this.#receive(message),
      ended: () => this.#close(),
      lost: (error: ErrorRecord) => listener.lost(this, error),
    });
    this.#thread.post({
      type: "start",
      lane,
      state: { ...session.start(folder), changes },
      livenessLock: this.#thread.livenessLock,
      responses: this.#responses.words,
      backpressure: this.#backpressure.words,
    });
  }

  post(message: ToProcess): void {
    if (!this.#thread.isTerminated) this.#thread.post(message);
  }

  /** Resolves at once: output comes with the other messages. */
  sentinelsRead(): Promise<void> {
    return Promise.resolve();
  }

  /** Does nothing: which thread has started a child of this process is unknown. */
  killDescendants(): void {}

  kill(): void {
    this.#thread.terminate();
  }

  #receive(message: FromThread): void {
    if (message.type === "alive") return this.#thread.watch();
    const { event, bytes = NO_BYTES } = message;
    if (event.type === "message") this.#backpressure.received(weightOf(event.message));
    if (event.type === "request") this.#lastRequest = event.id;
    try {
      if (!this.#rpc.receive(event, bytes)) this.#listener.message(this, event, bytes);
    } catch (error) {
      const broken: FromProcess = { type: "broken", error: recordError(error) };
      this.#listener.message(this, broken, NO_BYTES);
    }
  }

  #close(): void {
    this.#rpc.close();
    this.#session.close();
    this.#responses.close();
    this.#backpressure[Symbol.dispose]();
    this.#ended.resolve();
  }
}
