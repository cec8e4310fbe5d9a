/** A worker's subscription to the commands of the driver and to the op log. */
import type { Follower } from "../follower.ts";
import type { Connections } from "../redis/connections.ts";
import type { DriverCommand } from "../engine_protocol.ts";
import { parseMessage, parseOpLogRecord, readStreams } from "../redis/redis_streams.ts";

/** Handles the commands of a run. */
export interface CommandHandler {
  onCommand(command: DriverCommand): void;
  isFinished(): boolean;
  onError(error: unknown): void;
}

/**
 * Subscribes to commands until the handler is finished.
 *
 * @param key The prefix of the run's keys.
 * @param lastCommandId The id of the last command before the worker joined.
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
      handle: (id, fields) => follower.apply(parseOpLogRecord(id, fields)),
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
