/** The last of what a process has printed, from all its streams, in the order it comes. */

/** So much is kept, in UTF-16 units: an error is at the end. */
const TAIL_LENGTH_MAX = 64 * 1024;

/** See the head of this file. */
export interface OutputTail {
  /** All of it, when the streams have ended. */
  readonly ended: Promise<string>;
  /** What there is, though somebody still holds the streams. */
  stop(): string;
}

/** Reads streams to their ends. */
export function outputTail(streams: readonly ReadableStream<Uint8Array>[]): OutputTail {
  let text = "";
  const stopped = new AbortController();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoded = stream.pipeThrough(new TextDecoderStream() as Decoding, {
      signal: stopped.signal,
    });
    try {
      for await (const part of decoded) text = (text + part).slice(-TAIL_LENGTH_MAX);
    } catch {
      // nobody listens any more, or it broke, which ends it too
    }
  };
  return {
    ended: Promise.all(streams.map(read)).then(() => text),
    stop() {
      stopped.abort();
      return text;
    },
  };
}

type Decoding = ReadableWritablePair<string, Uint8Array>;
