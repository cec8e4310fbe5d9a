/** The state session of a worker's process: its writes go to the op log in Redis. */
import type { AppendRequest, RemoteStateStart, RpcResponses } from "../../process/ipc_protocol.ts";
import type { OpLogFile } from "../../process/op_log_file.ts";
import type { StateSession } from "../../process/state_session.ts";
import { IDS_PER_BLOCK } from "../../state/replica/object_ids.ts";
import type { Follower } from "../follower.ts";
import type { LeaseGrant } from "../engine_protocol.ts";
import type { Author, StateLog } from "../state_log.ts";
import type { LeaseLockClient } from "./lease_lock_client.ts";

/**
 * Blocks of object ids that a process gets at a time: one round trip for as many objects as most
 * tasks create.
 */
const ID_BLOCKS = 64;

/** Options of {@linkcode EngineStateSession}. */
export interface EngineStateSessionOptions {
  /** The process's id on this machine. */
  readonly id: number;
  /** The process's id in the run. */
  readonly sender: string;
  /** The process's name in messages. */
  readonly name: string;
  /** Maximum size of the state's copy in bytes. */
  readonly maxBytes: number;
  /** The attempt that the process runs, and its token. */
  readonly author: () => Pick<Author, "task" | "token">;
  readonly log: OpLogFile;
  readonly stateLog: StateLog;
  readonly follower: Follower;
  readonly lock: LeaseLockClient;
}

/** The state session of one process. */
export class EngineStateSession implements StateSession {
  readonly #options: EngineStateSessionOptions;
  #count = 0;
  #isClosed = false;

  constructor(options: EngineStateSessionOptions) {
    this.#options = options;
  }

  start(folder: string): RemoteStateStart {
    const { id, name, maxBytes, log } = this.#options;
    return { folder, logStart: log.addReader(id), name, maxBytes };
  }

  async append(offer: AppendRequest, bytes: Uint8Array): Promise<RpcResponses["append"]> {
    const { sender, author, log, follower, stateLog, lock } = this.#options;
    const isHere = offer.place === undefined || offer.place === log.position;
    if (!isHere) return { isConflict: true };
    const place = offer.place === undefined ? undefined : follower.position;
    // The buffer is reused for the next message.
    const batch = bytes.slice();
    const write = {
      sender,
      count: ++this.#count,
      ...author(),
      fencingToken: lock.fencingTokenOf(sender),
    };
    const isTaken = await stateLog.append(write, { ...offer, place }, batch);
    return isTaken ? { end: follower.localEndOf(sender) } : { isConflict: true };
  }

  async ids(): Promise<RpcResponses["ids"]> {
    const first = await this.#options.stateLog.allocateBlocks(ID_BLOCKS);
    return { first: first * IDS_PER_BLOCK, count: ID_BLOCKS * IDS_PER_BLOCK };
  }

  async tryLock(): Promise<RpcResponses["try-lock"]> {
    const { sender, name, lock } = this.#options;
    const grant = await lock.tryTake(sender, name, () => this.#isClosed);
    return grant === undefined ? {} : { grant: await this.#caughtUp(grant) };
  }

  async lock(): Promise<RpcResponses["lock"]> {
    const { sender, name, lock } = this.#options;
    return { grant: await this.#caughtUp(await lock.take(sender, name, () => this.#isClosed)) };
  }

  release(fencingToken: number): void {
    this.#options.lock.release(this.#options.sender, fencingToken);
  }

  acknowledgeLog(generation: number): void {
    this.#options.log.acknowledge(this.#options.id, generation);
  }

  close(): void {
    this.#isClosed = true;
    const { id, sender, log, lock, follower } = this.#options;
    log.removeReader(id);
    follower.forget(sender);
    lock.closeSession(sender);
  }

  /** Waits until this machine has read all writes of previous lock holders. */
  async #caughtUp(
    { fencingToken, position, abandonedBy }: LeaseGrant,
  ): Promise<RpcResponses["lock"]["grant"]> {
    await this.#options.follower.reach(position);
    return { fencingToken, ...(abandonedBy === undefined ? {} : { abandonedBy }) };
  }
}
