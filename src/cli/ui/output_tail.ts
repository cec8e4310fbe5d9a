/** Reads the end of a process's output. */

/** Maximum length of the tail, in UTF-16 units: an error message is at the end of the output. */
const TAIL_LENGTH_MAX = 64 * 1024;

/** The end of a process's output, from all its streams in order of arrival. */
export interface OutputTail {
  /** Resolves with the tail when the streams have ended. */
  readonly ended: Promise<string>;
  /** The tail so far. */
  readonly text: string;
  /** Stops reading and returns the tail so far, even if another process keeps the streams open. */
  stop(): string;
}

/** Reads streams until they end. */
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
      // reading was stopped, or the stream is broken, which ends it too
    }
  };
  return {
    ended: Promise.all(streams.map(read)).then(() => text),
    get text() {
      return text;
    },
    stop() {
      stopped.abort();
      return text;
    },
  };
}

type Decoding = ReadableWritablePair<string, Uint8Array>;
