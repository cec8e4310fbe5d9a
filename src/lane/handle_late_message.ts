/** Messages that kept threads and processes send about a finished run. */
import { repairErrorRecord } from "../base/repair_error_record.ts";
import { onOneLine } from "../base/text_format.ts";
import { threadName } from "../events/run_event.ts";
import { logger } from "../task/logger.ts";
import type { LaneMessage } from "./lane_message.ts";

/**
 * Handles a late message. Output of leaked code is dropped, as it is where threads are not kept and
 * have ended. An unhandled error is logged: its run is finished, and it does not belong to the next
 * one.
 */
export function handleLateMessage(lane: number, message: LaneMessage): void {
  if (message.type !== "stray") return;
  const { type, message: why } = repairErrorRecord(message.error);
  logger.error(
    `${threadName(lane)}: a finished run leaked an error: ${onOneLine(`${type}: ${why}`)}`,
  );
}
