/** What threads and processes that are kept say of a run that is over. */
import { repairErrorRecord } from "../base/repair_error_record.ts";
import { onOneLine } from "../base/text_format.ts";
import { threadName } from "../events/run_event.ts";
import { logger } from "../task/logger.ts";
import type { LaneMessage } from "./lane_message.ts";

/**
 * Takes it in. What left-behind code prints is dropped, as it is where threads are not kept: they have
 * ended. An error that nobody caught is logged: it comes too late for its run, and is not the next one's.
 */
export function handleLateMessage(lane: number, message: LaneMessage): void {
  if (message.type !== "stray") return;
  const { type, message: why } = repairErrorRecord(message.error);
  logger.error(
    `${threadName(lane)}: a run that is over left an error behind: ${onOneLine(`${type}: ${why}`)}`,
  );
}
