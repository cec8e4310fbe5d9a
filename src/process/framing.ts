/**
 * Messages as bytes. A message is JSON, with bytes after it where it carries some.
 *
 * Down, each pipe has one writer: a frame is a length and JSON. Up, all processes write to one pipe. The
 * system writes up to PIPE_BUF bytes whole, never mixed with what others write, and never in part when
 * the writer is killed; so a message goes in pieces of that size, each with its process and whether
 * it is the first and the last. A task may run out of stack between two of them: then the next that is a
 * first has it forgotten.
 *
 * Tasks may write to that pipe as well, whatever else they may not. So a process is known by a key that no
 * task can read: what does not begin with one was not said by the library, and is passed over.
 */
import type { FromProcess } from "./ipc_protocol.ts";
import { parsePlain, plainJson } from "./plain_json.ts";

/** What POSIX promises is 512; every system we know writes this many bytes whole. */
const CHUNK_BYTES = Deno.build.os === "linux" ? 4096 : 512;
const KEY_BYTES = 16;
/** Key, length and flags piece it is, before what a piece holds. */
const HEADER_BYTES = KEY_BYTES + 3;
const FIRST = 1;
const LAST = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What nobody can guess, in hexadecimal digits: the pieces of one process begin with it. */
export function createPeerKey(): string {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES)).toHex();
}

/** A message from below. */
export interface InboundMessage {
  /** Whose it is. */
  readonly key: string;
  // deno-lint-ignore no-explicit-any -- the wire's own type stands in ipc_protocol.ts
  readonly message: any;
  /** What follows the message. */
  readonly bytes: Uint8Array;
}

/**
 * Cuts a message into pieces, and writes each at once.
 *
 * @param key Whose it is, as bytes: what makes bytes of digits may be another by now, by a task's doing.
 */
export function writeChunks(
  write: (chunk: Uint8Array) => number,
  key: Uint8Array,
  message: unknown,
  bytes?: Uint8Array,
): void {
  const frame = encodeFrame(message, bytes);
  for (let at = 0; at < frame.length;) {
    const part = frame.subarray(at, at + CHUNK_BYTES - HEADER_BYTES);
    const flags = at === 0 ? FIRST : 0;
    at += part.length;
    const chunk = new Uint8Array(HEADER_BYTES + part.length);
    const view = new DataView(chunk.buffer, KEY_BYTES);
    chunk.set(key);
    view.setUint16(0, part.length, true);
    view.setUint8(2, at === frame.length ? flags | LAST : flags);
    chunk.set(part, HEADER_BYTES);
    write(chunk);
  }
}

/** Puts messages together again. */
export class InboundReader {
  #remainder: Uint8Array = new Uint8Array(0);
  readonly #partial = new Map<string, Uint8Array[]>();
  readonly #isKnown: (key: string) => boolean;

  /** @param isKnown Whether a key is that of somebody who may speak. */
  constructor(isKnown: (key: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** Takes what was read. Returns the messages that are whole. */
  decode(input: Uint8Array): InboundMessage[] {
    const bytes = concat([this.#remainder, input]);
    const messages: InboundMessage[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const key = bytes.subarray(at, at + KEY_BYTES).toHex();
      if (!this.#isKnown(key)) {
        at++;
        continue;
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset + at + KEY_BYTES);
      const end = at + HEADER_BYTES + view.getUint16(0, true);
      if (end > bytes.length) break;
      const flags = view.getUint8(2);
      const parts = (flags & FIRST) === 0 ? this.#partial.get(key) ?? [] : [];
      parts.push(bytes.slice(at + HEADER_BYTES, end));
      if ((flags & LAST) !== 0) {
        this.#partial.delete(key);
        messages.push(decodeMessage(key, concat(parts)));
      } else this.#partial.set(key, parts);
      at = end;
    }
    this.#remainder = bytes.slice(at);
    return messages;
  }

  /** A process is gone: what it did not say to the end is forgotten. */
  forget(key: string): void {
    this.#partial.delete(key);
  }
}

function decodeMessage(key: string, whole: Uint8Array): InboundMessage {
  const length = new DataView(whole.buffer, whole.byteOffset).getUint32(0, true);
  const json = decoder.decode(whole.subarray(4, 4 + length));
  return { key, message: parseMessage(json), bytes: whole.subarray(4 + length) };
}

/** One process that talks nonsense has broken; the others are heard. */
function parseMessage(json: string): unknown {
  try {
    return parsePlain(json);
  } catch {
    const error = { type: "ProcessLostError", message: "what it said cannot be read" };
    return { type: "broken", error } satisfies FromProcess;
  }
}

/** The frame of a message: it goes down as it is, and up, with bytes after it, in pieces. */
export function encodeFrame(message: unknown, bytes?: Uint8Array): Uint8Array {
  const json = encoder.encode(plainJson(message));
  const frame = new Uint8Array(4 + json.length + (bytes?.length ?? 0));
  new DataView(frame.buffer).setUint32(0, json.length, true);
  frame.set(json, 4);
  if (bytes !== undefined) frame.set(bytes, 4 + json.length);
  return frame;
}

/** Cuts what came down into messages. */
export class OutboundReader {
  #remainder: Uint8Array = new Uint8Array(0);

  /** Takes what was read. Returns the messages that are whole. */
  decode(input: Uint8Array): unknown[] {
    const bytes = this.#remainder.length === 0 ? input : concat([this.#remainder, input]);
    const messages: unknown[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
      if (end > bytes.length) break;
      // A task may have replaced `push` in its process, flags waits for its next message.
      messages[messages.length] = parsePlain(decoder.decode(bytes.subarray(at + 4, end)));
      at = end;
    }
    this.#remainder = bytes.slice(at);
    return messages;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
