/**
 * What the processes of a pool have in common: a folder nobody else may look into, the pipe they all write
 * to, the file of the state's log, and the reaper who tidies up.
 */
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { FromProcess } from "./ipc_protocol.ts";
import { processPaths } from "./ipc_protocol.ts";
import { createPeerKey, InboundReader, writeChunks } from "./framing.ts";
import { type StartOptions, startOptions } from "../spawn/inherited_flags.ts";
import { Reaper } from "./reaper.ts";
import { OpLogFile } from "./op_log_file.ts";

/** Hears what one process says. */
export interface ProcessPeer {
  receive(message: FromProcess, bytes: Uint8Array): void;
  /** There is more of the state's log than is to be kept: the process is to read it, if it does nothing. */
  catchUp(): void;
  /** Everything it has said was received: it is gone, and this is the end. */
  disconnected(): void;
}

/**
 * What we write into the pipe ourselves, to know that all before it was read. It is no process's: one that
 * died in the middle of a message has left a part of it, which the next of its pieces would complete.
 */
type OwnMessage = { readonly type: "disconnected"; readonly of: string } | {
  readonly type: "close";
};

const CHUNK_BYTES = 64 * 1024;

/** See the head of this file. */
export class ProcessHub {
  readonly folder: string;
  readonly log: OpLogFile;
  readonly reaper: Reaper;
  readonly #state: SharedState;
  /** By their keys. */
  readonly #peers = new Map<string, ProcessPeer>();
  /** No process has it. */
  readonly #ownKey = createPeerKey();
  readonly #messages = new InboundReader((key) => key === this.#ownKey || this.#peers.has(key));
  readonly #started: Promise<StartOptions>;
  /** For our own words: a read that is under way would hold up a write by the same handle. */
  #inbound: Deno.FsFile | undefined;
  #readingDone: Promise<void> = Promise.resolve();

  /** @throws {UsageError} when what it needs is not permitted, or there is no room for it. */
  constructor(state: SharedState) {
    this.#state = state;
    try {
      this.folder = Deno.makeTempDirSync({ prefix: "thread-order-" });
    } catch (error) {
      throw refusal(error);
    }
    let log: OpLogFile | undefined;
    try {
      this.log = log = new OpLogFile(this.folder);
      state.replica.copyLog(this.log); // a disk that is full has no room for it
      this.reaper = new Reaper(this.folder);
    } catch (error) {
      state.replica.copyLog(undefined);
      log?.close();
      Deno.removeSync(this.folder, { recursive: true });
      throw refusal(error);
    }
    log.onRotate = () => this.#peers.forEach((peer) => peer.catchUp());
    this.#started = this.#start();
  }

  /** Resolves when processes can be started, with the options they have in common. */
  get options(): Promise<StartOptions> {
    return this.#started;
  }

  /**
   * Writes a file into the folder.
   *
   * @throws {UsageError} when there is no room for it.
   */
  writeFile(file: (folder: string) => string): string {
    try {
      return file(this.folder);
    } catch (error) {
      throw refusal(error);
    }
  }

  /** From now on the process with this key is heard. */
  register(key: string, peer: ProcessPeer): void {
    this.#peers.set(key, peer);
  }

  /** A process has ended. It is heard until everything it has said was received. */
  async unregister(key: string): Promise<void> {
    await this.#send({ type: "disconnected", of: key });
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    this.#state.replica.copyLog(undefined);
    this.log.close();
    await this.#started.catch(() => {});
    await this.#send({ type: "close" });
    await this.#readingDone;
    this.#inbound?.close();
    await this.reaper.close();
  }

  async #start(): Promise<StartOptions> {
    const args = await this.reaper.ready();
    const { up } = processPaths(this.folder, 0);
    // Both at once, or it would wait for somebody to write, and end when nobody does any more.
    const pipe = Deno.openSync(up, { read: true, write: true });
    this.#inbound = Deno.openSync(up, { write: true });
    this.#readingDone = this.#read(pipe);
    return startOptions(args);
  }

  async #read(pipe: Deno.FsFile): Promise<void> {
    using _pipe = pipe;
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = await pipe.read(buffer) ?? 0;
      for (const { key, message, bytes } of this.#messages.decode(buffer.subarray(0, count))) {
        if (key !== this.#ownKey) this.#handle(key, message, bytes);
        else if (message.type === "disconnected") this.#disconnect(message.of);
        else return;
      }
    }
  }

  /** Where a process cannot be done what it asks for, it is given up, and the others are heard. */
  #handle(key: string, message: FromProcess, bytes: Uint8Array): void {
    const peer = this.#peers.get(key);
    try {
      peer?.receive(message, bytes);
    } catch (error) {
      peer?.receive({ type: "broken", error: recordError(error) }, bytes);
    }
  }

  #disconnect(key: string): void {
    const peer = this.#peers.get(key);
    this.#peers.delete(key);
    this.#messages.forget(key);
    peer?.disconnected();
  }

  /** On another thread of the runtime: the pipe may be full, and it is we who read it. */
  async #send(message: OwnMessage): Promise<void> {
    const chunks: Uint8Array[] = [];
    writeChunks((chunk) => chunks.push(chunk), Uint8Array.fromHex(this.#ownKey), message);
    for (const chunk of chunks) await this.#inbound?.write(chunk);
  }
}

function refusal(cause: unknown): UsageError {
  return new UsageError(`Cannot isolate tasks by process: ${errorText(cause)}`);
}
