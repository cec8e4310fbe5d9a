/** What a worker has of a run's state: a copy that follows, in a file that its processes read. */
import { ProcessHub } from "../../process/process_hub.ts";
import { SharedState } from "../../state/shared_state.ts";
import type { Connections } from "../redis/connections.ts";
import { Follower } from "../follower.ts";
import { STATE_BYTES } from "../engine_protocol.ts";
import { type StateBase, stateBase, StateLog } from "../state_log.ts";

/** The copy has room to spare: it is at the engine that there is no more room first. */
const MAX_BYTES = 2 * STATE_BYTES + (64 << 20);

/** See the head of this file. */
export class WorkerState {
  readonly house: ProcessHub;
  readonly follower: Follower;
  readonly log: StateLog;
  /** How large a copy may be. */
  readonly maxBytes = MAX_BYTES;

  private constructor(house: ProcessHub, follower: Follower, log: StateLog) {
    this.house = house;
    this.follower = follower;
    this.log = log;
  }

  /**
   * Reads the state as it was when its log began; the rest is followed.
   *
   * @returns Undefined where the run is over.
   * @param worker What the senders of this machine begin with.
   */
  static async open(
    connections: Connections,
    key: string,
    worker: string,
  ): Promise<WorkerState | undefined> {
    const base = await readBase(connections, key);
    if (base === undefined) return undefined;
    const { place, snapshot } = base;
    const state = SharedState.create({ maxBytes: MAX_BYTES });
    state.replica.loadSnapshot(snapshot);
    const house = new ProcessHub(state);
    const follower = new Follower(
      state,
      place,
      () => house.log.position,
      (sender) => sender.startsWith(`${worker}.`),
    );
    const log = new StateLog(connections, key, follower, state.replica);
    return new WorkerState(house, follower, log);
  }
}

/** By a connection of its own: on the other, all that the worker says of itself would wait for the end of it. */
async function readBase(connections: Connections, key: string): Promise<StateBase | undefined> {
  const main = connections.another();
  try {
    return await stateBase({ main }, key);
  } finally {
    main.disconnect();
  }
}
