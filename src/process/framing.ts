/**
 * Messages as bytes. A message is a frame: the length of its JSON, the JSON, and optional bytes.
 *
 * To a process, each pipe has one writer, and frames are written as they are. From the processes,
 * all messages come through one pipe. The system writes up to PIPE_BUF bytes atomically, never
 * mixed with other writers' bytes, and never in part when the writer is killed; so a frame is cut
 * into chunks of that size, each with the key of its process and flags for the first and the last.
 * A task may run out of stack between two chunks: the next first chunk discards the incomplete
 * frame.
 *
 * Tasks can write to that pipe, too, whatever their permissions. So a process is identified by a
 * peer key that no task can read: bytes that do not begin with a known key are skipped.
 */
import type { FromProcess, HubMessage } from "./ipc_protocol.ts";
import { parsePlain, plainJson } from "./plain_json.ts";

/** Chunk size in bytes. POSIX guarantees 512; Linux writes 4096 bytes atomically. */
const CHUNK_BYTES = Deno.build.os === "linux" ? 4096 : 512;
const KEY_BYTES = 16;
/** Bytes of a chunk's header: key, length and flags. */
const HEADER_BYTES = KEY_BYTES + 3;
const FIRST = 1;
const LAST = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Creates a secret peer key, in hexadecimal digits: every chunk of a process begins with it. */
export function createPeerKey(): string {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES)).toHex();
}

/** A message of a process. */
export interface InboundMessage {
  /** The peer key of the process. */
  readonly key: string;
  readonly message: FromProcess | HubMessage;
  /** Bytes after the message. */
  readonly bytes: Uint8Array;
}

/**
 * Cuts a message into chunks, and writes each atomically.
 *
 * @param key The peer key, as bytes: a task may have replaced the function that parses its digits.
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

/** Reassembles the messages of all processes. */
export class InboundReader {
  #remainder: Uint8Array = new Uint8Array(0);
  readonly #partial = new Map<string, Uint8Array[]>();
  readonly #isKnown: (key: string) => boolean;

  /** @param isKnown Whether a key belongs to a registered process. */
  constructor(isKnown: (key: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** Decodes the bytes of one read. Returns the complete messages. */
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

  /** Discards the incomplete message of a process that is gone. */
  forget(key: string): void {
    this.#partial.delete(key);
  }
}

function decodeMessage(key: string, whole: Uint8Array): InboundMessage {
  const length = new DataView(whole.buffer, whole.byteOffset).getUint32(0, true);
  const json = decoder.decode(whole.subarray(4, 4 + length));
  return { key, message: parseMessage(json), bytes: whole.subarray(4 + length) };
}

/** Parses a message. Malformed JSON counts as a failure of its process alone. */
function parseMessage(json: string): InboundMessage["message"] {
  try {
    return parsePlain(json) as InboundMessage["message"];
  } catch {
    const error = { type: "ProcessLostError", message: "the process sent a malformed message" };
    return { type: "broken", error } satisfies FromProcess;
  }
}

/** Encodes a message and its bytes as a frame. */
export function encodeFrame(message: unknown, bytes?: Uint8Array): Uint8Array {
  const json = encoder.encode(plainJson(message));
  const frame = new Uint8Array(4 + json.length + (bytes?.length ?? 0));
  new DataView(frame.buffer).setUint32(0, json.length, true);
  frame.set(json, 4);
  if (bytes !== undefined) frame.set(bytes, 4 + json.length);
  return frame;
}

/** Reassembles the messages to a process. */
export class OutboundReader {
  #remainder: Uint8Array = new Uint8Array(0);

  /** Decodes the bytes of one read. Returns the complete messages. */
  decode(input: Uint8Array): unknown[] {
    const bytes = this.#remainder.length === 0 ? input : concat([this.#remainder, input]);
    const messages: unknown[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
      if (end > bytes.length) break;
      // A task may have replaced `push` in its process, which waits for its next message.
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
