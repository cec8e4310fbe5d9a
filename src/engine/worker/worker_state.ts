/**
 * A worker's replica of a run's state: follows the op log, and writes a copy of it to a file for
 * the processes.
 */
import { ProcessHub } from "../../process/process_hub.ts";
import { SharedState } from "../../state/shared_state.ts";
import type { Connections } from "../redis/connections.ts";
import { Follower } from "../follower.ts";
import { STATE_BYTES } from "../engine_protocol.ts";
import { readStateBase, type StateBase, StateLog } from "../state_log.ts";

/**
 * Maximum size of the replica in bytes: twice the limit of the engine and more, so that the
 * engine's limit is hit first.
 */
const MAX_BYTES = 2 * STATE_BYTES + (64 << 20);

/** A worker's replica of a run's state. */
export class WorkerState {
  readonly hub: ProcessHub;
  readonly follower: Follower;
  readonly log: StateLog;
  /** Maximum size of a copy in bytes. */
  readonly maxBytes = MAX_BYTES;

  private constructor(hub: ProcessHub, follower: Follower, log: StateLog) {
    this.hub = hub;
    this.follower = follower;
    this.log = log;
  }

  /**
   * Reads the base of the op log; the follower applies the rest.
   *
   * @param worker The prefix of the senders on this machine.
   * @returns Undefined if the run is finished.
   */
  static async open(
    connections: Connections,
    key: string,
    worker: string,
  ): Promise<WorkerState | undefined> {
    const base = await readBase(connections, key);
    if (base === undefined) return undefined;
    const { position, snapshot } = base;
    const state = SharedState.create({ maxBytes: MAX_BYTES });
    state.replica.loadSnapshot(snapshot);
    const hub = new ProcessHub(state);
    const follower = new Follower(
      state,
      position,
      () => hub.log.position,
      (sender) => sender.startsWith(`${worker}.`),
    );
    const log = new StateLog(connections, key, follower, state.replica);
    return new WorkerState(hub, follower, log);
  }
}

/**
 * Reads by another connection: on the main one, heartbeats would wait for the end of a large
 * snapshot.
 */
async function readBase(connections: Connections, key: string): Promise<StateBase | undefined> {
  const main = connections.createClient();
  try {
    return await readStateBase({ main }, key);
  } finally {
    main.disconnect();
  }
}
