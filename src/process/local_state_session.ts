/**
 * The main process's side of another process's access to the state. Like a thread, the process has
 * a unique owner id, under which it waits for the user's lock and holds it; unlike a thread, it
 * reads the log from a file, and its batches are appended for it.
 */
import { InternalError } from "../base/assert.ts";
import type { SharedState, StateHandle } from "../state/shared_state.ts";
import { ThreadLock } from "../state/lock/thread_lock.ts";
import type { AppendRequest, LockGrant, RemoteStateStart, RpcResponses } from "./ipc_protocol.ts";
import type { OpLogFile } from "./op_log_file.ts";
import type { StateSession } from "./state_session.ts";

/** Blocks of ids that a process reserves at a time: one request in 65,536 objects. */
const ID_BLOCKS = 64;

/** The session of a process that runs on the same machine as the state. */
export class LocalStateSession implements StateSession {
  readonly #state: SharedState;
  readonly #log: OpLogFile;
  readonly #id: number;
  readonly #handle: StateHandle;
  readonly #lock: ThreadLock;
  #isClosed = false;
  #isHeld = false;
  #fencingToken = 0;

  /**
   * @param id Unique id of the process.
   * @param name Its name in messages.
   */
  constructor(state: SharedState, log: OpLogFile, id: number, name: string) {
    this.#state = state;
    this.#log = log;
    this.#id = id;
    this.#handle = state.invite(name);
    const { slot, owner } = this.#handle;
    this.#lock = new ThreadLock(state.replica.words, slot, owner, () => {
      if (this.#isClosed) {
        throw new InternalError(`${name} is gone and no longer waits for the lock`);
      }
    });
  }

  start(folder: string): RemoteStateStart {
    const { name } = this.#handle;
    const logStart = this.#log.addReader(this.#id);
    return { folder, logStart, name, maxBytes: this.#state.bytes.max };
  }

  append(request: AppendRequest, batch: Uint8Array): RpcResponses["append"] {
    const { place } = request;
    const isRight = () => place === undefined || place === this.#log.position;
    return this.#state.replica.appendRemote(batch, request, isRight)
      ? { end: this.#log.position }
      : { isConflict: true };
  }

  ids(): RpcResponses["ids"] {
    return this.#state.replica.reserveIds(ID_BLOCKS);
  }

  tryLock(): RpcResponses["try-lock"] {
    return this.#lock.isHeld || this.#lock.tryAcquire() ? { grant: this.#createGrant() } : {};
  }

  async lock(): Promise<RpcResponses["lock"]> {
    do await this.#lock.acquireAsync(); while (!this.#lock.isHeld);
    return { grant: this.#createGrant() };
  }

  release(fencingToken: number): void {
    if (!this.#isHeld || fencingToken !== this.#fencingToken) return;
    this.#isHeld = false;
    this.#lock.release();
  }

  acknowledgeLog(generation: number): void {
    this.#log.acknowledge(this.#id, generation);
  }

  close(): void {
    this.#isClosed = true;
    this.#log.removeReader(this.#id);
    this.#state.fence(this.#handle);
  }

  /**
   * Creates a grant. A process that waits for the lock in two ways at once gets one token twice.
   */
  #createGrant(): LockGrant {
    if (!this.#isHeld) this.#fencingToken++;
    this.#isHeld = true;
    return { fencingToken: this.#fencingToken, abandonedBy: this.#lock.takeAbandoned() };
  }
}
