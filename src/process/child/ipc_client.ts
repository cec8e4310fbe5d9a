/**
 * The child's side of the wire protocol (src/process/ipc_protocol.ts): it sends events, blocks for
 * the responses of requests, and receives the commands to the event loop.
 */
import { InternalError } from "../../base/assert.ts";
import { primordials } from "../../runtime/primordials.ts";
import {
  type AppendRequest,
  type FromProcess,
  type LockGrant,
  processPaths,
  type ProcessStart,
  type RpcRequest,
  type RpcResponse,
  type RpcResponses,
  type ToProcess,
} from "../ipc_protocol.ts";
import { OutboundReader, writeChunks } from "../framing.ts";
import type { RanOutcome } from "../../plan/plan.ts";
import { StateFullError } from "../../state/shared_state.ts";
import type { TaskId } from "../../task/task.ts";
import type { LockRpc } from "./remote_lock.ts";
import type { PlanRpc } from "./remote_plan.ts";
import type { LogRpc } from "./remote_replica.ts";

const CHUNK_BYTES = 16 * 1024;

/** The connection of a task process with the main process. */
export class IpcClient implements LogRpc, LockRpc, PlanRpc {
  readonly #key: Uint8Array;
  readonly #inbound: Deno.FsFile;
  readonly #commands: Deno.FsFile;
  readonly #responses: Deno.FsFile;
  readonly #responseReader = new OutboundReader();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #lockWaits = new Map<number, (grant: LockGrant) => void>();
  readonly #writeSentinels: () => ("stdout" | "stderr")[];
  readonly #onEnd: () => void;
  #lastRequest = 0;
  #nextWait = 0;

  /**
   * @param folder The folder of the pipes.
   * @param start The process's id and peer key.
   * @param writeSentinels Writes the sentinel to the standard streams; returns those that took it.
   * @param onEnd Called when the main process is gone.
   */
  constructor(
    folder: string,
    { id, key }: Pick<ProcessStart, "id" | "key">,
    writeSentinels: () => ("stdout" | "stderr")[],
    onEnd: () => void,
  ) {
    const paths = processPaths(folder, id);
    this.#key = Uint8Array.fromHex(key);
    this.#writeSentinels = writeSentinels;
    this.#onEnd = onEnd;
    this.#inbound = Deno.openSync(paths.up, { write: true });
    this.#commands = Deno.openSync(paths.down);
    this.#responses = Deno.openSync(paths.responses);
    this.send({ type: "hello" });
  }

  /** Sends an event or a request. */
  send(message: FromProcess, bytes?: Uint8Array): void {
    writeChunks((chunk) => this.#inbound.writeSync(chunk), this.#key, message, bytes);
  }

  /** Receives the commands to the event loop, until the main process is gone. */
  async listen(onMessage: (message: ToProcess) => void): Promise<void> {
    const reader = new OutboundReader();
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = await this.#commands.read(chunk);
      if (count === null) return this.#onEnd();
      for (const message of reader.decode(chunk.subarray(0, count)) as ToProcess[]) {
        if (message.type !== "lock-granted") onMessage(message);
        else this.#resolveLock(message.wait, message.grant);
      }
    }
  }

  append(request: AppendRequest, batch: Uint8Array): number | undefined {
    const response = this.#request({ type: "append", ...request }, batch) as RpcResponses["append"];
    return "end" in response ? response.end : undefined;
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
    this.send({ type: "settled", task, outcome, sentinels: this.#writeSentinels() });
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

  /**
   * Sends a request, and blocks until its response is there. Requests are numbered: user code may
   * run out of stack between a request and its response, which the next request then skips.
   */
  #request(request: RpcRequest, bytes?: Uint8Array): RpcResponses[keyof RpcResponses] {
    const id = ++this.#lastRequest;
    this.send({ type: "request", id, request }, bytes);
    for (;;) {
      const read = this.#responses.readSync(this.#chunk);
      if (read === null) {
        this.#onEnd();
        throw new InternalError("The main process is gone");
      }
      const input = this.#chunk.subarray(0, read);
      for (const response of this.#responseReader.decode(input) as RpcResponse[]) {
        if (response.id !== id) continue;
        if ("response" in response) return response.response;
        throw toError(response.error);
      }
    }
  }
}

function toError({ type, message }: { type: string; message: string }): Error {
  if (type === "StateFullError") return new StateFullError(message);
  return Object.assign(new Error(message), { name: type });
}

/**
 * Creates the writer of sentinels; to be called before `Deno.stdout` is replaced.
 *
 * @returns a function that writes the sentinel, and returns the streams that took it: a task may
 * have closed one.
 */
export function createSentinelWriter(sentinel: string): () => ("stdout" | "stderr")[] {
  const bytes = new TextEncoder().encode(`${sentinel}\n`);
  const streams = (["stdout", "stderr"] as const).map((name) => {
    const stream = Deno[name];
    return { name, write: stream.writeSync.bind(stream) };
  });
  return () =>
    streams.filter(({ write }) => {
      try {
        return write(bytes) === bytes.length;
      } catch {
        return false;
      }
    }).map(({ name }) => name);
}
