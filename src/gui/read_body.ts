/** Bodies of requests: JSON of a limited size. */
import { UsageError } from "../base/errors.ts";

/**
 * Maximum size of a body, in bytes. The largest bodies are state files, which take several times
 * their size in memory once they are parsed.
 */
const BODY_MAX = 32 * 1024 * 1024;

/** The body of a request is larger than the limit. */
export class TooLargeError extends UsageError {
  override name = "TooLargeError";
}

/**
 * Reads and parses the body of a request.
 *
 * @param max Maximum size in bytes, for tests.
 * @throws {TooLargeError} when the body is larger, before the rest is read.
 * @throws {UsageError} when the body is not JSON.
 */
export async function readBody(request: Request, max: number = BODY_MAX): Promise<unknown> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new UsageError("Cannot read the request: expected Content-Type application/json");
  }
  if (Number(request.headers.get("content-length")) > max) throw tooLarge(max);
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > max) throw tooLarge(max); // leaving the loop cancels the stream
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    throw new UsageError("Cannot read the request: invalid JSON");
  }
}

function tooLarge(max: number): TooLargeError {
  const limit = `${max / 1024 / 1024} MiB`;
  return new TooLargeError(
    `Cannot read the request: the body is larger than ${limit}; open the file by its path`,
  );
}
