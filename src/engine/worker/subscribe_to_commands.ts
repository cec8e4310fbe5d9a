/** A worker listens to what it is told, and follows what others do to the state. */
import type { Follower } from "../follower.ts";
import type { Connections } from "../redis/connections.ts";
import type { DriverCommand } from "../engine_protocol.ts";
import { logEntryOf, messageOf, readStreams } from "../redis/redis_streams.ts";

/** Who listens. */
export interface CommandHandler {
  hear(told: DriverCommand): void;
  isOver(): boolean;
  fail(error: unknown): void;
}

/**
 * Listens until it is over.
 *
 * @param key What all keys of the run begin with.
 * @param toldFrom What was told up to there is of no concern.
 */
export async function subscribeToCommands(
  connections: Connections,
  key: string,
  follower: Follower,
  toldFrom: string,
  listener: CommandHandler,
): Promise<void> {
  try {
    await readStreams(connections.another(), [{
      key: `${key}:log`,
      from: `${follower.place}-0`,
      take: (id, fields) => follower.take(logEntryOf(id, fields)),
    }, {
      key: `${key}:commands`,
      from: toldFrom,
      take: (_, fields) => listener.hear(messageOf<DriverCommand>(fields)),
    }], () => listener.isOver());
  } catch (error) {
    follower.break(error);
    listener.fail(error);
  }
}
