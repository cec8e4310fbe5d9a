/**
 * Opaque values: dates, regular expressions, bytes. A replica keeps them as real objects whose
 * content never changes, so that no thread can change its own copy alone.
 */

import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { StateCloneError } from "../state_errors.ts";
import { reinstate, restoreAll } from "./intrinsics.ts";
import { type Binary, BINARY_CLASSES, Kind, viewPart } from "./value_kinds.ts";

/** Returns the bytes of an ArrayBuffer or a view. */
export function bytesOf(binary: Binary): Uint8Array {
  if (!ArrayBuffer.isView(binary)) return new Uint8Array(binary);
  const [offset, length] = [viewPart(binary, "byteOffset"), viewPart(binary, "byteLength")];
  return new Uint8Array(bufferOf(binary), offset as number, length as number);
}

function bufferOf(binary: Binary): ArrayBufferLike {
  return ArrayBuffer.isView(binary) ? viewPart(binary, "buffer") as ArrayBufferLike : binary;
}

/** Whether the buffer was transferred, so that it has no bytes any more. */
export function isDetached(binary: Binary): boolean {
  const buffer = bufferOf(binary);
  return buffer instanceof ArrayBuffer && buffer.detached; // shared memory is never transferred
}

/**
 * Writes the content of a leaf. Only built-in methods read it, since a user's subclass may return
 * something else, of which no thread could create a leaf.
 */
export function writeLeaf(writer: ByteWriter, kind: number, leaf: object): void {
  if (kind === Kind.date) {
    writer.f64(Date.prototype.getTime.call(leaf));
  } else if (kind === Kind.regexp) {
    const replaced = restoreAll();
    const { source, flags } = new RegExp(leaf as RegExp);
    reinstate(replaced);
    writer.string(source);
    writer.string(flags);
  } else {
    writer.blob(bytesOf(leaf as Binary));
  }
}

/** Creates a leaf of the content that {@linkcode writeLeaf} has written. */
export function readLeaf(reader: ByteReader, kind: number): object {
  if (kind === Kind.date) return createSharedDate(reader.f64());
  if (kind === Kind.regexp) {
    const source = reader.text(reader.u8());
    return new RegExp(source, reader.text(reader.u8()));
  }
  return makeBinary(kind, reader.blob().buffer);
}

/** Creates a date whose setters throw. */
export function createSharedDate(timeMs: number): Date {
  return Object.setPrototypeOf(new Date(timeMs), sharedDate);
}

/** Creates a view of the given kind; for the kind of ArrayBuffer, returns the buffer. */
export function makeBinary(kind: number, buffer: ArrayBuffer): Binary {
  return kind === Kind.binary ? buffer : new BINARY_CLASSES[kind - Kind.binary]!(buffer);
}

/**
 * Makes an opaque value immutable, as far as the object itself allows. Tags are set before this.
 * Regular expressions keep `lastIndex`, a cursor that belongs to each thread; a proxy guards bytes.
 */
export function sealOpaque(kind: number, leaf: object): void {
  if (kind === Kind.date) Object.freeze(leaf);
  else if (kind === Kind.regexp) {
    Object.defineProperty(leaf, "compile", { value: () => throwImmutable("RegExp", "compile()") });
    Object.preventExtensions(leaf);
  }
}

/** Throws the error of a change in place of an opaque value. */
export function throwImmutable(what: string, method: string): never {
  throw new StateCloneError(
    `${method}: a ${what} in the shared state cannot be changed in place; ` +
      `assign a new one instead (snapshot(value) gives a copy of your own)`,
  );
}

/**
 * The prototype of dates in the state, whose setters throw. Dates are real objects, not proxies:
 * `new Date(date)` would convert a proxy to text and lose the milliseconds.
 */
const sharedDate: object = (() => {
  const prototype = Object.create(Date.prototype);
  for (const name of Object.getOwnPropertyNames(Date.prototype)) {
    if (!name.startsWith("set")) continue;
    const value = () => throwImmutable("Date", `${name}()`);
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
  return prototype;
})();
