/** The driver listens to what its workers say, and follows what they do to the state. */
import type { Follower } from "../follower.ts";
import type { WorkerEvent } from "../engine_protocol.ts";
import { logEntryOf, messageOf, readStreams } from "../redis/redis_streams.ts";
import type { DriverSession } from "./driver_session.ts";
import type { EventBacklog } from "./event_backlog.ts";

/** Who listens. */
export interface EventHandler {
  /** Hears what was said; `isPast` if it was to another driver before. */
  hear(said: WorkerEvent, isPast: boolean): void;
  isOver(): boolean;
  fail(error: unknown): void;
}

/** What was said is heard when the state holds what it held when it was said. */
export function subscribeToEvents(
  { link, follower }: { readonly link: DriverSession; readonly follower: Follower },
  past: EventBacklog,
  listener: EventHandler,
): void {
  const { connections, key } = link;
  const isOver = () => listener.isOver();
  const log = readStreams(connections.another(), [{
    key: `${key}:log`,
    from: `${follower.place}-0`,
    take: (id, fields) => follower.take(logEntryOf(id, fields)),
  }], isOver);
  const said = readStreams(connections.another(), [{
    key: `${key}:events`,
    from: "0-0",
    take: async (id, fields) => {
      await follower.reach(placeOf(fields));
      listener.hear(messageOf<WorkerEvent>(fields), past.has(id));
    },
  }], isOver);
  Promise.all([log, said]).catch((error) => {
    follower.break(error);
    listener.fail(error);
  });
}

function placeOf(fields: ReadonlyMap<string, Uint8Array>): number {
  const place = fields.get("p");
  return place === undefined ? 0 : Number(new TextDecoder().decode(place));
}
