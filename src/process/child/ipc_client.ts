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
  pathsOf,
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
import type { LockLink } from "./remote_lock.ts";
import type { PlanLink } from "./remote_plan.ts";
import type { LogLink } from "./remote_replica.ts";

const CHUNK_BYTES = 16 * 1024;

/** See the head of this file. */
export class IpcClient implements LogLink, LockLink, PlanLink {
  readonly #key: Uint8Array;
  readonly #up: Deno.FsFile;
  readonly #down: Deno.FsFile;
  readonly #answers: Deno.FsFile;
  readonly #answered = new OutboundReader();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #waiting = new Map<number, (grant: LockGrant) => void>();
  readonly #markStreams: () => ("stdout" | "stderr")[];
  readonly #onEnd: () => void;
  #asked = 0;
  #waits = 0;

  /**
   * @param folder Where the pipes are.
   * @param start Which of them are this process's, and what its messages begin with.
   * @param createSentinelWriter Marks the standard streams at the end of a task, and says which.
   * @param onEnd The main process is gone.
   */
  constructor(
    folder: string,
    { id, key }: Pick<ProcessStart, "id" | "key">,
    markStreams: () => ("stdout" | "stderr")[],
    onEnd: () => void,
  ) {
    const paths = pathsOf(folder, id);
    this.#key = Uint8Array.fromHex(key);
    this.#markStreams = markStreams;
    this.#onEnd = onEnd;
    this.#up = Deno.openSync(paths.up, { write: true });
    this.#down = Deno.openSync(paths.down);
    this.#answers = Deno.openSync(paths.answers);
    this.say({ type: "hello" });
  }

  /** Says something. */
  say(message: FromProcess, bytes?: Uint8Array): void {
    writeChunks((piece) => this.#up.writeSync(piece), this.#key, message, bytes);
  }

  /** Calls back with everything the event loop is to hear of, until the main process is gone. */
  async listen(onMessage: (message: ToProcess) => void): Promise<void> {
    const reader = new OutboundReader();
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = await this.#down.read(chunk);
      if (count === null) return this.#onEnd();
      for (const message of reader.take(chunk.subarray(0, count)) as ToProcess[]) {
        if (message.type !== "locked") onMessage(message);
        else this.#granted(message.wait, message.grant);
      }
    }
  }

  append(offer: AppendRequest, batch: Uint8Array): number | undefined {
    const answer = this.#ask({ type: "append", ...offer }, batch) as RpcResponses["append"];
    return "end" in answer ? answer.end : undefined;
  }

  ids(): RpcResponses["ids"] {
    return this.#ask({ type: "ids" }) as RpcResponses["ids"];
  }

  reached(generation: number): void {
    this.say({ type: "reached", generation });
  }

  tryLock(): LockGrant | undefined {
    return (this.#ask({ type: "tryLock" }) as RpcResponses["tryLock"]).grant;
  }

  lock(): LockGrant {
    return (this.#ask({ type: "lock" }) as RpcResponses["lock"]).grant;
  }

  lockLater(): Promise<LockGrant> {
    const wait = this.#waits++;
    const granted = new primordials.Promise<LockGrant>((resolve) =>
      this.#waiting.set(wait, resolve)
    );
    this.say({ type: "wantLock", wait });
    return granted;
  }

  release(term: number): void {
    this.say({ type: "release", term });
  }

  settled(task: TaskId, outcome: RanOutcome): void {
    this.say({ type: "settled", task, outcome, marked: this.#markStreams() });
  }

  finished(run: number): void {
    this.say({ type: "finished", run, marked: this.#markStreams() });
  }

  isAborted(): boolean {
    return (this.#ask({ type: "isAborted" }) as RpcResponses["isAborted"]).isAborted;
  }

  #granted(wait: number, grant: LockGrant): void {
    this.#waiting.get(wait)?.(grant);
    this.#waiting.delete(wait);
  }

  /**
   * Asks, and blocks until the answer is there. Questions are counted: user code may run out of stack between
   * a question and its answer, and then the answer is found by the next question.
   */
  #ask(question: RpcRequest, bytes?: Uint8Array): RpcResponses[keyof RpcResponses] {
    const count = ++this.#asked;
    this.say({ type: "ask", count, question }, bytes);
    for (;;) {
      const read = this.#answers.readSync(this.#chunk);
      if (read === null) {
        this.#onEnd();
        throw new InternalError("The main process is gone");
      }
      for (const answer of this.#answered.take(this.#chunk.subarray(0, read)) as RpcResponse[]) {
        if (answer.count !== count) continue;
        if ("answer" in answer) return answer.answer;
        throw errorOf(answer.error);
      }
    }
  }
}

function errorOf({ type, message }: { type: string; message: string }): Error {
  if (type === "StateFullError") return new StateFullError(message);
  return Object.assign(new Error(message), { name: type });
}

/**
 * Makes what marks the streams; to be called before `Deno.stdout` is replaced.
 *
 * @returns Writes the mark, and says into which streams: a task may have closed one.
 */
export function createSentinelWriter(mark: string): () => ("stdout" | "stderr")[] {
  const bytes = new TextEncoder().encode(`${mark}\n`);
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
