/**
 * Validation of error records from another thread, process or machine. A task may have patched the
 * functions that create records there (`String`, `Object.fromEntries`, …), and a malformed record
 * would break every reporter.
 */
import type { ErrorRecord } from "./error_record.ts";

/** Replaces a message that is not a string. */
const UNREADABLE = "an error that cannot be read: its thread sent a malformed record of it";
/** Maximum depth accepted; {@linkcode recordError} creates none as deep. */
const DEPTH_MAX = 20;

/** Returns a record as received, or with its malformed parts replaced. */
export function repairErrorRecord(sent: unknown): ErrorRecord {
  return isWellFormed(sent, 0) ? sent : repair(sent, 0);
}

function isWellFormed(sent: unknown, depth: number): sent is ErrorRecord {
  if (!isObject(sent) || depth > DEPTH_MAX) return false;
  const { type, message, stack, cause, errors, props } = sent;
  return typeof type === "string" && typeof message === "string" &&
    (stack === undefined || typeof stack === "string") &&
    (cause === undefined || isWellFormed(cause, depth + 1)) &&
    (errors === undefined ||
      Array.isArray(errors) && errors.every((it) => isWellFormed(it, depth + 1))) &&
    (props === undefined ||
      isObject(props) && Object.values(props).every((it) => typeof it === "string"));
}

function repair(sent: unknown, depth: number): ErrorRecord {
  if (!isObject(sent) || depth > DEPTH_MAX) return { type: "Error", message: UNREADABLE };
  const { type, message, stack, cause, errors, props } = sent;
  const part = (it: unknown) => isWellFormed(it, 0) ? it : repair(it, depth + 1);
  const texts = isObject(props)
    ? Object.entries(props).filter((it): it is [string, string] => typeof it[1] === "string")
    : [];
  return {
    type: typeof type === "string" ? type : "Error",
    message: typeof message === "string" ? message : UNREADABLE,
    ...(typeof stack === "string" && { stack }),
    ...(cause !== undefined && { cause: part(cause) }),
    ...(Array.isArray(errors) && { errors: errors.map(part) }),
    ...(texts.length > 0 && { props: Object.fromEntries(texts) }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
