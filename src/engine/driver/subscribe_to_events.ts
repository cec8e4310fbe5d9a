/** The driver's subscription to the events of the workers and to the op log. */
import type { Follower } from "../follower.ts";
import type { WorkerEvent } from "../engine_protocol.ts";
import { parseMessage, parseOpLogRecord, readStreams } from "../redis/redis_streams.ts";
import type { DriverSession } from "./driver_session.ts";
import type { EventBacklog } from "./event_backlog.ts";

/** Handles the events of a run. */
export interface EventHandler {
  /** @param isReplayed Whether the event was published before this driver. */
  onEvent(event: WorkerEvent, isReplayed: boolean): void;
  isFinished(): boolean;
  onError(error: unknown): void;
}

/**
 * Subscribes to events. Each is handled once the state has reached the position at which it was
 * published.
 */
export function subscribeToEvents(
  { session, follower }: { readonly session: DriverSession; readonly follower: Follower },
  backlog: EventBacklog,
  handler: EventHandler,
): void {
  const { connections, key } = session;
  const isFinished = () => handler.isFinished();
  const log = readStreams(connections.createClient(), [{
    key: `${key}:log`,
    from: `${follower.position}-0`,
    handle: (id, fields) => follower.apply(parseOpLogRecord(id, fields)),
  }], isFinished);
  const events = readStreams(connections.createClient(), [{
    key: `${key}:events`,
    from: "0-0",
    handle: async (id, fields) => {
      await follower.reach(positionOf(fields));
      handler.onEvent(parseMessage<WorkerEvent>(fields), backlog.has(id));
    },
  }], isFinished);
  Promise.all([log, events]).catch((error) => {
    follower.fail(error);
    handler.onError(error);
  });
}

function positionOf(fields: ReadonlyMap<string, Uint8Array>): number {
  const position = fields.get("p");
  return position === undefined ? 0 : Number(new TextDecoder().decode(position));
}
