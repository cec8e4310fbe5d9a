/** What a pool at an engine is made from. */
import type { SharedState } from "../../state/shared_state.ts";
import type { Follower } from "../follower.ts";
import type { DriverSession } from "./driver_session.ts";

/** See the head of this file. */
export interface EnginePoolOptions {
  readonly link: DriverSession;
  readonly state: SharedState;
  readonly follower: Follower;
  /** How many tasks may run at once. */
  readonly size: number;
  readonly isResumed: boolean;
  /** Whether somebody knows its id, so that it can be gone on with. */
  readonly isNamed: boolean;
  /** The module by which the run is known. */
  readonly module: string;
  /** How a worker is started. */
  readonly howTo: string;
}
