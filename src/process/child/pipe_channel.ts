/** The pipes of a task process: framing.ts has the format of messages. */
import { InternalError } from "../../base/assert.ts";
import {
  type FromProcess,
  processPaths,
  type ProcessStart,
  type RpcResponse,
  type ToProcess,
} from "../ipc_protocol.ts";
import { OutboundReader, writeChunks } from "../framing.ts";
import type { IpcChannel } from "./ipc_client.ts";

const CHUNK_BYTES = 16 * 1024;

/** The connection of a task process with the main process. */
export class PipeChannel implements IpcChannel {
  readonly #key: Uint8Array;
  readonly #inbound: Deno.FsFile;
  readonly #commands: Deno.FsFile;
  readonly #responses: Deno.FsFile;
  readonly #responseReader = new OutboundReader();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #onEnd: () => void;

  /**
   * @param folder The folder of the pipes.
   * @param start The process's id and peer key.
   * @param onEnd Called when the main process is gone.
   */
  constructor(
    folder: string,
    { id, key }: Pick<ProcessStart, "id" | "key">,
    onEnd: () => void,
  ) {
    const paths = processPaths(folder, id);
    this.#key = Uint8Array.fromHex(key);
    this.#onEnd = onEnd;
    this.#inbound = Deno.openSync(paths.up, { write: true });
    this.#commands = Deno.openSync(paths.down);
    this.#responses = Deno.openSync(paths.responses);
    this.send({ type: "hello" });
  }

  send(message: FromProcess, bytes?: Uint8Array): void {
    writeChunks((chunk) => this.#inbound.writeSync(chunk), this.#key, message, bytes);
  }

  async listen(onMessage: (message: ToProcess) => void): Promise<void> {
    const reader = new OutboundReader();
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = await this.#commands.read(chunk);
      if (count === null) return this.#onEnd();
      for (const message of reader.decode(chunk.subarray(0, count)) as ToProcess[]) {
        onMessage(message);
      }
    }
  }

  awaitResponse(id: number): RpcResponse {
    for (;;) {
      const read = this.#responses.readSync(this.#chunk);
      if (read === null) {
        this.#onEnd();
        throw new InternalError("The main process is gone");
      }
      const input = this.#chunk.subarray(0, read);
      for (const response of this.#responseReader.decode(input) as RpcResponse[]) {
        if (response.id === id) return response;
      }
    }
  }

  /** Does nothing: an abandoned process is killed. */
  checkAlive(): void {}
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
