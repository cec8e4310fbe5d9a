/**
 * What the processes of a pool have in common: a folder nobody else may look into, the pipe they all write
 * to, the file of the state's log, and the keeper who tidies up.
 */
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { FromProcess } from "./ipc_protocol.ts";
import { pathsOf } from "./ipc_protocol.ts";
import { InboundReader, newKey, writeChunks } from "./framing.ts";
import { type StartOptions, startOptions } from "../spawn/inherited_flags.ts";
import { Reaper } from "./reaper.ts";
import { OpLogFile } from "./op_log_file.ts";

/** Hears what one process says. */
export interface ProcessPeer {
  receive(message: FromProcess, bytes: Uint8Array): void;
  /** There is more of the state's log than is to be kept: the process is to read it, if it does nothing. */
  look(): void;
  /** Everything it has said was received: it is gone, and this is the end. */
  silent(): void;
}

/**
 * What we write into the pipe ourselves, to know that all before it was read. It is no process's: one that
 * died in the middle of a message has left a part of it, which the next of its pieces would complete.
 */
type OwnMessage = { readonly type: "silent"; readonly of: string } | { readonly type: "close" };

const CHUNK_BYTES = 64 * 1024;

/** See the head of this file. */
export class ProcessHub {
  readonly folder: string;
  readonly log: OpLogFile;
  readonly keeper: Reaper;
  readonly #state: SharedState;
  /** By their keys. */
  readonly #tenants = new Map<string, ProcessPeer>();
  /** No process has it. */
  readonly #ownKey = newKey();
  readonly #messages = new InboundReader((key) => key === this.#ownKey || this.#tenants.has(key));
  readonly #open: Promise<StartOptions>;
  /** For our own words: a read that is under way would hold up a write by the same handle. */
  #up: Deno.FsFile | undefined;
  #closed: Promise<void> = Promise.resolve();

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
      state.replica.mirrorLog(this.log); // a disk that is full has no room for it
      this.keeper = new Reaper(this.folder);
    } catch (error) {
      state.replica.mirrorLog(undefined);
      log?.close();
      Deno.removeSync(this.folder, { recursive: true });
      throw refusal(error);
    }
    log.onMoved = () => this.#tenants.forEach((tenant) => tenant.look());
    this.#open = this.#begin();
  }

  /** Resolves when processes can be started, with the options they have in common. */
  get options(): Promise<StartOptions> {
    return this.#open;
  }

  /**
   * Writes a file into the folder.
   *
   * @throws {UsageError} when there is no room for it.
   */
  write(file: (folder: string) => string): string {
    try {
      return file(this.folder);
    } catch (error) {
      throw refusal(error);
    }
  }

  /** From now on the process with this key is heard. */
  enter(key: string, tenant: ProcessPeer): void {
    this.#tenants.set(key, tenant);
  }

  /** A process has ended. It is heard until everything it has said was received. */
  async leave(key: string): Promise<void> {
    await this.#say({ type: "silent", of: key });
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    this.#state.replica.mirrorLog(undefined);
    this.log.close();
    await this.#open.catch(() => {});
    await this.#say({ type: "close" });
    await this.#closed;
    this.#up?.close();
    await this.keeper.close();
  }

  async #begin(): Promise<StartOptions> {
    const args = await this.keeper.ready();
    const { up } = pathsOf(this.folder, 0);
    // Both at once, or it would wait for somebody to write, and end when nobody does any more.
    const pipe = Deno.openSync(up, { read: true, write: true });
    this.#up = Deno.openSync(up, { write: true });
    this.#closed = this.#read(pipe);
    return startOptions(args);
  }

  async #read(pipe: Deno.FsFile): Promise<void> {
    using _pipe = pipe;
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = await pipe.read(chunk) ?? 0;
      for (const { key, message, bytes } of this.#messages.take(chunk.subarray(0, count))) {
        if (key !== this.#ownKey) this.#hear(key, message, bytes);
        else if (message.type === "silent") this.#end(message.of);
        else return;
      }
    }
  }

  /** Where a process cannot be done what it asks for, it is given up, and the others are heard. */
  #hear(key: string, message: FromProcess, bytes: Uint8Array): void {
    const tenant = this.#tenants.get(key);
    try {
      tenant?.receive(message, bytes);
    } catch (error) {
      tenant?.receive({ type: "broken", error: recordError(error) }, bytes);
    }
  }

  #end(key: string): void {
    const tenant = this.#tenants.get(key);
    this.#tenants.delete(key);
    this.#messages.forget(key);
    tenant?.silent();
  }

  /** On another thread of the runtime: the pipe may be full, and it is we who read it. */
  async #say(message: OwnMessage): Promise<void> {
    const pieces: Uint8Array[] = [];
    writeChunks((piece) => pieces.push(piece), Uint8Array.fromHex(this.#ownKey), message);
    for (const piece of pieces) await this.#up?.write(piece);
  }
}

function refusal(cause: unknown): UsageError {
  return new UsageError(`Cannot isolate tasks by process: ${errorText(cause)}`);
}
