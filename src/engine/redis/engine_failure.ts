/** The error that ends a run because of its engine. */
import { recordError } from "../../base/error_record.ts";
import { EngineError } from "../../base/errors.ts";
import { isReplyError, replyText } from "./connection_errors.ts";

/**
 * An error that ends a run. Its message is short, since it becomes the reason of every task that is
 * not run; the detail is printed once.
 */
export class EngineFailure extends EngineError {
  /** The message, and what caused it or can be done. */
  readonly detail: string;

  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail === undefined ? message : `${message}: ${detail}`;
  }
}

/** Converts an error that ends a run. */
export function toEngineFailure(cause: unknown): EngineFailure {
  if (cause instanceof EngineFailure) return cause;
  if (isReplyError(cause)) {
    return new EngineFailure("the engine rejects commands", replyText(cause));
  }
  return new EngineFailure(recordError(cause).message);
}
