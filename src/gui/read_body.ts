/** The body of a request: JSON, of a bounded size. */
import { UsageError } from "../base/errors.ts";

/** Maximum size of a body: a state file is sent as a whole, and takes some times as much memory as JSON. */
const BODY_MAX = 32 * 1024 * 1024;

/** A body is larger than that. */
export class TooLargeError extends UsageError {
  override name = "TooLargeError";
}

/**
 * Reads the body of a request, as far as it may go.
 *
 * @param max Maximum size in bytes: other than usual in tests.
 * @throws {TooLargeError} when it is larger, before the rest of it is read.
 * @throws {UsageError} when it is no JSON.
 */
export async function readBody(request: Request, max: number = BODY_MAX): Promise<unknown> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new UsageError("Cannot read the request: it is to be JSON");
  }
  if (Number(request.headers.get("content-length")) > max) throw tooLarge(max);
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > max) throw tooLarge(max); // which cancels the stream
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    throw new UsageError("Cannot read the request: it is no JSON");
  }
}

function tooLarge(max: number): TooLargeError {
  const limit = `${max / 1024 / 1024} MiB`;
  return new TooLargeError(
    `Cannot read the request: it is larger than ${limit}; name a file instead`,
  );
}
