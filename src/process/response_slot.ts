/**
 * Shared memory for the response that a thread blocks for: one at a time, since the thread makes
 * one request at a time. Each side has an instance on the same words.
 *
 * Words:     ID of the latest response, its LENGTH in bytes, CLOSED; then the response as JSON
 * Writers:   the main thread alone; the ID is written last
 * Guarantee: a thread in a wait ends it within a slice when the slot is closed.
 * Race prevented: a late response overwrites a newer one while that is read. A thread may abandon a
 *            request when it runs out of stack. So `respond` is only called with the response to
 *            the latest request that the main thread has received.
 */
import { load, store } from "../sync/atomics.ts";
import { waitWhile, wake } from "../sync/wait.ts";
import type { RpcResponse } from "./ipc_protocol.ts";
import { parsePlain, plainJson } from "./plain_json.ts";

const ID = 0;
const LENGTH = 1;
const CLOSED = 2;
const HEADER_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;
const CONTENT_BYTES = 64 * 1024;
/**
 * Maximum number of characters of an error message: each takes at most 6 bytes of JSON, so that the
 * message fits, with its type.
 */
const MESSAGE_CHARS_MAX = 10_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The memory of one response. */
export class ResponseSlot {
  /** Shared memory of both sides. */
  readonly words: Int32Array;
  readonly #content: Uint8Array;

  /** @param words Those that the other side has created. */
  constructor(words: Int32Array = newWords()) {
    this.words = words;
    this.#content = new Uint8Array(words.buffer, HEADER_BYTES);
  }

  /** Whether the main thread has abandoned the thread. */
  get isClosed(): boolean {
    return load(this.words, CLOSED) !== 0;
  }

  /** Writes a response, and wakes the thread. */
  respond(response: RpcResponse): void {
    const bytes = encoder.encode(plainJson(bounded(response)));
    this.#content.set(bytes);
    store(this.words, LENGTH, bytes.length);
    store(this.words, ID, response.id);
    wake(this.words, ID);
  }

  /**
   * Blocks until the response with this id is there.
   *
   * @param check Called before each slice of the wait. An error thrown by it ends the wait.
   */
  wait(id: number, check: () => void): RpcResponse {
    const { words } = this;
    for (let found = load(words, ID); found !== id; found = load(words, ID)) {
      waitWhile(words, ID, found, { check });
    }
    const bytes = this.#content.slice(0, load(words, LENGTH)); // a decoder takes no shared memory
    return parsePlain(decoder.decode(bytes)) as RpcResponse;
  }

  /** Ends all waits for good. */
  close(): void {
    store(this.words, CLOSED, 1);
    wake(this.words, ID);
  }
}

function bounded(response: RpcResponse): RpcResponse {
  if ("response" in response) return response;
  const { id, error: { type, message } } = response;
  return { id, error: { type, message: message.slice(0, MESSAGE_CHARS_MAX) } };
}

function newWords(): Int32Array {
  const buffer = new SharedArrayBuffer(HEADER_BYTES + CONTENT_BYTES);
  return new Int32Array(buffer);
}
