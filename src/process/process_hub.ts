/**
 * The shared resources of a pool's processes: a private folder, the pipe that all of them write to,
 * the files of the state's log, and the reaper.
 */
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { FromProcess, HubMessage } from "./ipc_protocol.ts";
import { processPaths } from "./ipc_protocol.ts";
import { createPeerKey, InboundReader, writeChunks } from "./framing.ts";
import { type StartOptions, startOptions } from "../spawn/inherited_flags.ts";
import { Reaper } from "./reaper.ts";
import { OpLogFile } from "./op_log_file.ts";

/** Receives the messages of one process. */
export interface ProcessPeer {
  receive(message: FromProcess, bytes: Uint8Array): void;
  /** Files of the log accumulate: an idle process should read to the end. */
  catchUp(): void;
  /** All messages of the process have been received, and it is gone. */
  disconnected(): void;
}

const CHUNK_BYTES = 64 * 1024;

/** Connects a pool with its processes. */
export class ProcessHub {
  readonly folder: string;
  readonly log: OpLogFile;
  readonly reaper: Reaper;
  readonly #state: SharedState;
  /** The peers by their keys. */
  readonly #peers = new Map<string, ProcessPeer>();
  /** The key of the hub's own messages. */
  readonly #ownKey = createPeerKey();
  readonly #messages = new InboundReader((key) => key === this.#ownKey || this.#peers.has(key));
  readonly #started: Promise<StartOptions>;
  /**
   * A second handle for the hub's own messages: a pending read blocks writes on the same handle.
   */
  #inbound: Deno.FsFile | undefined;
  #readingDone: Promise<void> = Promise.resolve();

  /** @throws {UsageError} if a permission is missing, or the disk is full. */
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
      state.replica.mirrorLog(this.log); // fails when the disk is full
      this.reaper = new Reaper(this.folder);
    } catch (error) {
      state.replica.mirrorLog(undefined);
      log?.close();
      Deno.removeSync(this.folder, { recursive: true });
      throw refusal(error);
    }
    log.onRotate = () => this.#peers.forEach((peer) => peer.catchUp());
    this.#started = this.#start();
  }

  /** Resolves with the common options of processes when these can be started. */
  get options(): Promise<StartOptions> {
    return this.#started;
  }

  /**
   * Writes a file into the folder.
   *
   * @throws {UsageError} if the disk is full.
   */
  writeFile(file: (folder: string) => string): string {
    try {
      return file(this.folder);
    } catch (error) {
      throw refusal(error);
    }
  }

  /** Registers a process: messages with its key are received from now on. */
  register(key: string, peer: ProcessPeer): void {
    this.#peers.set(key, peer);
  }

  /** Unregisters a process that has ended, after all its messages were received. */
  async unregister(key: string): Promise<void> {
    await this.#send({ type: "disconnected", of: key });
  }

  /** Closes the pipe and the log, and ends the reaper, which kills all remaining processes. */
  async close(): Promise<void> {
    this.#state.replica.mirrorLog(undefined);
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
    // Opened for both: otherwise this would block until there is a writer, and reading would end
    // with the last one.
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
        if (key !== this.#ownKey) this.#handle(key, message as FromProcess, bytes);
        else if (message.type === "disconnected") this.#disconnect(message.of);
        else return; // "close"
      }
    }
  }

  /**
   * Handles a message. If a request of a process fails, that process is broken; the others
   * continue.
   */
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

  /** Written asynchronously: the pipe may be full, and this thread reads it. */
  async #send(message: HubMessage): Promise<void> {
    const chunks: Uint8Array[] = [];
    writeChunks((chunk) => chunks.push(chunk), Uint8Array.fromHex(this.#ownKey), message);
    for (const chunk of chunks) await this.#inbound?.write(chunk);
  }
}

function refusal(cause: unknown): UsageError {
  return new UsageError(`Cannot isolate tasks by process: ${errorText(cause)}`);
}
