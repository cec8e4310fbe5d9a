/** Conversion of errors to lists of properties, and back. */

import { ERROR_CLASSES, Kind } from "./value_kinds.ts";

/** Properties that errors hide from enumeration. */
const HIDDEN = new Set(["name", "message", "stack", "cause", "errors"]);

/** Lists the properties of an error, including further own ones. */
export function errorProperties(error: Error, kind: number): [key: string, value: unknown][] {
  const parts: [string, unknown][] = [];
  if (typeof error.stack === "string") parts.push(["stack", error.stack]);
  parts.push(["message", error.message]);
  if (error.name !== ERROR_CLASSES[kind - Kind.error]!.prototype.name) {
    parts.push(["name", error.name]);
  }
  if (Object.hasOwn(error, "cause")) parts.push(["cause", error.cause]);
  if (Object.hasOwn(error, "errors")) parts.push(["errors", (error as AggregateError).errors]);
  for (const key of Object.keys(error)) {
    if (!HIDDEN.has(key)) parts.push([key, (error as unknown as Record<string, unknown>)[key]]);
  }
  return parts;
}

/** Creates an error of a kind, without properties. */
export function emptyError(kind: number): Error {
  const type = ERROR_CLASSES[kind - Kind.error]!;
  const error: Error = (type as unknown) === AggregateError ? new AggregateError([]) : new type();
  clearError(error);
  return error;
}

/** Deletes all properties of an error. */
export function clearError(error: Error): void {
  for (const key of Reflect.ownKeys(error)) Reflect.deleteProperty(error, key);
}

/** Sets a property of an error, enumerable or not as in built-in errors. */
export function setErrorPart(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    enumerable: !HIDDEN.has(key),
    writable: true,
    configurable: true,
  });
}
