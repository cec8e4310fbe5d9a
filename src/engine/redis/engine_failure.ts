/** Why a run cannot go on at its engine. */
import { recordError } from "../../base/error_record.ts";
import { EngineError } from "../../base/errors.ts";
import { isReplyError, replyText } from "./connection_errors.ts";

/**
 * See the head of this file. The message is short: each task that is not run is told it. What more there is to say, as
 * what can be done about it, is said once.
 */
export class EngineFailure extends EngineError {
  /** All there is to say. */
  readonly detail: string;

  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail === undefined ? message : `${message}: ${detail}`;
  }
}

/** The trouble that anything is which ends a run. */
export function toEngineFailure(cause: unknown): EngineFailure {
  if (cause instanceof EngineFailure) return cause;
  if (isReplyError(cause)) return new EngineFailure("the engine refuses", replyText(cause));
  return new EngineFailure(recordError(cause).message);
}
