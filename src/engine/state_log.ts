/**
 * The op log of a run in Redis: the changes of the state since the base, in one order. A session
 * appends a batch; the batch takes effect on every machine when its follower reads it
 * (follower.ts).
 *
 * Races prevented: a batch that depends on the state names its position, and conflicts if the log
 * has grown since (optimistic concurrency); a batch of a task that another worker has claimed, or
 * of a lost lock, is fenced by its token; a batch that is sent again after a broken connection is
 * appended once.
 */
import { InternalError } from "../base/assert.ts";
import type { AppendRequest } from "../process/ipc_protocol.ts";
import { StateFullError, StateLockError, ThreadFencedError } from "../state/shared_state.ts";
import type { Replica } from "../state/replica/replica.ts";
import type { Connections, ScriptArgument, ScriptReply } from "./redis/connections.ts";
import type { Follower } from "./follower.ts";
import { STATE_BYTES } from "./engine_protocol.ts";
import type { ScriptName } from "./redis/redis_scripts.ts";
import { isTooLarge, replyText } from "./redis/connection_errors.ts";

/** Maximum number of attempts to compact a log that other machines keep appending to. */
const COMPACTION_TRIES_MAX = 1_000;

/** The author of a batch. */
export interface Author {
  /** The session, and the number of its batches so far, this one included. */
  readonly sender: string;
  readonly count: number;
  /** The attempt that the process runs and its token; empty strings for none. */
  readonly task: string;
  readonly token: string;
  /** The fencing token of the user's lock; 0 if it is not held. */
  readonly fencingToken: number;
}

/** Returns a function that creates the authors of a driver's batches, which are of no attempt. */
export function driverAuthors(kind: string): () => Author {
  const sender = `${kind}.${crypto.randomUUID()}`;
  let count = 0;
  return () => ({ sender, count: ++count, task: "", token: "", fencingToken: 0 });
}

/** Appends to the op log of a run. */
export class StateLog {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #follower: Follower;
  readonly #replica: Replica;
  #compaction: Promise<void> | undefined;

  constructor(connections: Connections, key: string, follower: Follower, replica: Replica) {
    this.#connections = connections;
    this.#key = key;
    this.#follower = follower;
    this.#replica = replica;
  }

  /**
   * Appends a batch. After that, this process has read it.
   *
   * @returns Whether it was appended; false for a conflict.
   * @throws {StateFullError} when the state, or the engine's memory, is full.
   * @throws {ThreadFencedError} when another worker has claimed the attempt, or the run is
   * finished.
   * @throws {StateLockError} when the lock was lost.
   */
  async append(
    author: Author,
    { growth, shrinks, place: position }: AppendRequest,
    batch: Uint8Array,
  ): Promise<boolean> {
    const { sender, count, task, token, fencingToken } = author;
    const args = [
      sender,
      count,
      task,
      token,
      fencingToken,
      position ?? -1,
      growth,
      shrinks ? 1 : 0,
      batch,
    ];
    for (let isCompacted = false;; isCompacted = true) {
      const [status, value] = await this.#write("append", ...args);
      switch (status) {
        case "at":
          await this.#follower.reach(Number(value));
          return true;
        case "conflict":
          await this.#follower.reach(Number(value));
          return false;
        case "full":
          if (isCompacted || growth > STATE_BYTES) throw stateFullError(Number(value));
          await this.makeRoom(growth);
          // The compaction is a newer entry: a conflict.
          if (position !== undefined) return false;
          break;
        case "unlocked":
          throw new StateLockError(
            "The state lock was lost: this machine was disconnected for longer than the lock's lease",
          );
        case "fenced":
        case "finished":
          throw new ThreadFencedError(
            "Cannot use the state: another worker has taken over the task of this process",
          );
        default:
          throw new InternalError(`Unexpected reply "${status}" to a write`);
      }
    }
  }

  /** Allocates blocks of object ids. Returns the first. */
  async allocateBlocks(count: number): Promise<number> {
    const [status, first] = await this.#connections.runScript("allocateIds", this.#key, count);
    if (status === "finished") {
      throw new ThreadFencedError("Cannot use the state: the run is finished");
    }
    return Number(first);
  }

  /** Compacts the op log, unless the state would still have no room to grow by this many bytes. */
  async makeRoom(growth: number): Promise<void> {
    await (this.#compaction ??= this.#compact(growth).finally(() => this.#compaction = undefined));
  }

  /** Runs a script whose arguments may be too large for the engine's memory. */
  async #write(name: ScriptName, ...args: ScriptArgument[]): Promise<ScriptReply> {
    try {
      return await this.#connections.runScript(name, this.#key, ...args);
    } catch (error) {
      if (isTooLarge(error)) {
        throw new StateFullError(
          `The engine is out of memory and rejects a write: ${replyText(error)}`,
        );
      }
      throw error;
    }
  }

  /**
   * Replaces the operations so far by a snapshot. Does nothing if that would not make enough room.
   */
  async #compact(growth: number): Promise<void> {
    for (let tries = 0; tries < COMPACTION_TRIES_MAX; tries++) {
      const { position } = this.#follower;
      const snapshot = this.#replica.takeSnapshot();
      if (snapshot.length + growth > STATE_BYTES) return;
      const args = [position, snapshot] as const;
      const [status, at] = await this.#write("compact", ...args);
      if (status === "finished") return;
      await this.#follower.reach(Number(at));
      if (status === "at") return;
    }
  }
}

/** The error of a write that needs this size of the state in bytes. */
export function stateFullError(needed: number): StateFullError {
  return new StateFullError(
    `The shared state is full: this write needs ${needed} bytes, the limit on an engine is ` +
      `${STATE_BYTES}`,
  );
}

/** The base of an op log: a snapshot. */
export interface StateBase {
  /** The number of entries before the snapshot. */
  readonly position: number;
  readonly snapshot: Uint8Array;
}

/** Reads the base of a run's op log; undefined if the run is finished. */
export async function readStateBase(
  { main }: Pick<Connections, "main">,
  key: string,
): Promise<StateBase | undefined> {
  const [position, snapshot] = await main.hmgetBuffer(`${key}:base`, "position", "bytes");
  if (!position || !snapshot) return undefined;
  return { position: Number(new TextDecoder().decode(position)), snapshot };
}
