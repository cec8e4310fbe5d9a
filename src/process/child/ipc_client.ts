/**
 * The process's end of the wire to the main one (src/process/ipc_protocol.ts): what it says, what it asks
 * and blocks for the answer, and what its event loop hears of.
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

/** See the head of this file. */
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
   * @param folder Where the pipes are.
   * @param start Which of them are this process's, and what its messages begin with.
   * @param createSentinelWriter Marks the standard streams at the end of a task, and says which.
   * @param onEnd The main process is gone.
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

  /** Says something. */
  send(message: FromProcess, bytes?: Uint8Array): void {
    writeChunks((chunk) => this.#inbound.writeSync(chunk), this.#key, message, bytes);
  }

  /** Calls back with everything the event loop is to hear of, until the main process is gone. */
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

  release(term: number): void {
    this.send({ type: "release", term });
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
   * Asks, and blocks until the answer is there. Questions are counted: user code may run out of stack between
   * a request and its answer, and then the answer is found by the next request.
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
 * Makes what marks the streams; to be called before `Deno.stdout` is replaced.
 *
 * @returns Writes the mark, and says into which streams: a task may have closed one.
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
