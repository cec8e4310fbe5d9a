/**
 * The executor's side of the wire protocol (src/process/ipc_protocol.ts): it sends events, blocks
 * for the responses of requests, and receives the commands to the event loop.
 */
import { primordials } from "../../runtime/primordials.ts";
import type {
  AppendRequest,
  FromProcess,
  LockGrant,
  RpcRequest,
  RpcResponse,
  RpcResponses,
  ToProcess,
} from "../ipc_protocol.ts";
import { type RanOutcome, TaskState } from "../../plan/plan.ts";
import { StateFullError } from "../../state/shared_state.ts";
import type { TaskId } from "../../task/task.ts";
import type { LockRpc } from "./remote_lock.ts";
import type { PlanRpc } from "./remote_plan.ts";
import type { LogRpc } from "./remote_replica.ts";

/** The connection of an executor with the main process. */
export interface IpcChannel {
  /** Sends an event or a request. */
  send(message: FromProcess, bytes?: Uint8Array): void;
  /**
   * Blocks until the response to a request is there. Earlier responses are skipped: user code may
   * run out of stack between a request and its response.
   */
  awaitResponse(id: number): RpcResponse;
  /** Receives the commands to the event loop, until the main process is gone. */
  listen(onMessage: (message: ToProcess) => void): Promise<void>;
  /** @throws {ThreadFencedError} when the main process has abandoned this executor. */
  checkAlive(): void;
}

/** The connection of an executor, as its replica, lock and plan use it. */
export class IpcClient implements LogRpc, LockRpc, PlanRpc {
  readonly #channel: IpcChannel;
  readonly #lockWaits = new Map<number, (grant: LockGrant) => void>();
  readonly #writeSentinels: () => ("stdout" | "stderr")[];
  /** The result of the current task, which is sent with its outcome. */
  #deferred: { readonly request: AppendRequest; readonly batch: Uint8Array } | undefined;
  #lastRequest = 0;
  #nextWait = 0;

  /**
   * @param writeSentinels Writes the sentinel to the standard streams; returns those that took it.
   */
  constructor(channel: IpcChannel, writeSentinels: () => ("stdout" | "stderr")[]) {
    this.#channel = channel;
    this.#writeSentinels = writeSentinels;
  }

  /** Sends an event or a request. */
  send(message: FromProcess, bytes?: Uint8Array): void {
    this.#channel.send(message, bytes);
  }

  /** Receives the commands to the event loop, until the main process is gone. */
  async listen(onMessage: (message: ToProcess) => void): Promise<void> {
    await this.#channel.listen((message) => {
      if (message.type !== "lock-granted") onMessage(message);
      else this.#resolveLock(message.wait, message.grant);
    });
  }

  checkAlive(): void {
    this.#channel.checkAlive();
  }

  append(request: AppendRequest, batch: Uint8Array): number | undefined {
    const response = this.#request({ type: "append", ...request }, batch) as RpcResponses["append"];
    return "end" in response ? response.end : undefined;
  }

  defer(request: AppendRequest, batch: Uint8Array): void {
    // The encoder reuses its bytes.
    const copy = new Uint8Array(batch.length);
    copy.set(batch);
    this.#deferred = { request, batch: copy };
  }

  ids(): RpcResponses["ids"] {
    return this.#request({ type: "ids" }) as RpcResponses["ids"];
  }

  acknowledgeLog(generation: number): void {
    this.send({ type: "log-ack", generation });
  }

  tryLock(): LockGrant | undefined {
    return (this.#request({ type: "try-lock" }) as RpcResponses["try-lock"]).grant;
  }

  lock(): LockGrant {
    return (this.#request({ type: "lock" }) as RpcResponses["lock"]).grant;
  }

  lockAsync(): Promise<LockGrant> {
    const wait = this.#nextWait++;
    const locked = new primordials.Promise<LockGrant>((resolve) =>
      this.#lockWaits.set(wait, resolve)
    );
    this.send({ type: "lock-request", wait });
    return locked;
  }

  release(fencingToken: number): void {
    this.send({ type: "release", fencingToken });
  }

  settle(task: TaskId, outcome: RanOutcome): void {
    const deferred = outcome === TaskState.PASSED ? this.#deferred : undefined;
    this.#deferred = undefined;
    const settled = { type: "settled", task, outcome, sentinels: this.#writeSentinels() } as const;
    if (deferred === undefined) this.send(settled);
    else this.send({ ...settled, result: deferred.request }, deferred.batch);
  }

  drained(run: number): void {
    this.send({ type: "drained", run, sentinels: this.#writeSentinels() });
  }

  isAborted(): boolean {
    return (this.#request({ type: "is-aborted" }) as RpcResponses["is-aborted"]).isAborted;
  }

  #resolveLock(wait: number, grant: LockGrant): void {
    this.#lockWaits.get(wait)?.(grant);
    this.#lockWaits.delete(wait);
  }

  /** Sends a request, and blocks until its response is there. */
  #request(request: RpcRequest, bytes?: Uint8Array): RpcResponses[keyof RpcResponses] {
    const id = ++this.#lastRequest;
    this.send({ type: "request", id, request }, bytes);
    const response = this.#channel.awaitResponse(id);
    if ("response" in response) return response.response;
    throw toError(response.error);
  }
}

function toError({ type, message }: { type: string; message: string }): Error {
  if (type === "StateFullError") return new StateFullError(message);
  return Object.assign(new Error(message), { name: type });
}
