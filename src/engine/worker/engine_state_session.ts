/** The place of a process of this machine in a state that is at an engine. */
import type { AppendRequest, RemoteStateStart, RpcResponses } from "../../process/ipc_protocol.ts";
import type { OpLogFile } from "../../process/op_log_file.ts";
import type { StateSession } from "../../process/state_session.ts";
import { BLOCK } from "../../state/replica/object_ids.ts";
import type { Follower } from "../follower.ts";
import type { LockGranted } from "../engine_protocol.ts";
import type { Author, StateLog } from "../state_log.ts";
import type { LeaseLockClient } from "./lease_lock_client.ts";

/** Blocks of ids that a process is given at a time. */
const ID_BLOCKS = 64;

/** What a seat works with. */
export interface EngineStateSessionOptions {
  /** Tells the process from all others of this machine. */
  readonly id: number;
  /** The same, among all of the run. */
  readonly sender: string;
  /** Its name in messages. */
  readonly name: string;
  /** How large the copy of the state may be. */
  readonly maxBytes: number;
  /** The task that the process runs, and its token. */
  readonly author: () => Pick<Author, "task" | "token">;
  readonly log: OpLogFile;
  readonly stateLog: StateLog;
  readonly follower: Follower;
  readonly lock: LeaseLockClient;
}

/** See the head of this file. */
export class EngineStateSession implements StateSession {
  readonly #parts: EngineStateSessionOptions;
  #count = 0;
  #isLeft = false;

  constructor(parts: EngineStateSessionOptions) {
    this.#parts = parts;
  }

  start(folder: string): RemoteStateStart {
    const { id, name, maxBytes, log } = this.#parts;
    return { folder, logStart: log.addReader(id), name, maxBytes };
  }

  async append(offer: AppendRequest, bytes: Uint8Array): Promise<RpcResponses["append"]> {
    const { sender, author, log, follower, stateLog, lock } = this.#parts;
    const isHere = offer.place === undefined || offer.place === log.position;
    if (!isHere) return { isConflict: true };
    const place = offer.place === undefined ? undefined : follower.place;
    // What the bytes stand in is used for the next message.
    const batch = bytes.slice();
    const mine = { sender, count: ++this.#count, ...author(), term: lock.termOf(sender) };
    const isTaken = await stateLog.append(mine, { ...offer, place }, batch);
    return isTaken ? { end: follower.endOf(sender) } : { isConflict: true };
  }

  async ids(): Promise<RpcResponses["ids"]> {
    const first = await this.#parts.stateLog.blocks(ID_BLOCKS);
    return { first: first * BLOCK, count: ID_BLOCKS * BLOCK };
  }

  async tryLock(): Promise<RpcResponses["try-lock"]> {
    const { sender, name, lock } = this.#parts;
    const grant = await lock.tryTake(sender, name, () => this.#isLeft);
    return grant === undefined ? {} : { grant: await this.#caughtUp(grant) };
  }

  async lock(): Promise<RpcResponses["lock"]> {
    const { sender, name, lock } = this.#parts;
    return { grant: await this.#caughtUp(await lock.take(sender, name, () => this.#isLeft)) };
  }

  release(term: number): void {
    this.#parts.lock.release(this.#parts.sender, term);
  }

  acknowledgeLog(generation: number): void {
    this.#parts.log.acknowledge(this.#parts.id, generation);
  }

  close(): void {
    this.#isLeft = true;
    const { id, sender, log, lock, follower } = this.#parts;
    log.removeReader(id);
    follower.forget(sender);
    lock.leave(sender);
  }

  /** What was written under the lock before is seen by who has it now. */
  async #caughtUp(
    { term, place, abandonedBy }: LockGranted,
  ): Promise<RpcResponses["lock"]["grant"]> {
    await this.#parts.follower.reach(place);
    return { term, ...(abandonedBy === undefined ? {} : { abandonedBy }) };
  }
}
