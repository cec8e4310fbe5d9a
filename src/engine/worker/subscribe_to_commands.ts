/** A worker listens to what it is told, and follows what others do to the state. */
import type { Follower } from "../follower.ts";
import type { Connections } from "../redis/connections.ts";
import type { DriverCommand } from "../engine_protocol.ts";
import { parseLogEntry, parseMessage, readStreams } from "../redis/redis_streams.ts";

/** Who listens. */
export interface CommandHandler {
  onCommand(command: DriverCommand): void;
  isFinished(): boolean;
  onError(error: unknown): void;
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
  lastCommandId: string,
  handler: CommandHandler,
): Promise<void> {
  try {
    await readStreams(connections.createClient(), [{
      key: `${key}:log`,
      from: `${follower.position}-0`,
      handle: (id, fields) => follower.apply(parseLogEntry(id, fields)),
    }, {
      key: `${key}:commands`,
      from: lastCommandId,
      handle: (_, fields) => handler.onCommand(parseMessage<DriverCommand>(fields)),
    }], () => handler.isFinished());
  } catch (error) {
    follower.fail(error);
    handler.onError(error);
  }
}
