/**
 * The log of a run's state, at the engine: what changed since it began, in one order. A change is appended by
 * whoever makes it, and has its effect everywhere when it is read (follower.ts).
 *
 * Races prevented: a change that rests on what has changed since names the place it was made at, and is
 * refused where the log has gone on; a change of a task that is another's by now, or of a section whose
 * lock was lost, is refused by its token; a change that was sent twice, since the connection broke, is
 * taken once.
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

/** A log that others keep writing to while somebody wants to begin it anew. */
const COMPACTION_TRIES_MAX = 1_000;

/** Whose change it is. */
export interface Author {
  /** The process, and how many changes it has made, this one included. */
  readonly sender: string;
  readonly count: number;
  /** The task it runs and its token, if it runs one. */
  readonly task: string;
  readonly token: string;
  /** Which grant it holds the user's lock by; 0 for none. */
  readonly fencingToken: number;
}

/** See the head of this file. */
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
   * Appends a change.
   *
   * @param offer Its `place` is the log's of the engine.
   * @returns Whether it was; then this process has read it.
   * @throws {StateFullError} when there is no room for it, here or in the memory of the engine.
   * @throws {ThreadFencedError} when it is not this process's to make any more.
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
          await (this.#compaction ??= this.#compact(growth).finally(() =>
            this.#compaction = undefined
          ));
          // The log has gone on by that.
          if (position !== undefined) return false;
          break;
        case "unlocked":
          throw new StateLockError(
            "The state lock was lost: this machine could not be reached for too long while it held it",
          );
        case "fenced":
        case "finished":
          throw new ThreadFencedError(
            "Another has taken over what this process ran: it may not use the state any more",
          );
        default:
          throw new InternalError(`The engine answers "${status}" to a write`);
      }
    }
  }

  /** Ids for new objects, in whole blocks. */
  async allocateBlocks(count: number): Promise<number> {
    const [status, first] = await this.#connections.runScript("allocateIds", this.#key, count);
    if (status === "finished") throw new ThreadFencedError("The run is over: its state is gone");
    return Number(first);
  }

  /** Writes what may be larger than what the engine has room for. */
  async #write(name: ScriptName, ...args: ScriptArgument[]): Promise<ScriptReply> {
    try {
      return await this.#connections.runScript(name, this.#key, ...args);
    } catch (error) {
      if (isTooLarge(error)) {
        throw new StateFullError(`The engine is full: it refuses a write: ${replyText(error)}`);
      }
      throw error;
    }
  }

  /** Puts the state itself in the place of all changes so far. */
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

function stateFullError(needed: number): StateFullError {
  return new StateFullError(
    `The shared state is full: this write needs ${needed} bytes, the limit on an engine is ` +
      `${STATE_BYTES}`,
  );
}

/** What a log begins with: the whole state. */
export interface StateBase {
  /** After how many entries. */
  readonly position: number;
  readonly snapshot: Uint8Array;
}

/** Reads what the log of a run begins with; undefined where the run is over. */
export async function readStateBase(
  { main }: Pick<Connections, "main">,
  key: string,
): Promise<StateBase | undefined> {
  const [position, snapshot] = await main.hmgetBuffer(`${key}:base`, "position", "bytes");
  if (!position || !snapshot) return undefined;
  return { position: Number(new TextDecoder().decode(position)), snapshot };
}
