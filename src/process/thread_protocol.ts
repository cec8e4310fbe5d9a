/**
 * The messages between the main thread and a thread that executes assigned tasks: those of
 * ipc_protocol.ts, without pipes. Responses that the thread blocks for are in shared memory
 * (response_slot.ts).
 */
import type { FromProcess, RemoteStateStart, ToProcess } from "./ipc_protocol.ts";

/** The first message to a thread. */
export interface ThreadStart {
  readonly type: "start";
  readonly lane: number;
  readonly state: RemoteStateStart;
  /** The name of the lock that the thread holds for its whole life. */
  readonly livenessLock: string;
  /** Shared memory of the responses: see response_slot.ts. */
  readonly responses: Int32Array;
  /** Shared memory of the queued messages' count: see backpressure.ts. */
  readonly backpressure: Int32Array;
}

/** A message to a thread. */
export type ToThread = ThreadStart | ToProcess;

/** A message of a thread. */
export type FromThread =
  /** Its liveness lock is held: when that is released, the thread is gone. */
  | { readonly type: "alive" }
  /** An event or a request, with the bytes that belong to it. */
  | { readonly type: "event"; readonly event: FromProcess; readonly bytes?: Uint8Array };
