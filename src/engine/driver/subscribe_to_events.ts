/** The driver's subscription to the events of the workers and to the op log. */
import type { Follower } from "../follower.ts";
import type { WorkerEvent } from "../engine_protocol.ts";
import {
  parseMessage,
  parseOpLogRecord,
  readStreams,
  type StreamSubscription,
} from "../redis/redis_streams.ts";
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
 * published: a read has the op log first, since one read of both costs half as much as two.
 */
export async function subscribeToEvents(
  { session, follower }: { readonly session: DriverSession; readonly follower: Follower },
  backlog: EventBacklog,
  handler: EventHandler,
): Promise<void> {
  const { connections, key } = session;
  const subscriptions: StreamSubscription[] = [{
    key: `${key}:log`,
    from: `${follower.position}-0`,
    handle: (id, fields) => follower.apply(parseOpLogRecord(id, fields)),
  }, {
    key: `${key}:events`,
    from: "0-0",
    handle: (id, fields) => {
      if (positionOf(fields) > follower.position) return false;
      handler.onEvent(parseMessage<WorkerEvent>(fields), backlog.has(id));
      return true;
    },
  }];
  try {
    await readStreams(connections.createClient(), subscriptions, () => handler.isFinished());
  } catch (error) {
    follower.fail(error);
    handler.onError(error);
  }
}

function positionOf(fields: ReadonlyMap<string, Uint8Array>): number {
  const position = fields.get("p");
  return position === undefined ? 0 : Number(new TextDecoder().decode(position));
}
