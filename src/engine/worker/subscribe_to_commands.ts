/** A worker's subscription to the commands of the driver and to the op log. */
import type { Follower } from "../follower.ts";
import type { Connections } from "../redis/connections.ts";
import type { DriverCommand } from "../engine_protocol.ts";
import { parseMessage, parseOpLogRecord, readStreams } from "../redis/redis_streams.ts";

/**
 * Maximum pause between two reads in milliseconds, unless a position is awaited: each read costs
 * the server and this process as much as many entries.
 */
const READ_PAUSE_MS = 4;
/**
 * The same for the op log, which has mostly results: the maximum age of a result that no task
 * depends on. With 1,000 results a second, a read has a hundred of them, and each costs a fifth of
 * what it costs alone.
 */
const LOG_PAUSE_MS = 100;

/** Handles the commands of a run. */
export interface CommandHandler {
  onCommand(command: DriverCommand): void;
  isFinished(): boolean;
  onError(error: unknown): void;
}

/**
 * Subscribes to commands, and to the op log, until the handler is finished.
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
  const isFinished = () => handler.isFinished();
  const log = readStreams(
    connections.createClient(),
    [{
      key: `${key}:log`,
      from: `${follower.position}-0`,
      handle: (id, fields) => follower.apply(parseOpLogRecord(id, fields)),
    }],
    isFinished,
    () => follower.awaited(LOG_PAUSE_MS),
  );
  const commands = readStreams(
    connections.createClient(),
    [{
      key: `${key}:commands`,
      from: lastCommandId,
      handle: (_, fields) => handler.onCommand(parseMessage<DriverCommand>(fields)),
    }, {
      key: `${key}:written`,
      from: `${follower.position}-0`,
      handle: (id) => follower.announce(Number.parseInt(id)),
    }],
    isFinished,
    () => follower.awaited(READ_PAUSE_MS),
  );
  try {
    await Promise.all([log, commands]);
  } catch (error) {
    follower.fail(error);
    handler.onError(error);
  }
}
