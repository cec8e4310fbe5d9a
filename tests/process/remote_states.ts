/** States joined as another process joins them, by the log's file, in this process. */
import type { AppendRequest } from "../../src/process/ipc_protocol.ts";
import { OpLogFile } from "../../src/process/op_log_file.ts";
import { LocalStateSession } from "../../src/process/local_state_session.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { joining } from "../state/replicas.ts";
import { RemoteLock } from "../../src/process/child/remote_lock.ts";
import { RemoteReplica } from "../../src/process/child/remote_replica.ts";

/** Lets others join a state by a file. */
export class RemoteStates implements Disposable {
  readonly log: OpLogFile;
  readonly folder = Deno.makeTempDirSync({ prefix: "thread-order-" });
  /** Called before a batch is appended: what another process does in that moment. */
  meanwhile: (() => void) | undefined;
  /** Batches that wait for the outcome of their task. */
  readonly deferred: [AppendRequest, Uint8Array][] = [];
  /** Number of batches that came too late for their position. */
  goneBy = 0;
  readonly #shared: SharedState;
  #count = 0;

  constructor(shared: SharedState, fileBytes?: number) {
    this.#shared = shared;
    this.log = new OpLogFile(this.folder, fileBytes);
    shared.replica.mirrorLog(this.log);
  }

  /**
   * Joins.
   *
   * @param defersResults Whether small results are deferred.
   */
  join(name: string, defersResults = false): { state: SharedState; session: LocalStateSession } {
    const id = this.#count++;
    const session = new LocalStateSession(this.#shared, this.log, id, name);
    // Every other one as on a thread of the main process.
    const changes = id % 2 === 0 ? {} : { changes: this.log.changes };
    const start = { ...session.start(this.folder), ...changes, defersResults };
    const replica = new RemoteReplica(start, {
      append: (offer, batch) => this.#append(session, offer, batch),
      defer: (offer, batch) => this.deferred.push([offer, batch.slice()]),
      ids: () => session.ids(),
      acknowledgeLog: (generation) => session.acknowledgeLog(generation),
      checkAlive() {},
    });
    const lock = new RemoteLock({
      tryLock: () => session.tryLock().grant,
      lock: () => {
        throw new Error("one thread cannot wait for itself");
      },
      lockAsync: async () => (await session.lock()).grant,
      release: (fencingToken) => session.release(fencingToken),
    });
    const handle = { buffer: replica.buffer, slot: 0, owner: 1, name };
    const state = SharedState.join(handle, { mayBlock: false, remote: { replica, lock } });
    state.leave = () => session.close(); // SharedState.leave() is for threads
    return { state, session };
  }

  [Symbol.dispose](): void {
    this.#shared.replica.mirrorLog(undefined);
    this.log.close();
    Deno.removeSync(this.folder, { recursive: true });
  }

  #append(session: LocalStateSession, offer: AppendRequest, batch: Uint8Array): number | undefined {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    meanwhile?.();
    const answer = session.append(offer, batch);
    if ("end" in answer) return answer.end;
    this.goneBy++;
    return undefined;
  }
}

const ofStates = new Map<SharedState, RemoteStates>();

/**
 * Makes every join by `replicas` follow a file from now on.
 *
 * @returns a function that undoes this, and returns the number of joins.
 */
export function joinRemotely(): () => number {
  const { join } = joining;
  let joined = 0;
  joining.join = (shared, handle) => {
    shared.fence(handle);
    const remote = ofStates.get(shared) ?? new RemoteStates(shared);
    ofStates.set(shared, remote);
    joined++;
    return remote.join(handle.name).state;
  };
  return () => {
    joining.join = join;
    removeAll();
    return joined;
  };
}

/** Does something while {@linkcode joinRemotely} holds. Returns how many joined. */
export async function withRemoteReplicas(work: () => unknown): Promise<number> {
  const end = joinRemotely();
  try {
    await work();
  } catch (error) {
    end();
    throw error;
  }
  return end();
}

function removeAll(): void {
  for (const remote of ofStates.values()) remote[Symbol.dispose]();
  ofStates.clear();
}

globalThis.addEventListener("unload", removeAll);
