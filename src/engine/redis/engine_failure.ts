/** Why a run cannot go on at its engine. */
import { recordError } from "../../base/error_record.ts";
import { EngineError } from "../../base/errors.ts";
import { isReply, replyText } from "./connection_errors.ts";

/**
 * See the head of this file. The message is short: each task that is not run is told it. What more there is to say, as
 * what can be done about it, is said once.
 */
export class EngineFailure extends EngineError {
  /** All there is to say. */
  readonly full: string;

  constructor(message: string, more?: string) {
    super(message);
    this.full = more === undefined ? message : `${message}: ${more}`;
  }
}

/** The trouble that anything is which ends a run. */
export function toEngineFailure(cause: unknown): EngineFailure {
  if (cause instanceof EngineFailure) return cause;
  if (isReply(cause)) return new EngineFailure("the engine refuses", replyText(cause));
  return new EngineFailure(recordError(cause).message);
}
