/**
 * Values without members: dates, regular expressions, bytes. A replica keeps them as real objects
 * whose content never changes, so that nobody can change one thread's copy alone.
 */

import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { StateCloneError } from "../state_errors.ts";
import { reinstate, restoreAll } from "./intrinsics.ts";
import { type Binary, BINARY_CLASSES, Kind, viewPart } from "./value_kinds.ts";

/** The bytes an ArrayBuffer or a view shows. */
export function bytesOf(binary: Binary): Uint8Array {
  if (!ArrayBuffer.isView(binary)) return new Uint8Array(binary);
  const [offset, length] = [viewPart(binary, "byteOffset"), viewPart(binary, "byteLength")];
  return new Uint8Array(bufferOf(binary), offset as number, length as number);
}

function bufferOf(binary: Binary): ArrayBufferLike {
  return ArrayBuffer.isView(binary) ? viewPart(binary, "buffer") as ArrayBufferLike : binary;
}

/** Whether the bytes have been transferred to somewhere else. */
export function isDetached(binary: Binary): boolean {
  const buffer = bufferOf(binary);
  return buffer instanceof ArrayBuffer && buffer.detached; // what is shared is never transferred
}

/**
 * Writes what a leaf is made of. A class of the user's may say something else of itself, which no thread
 * could make a leaf of, so nobody else is asked.
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

/** Makes a leaf of what {@linkcode writeLeaf} wrote. */
export function readLeaf(reader: ByteReader, kind: number): object {
  if (kind === Kind.date) return Object.setPrototypeOf(new Date(reader.f64()), sharedDate);
  if (kind === Kind.regexp) {
    const source = reader.text(reader.u8());
    return new RegExp(source, reader.text(reader.u8()));
  }
  return makeBinary(kind, reader.blob().buffer);
}

/** Shows a buffer as what the kind says; for the kind of ArrayBuffers it is what it is. */
export function makeBinary(kind: number, buffer: ArrayBuffer): Binary {
  return kind === Kind.binary ? buffer : new BINARY_CLASSES[kind - Kind.binary]!(buffer);
}

/**
 * Forbids what can be forbidden on the object itself. Stamps are put on before this. Regular
 * expressions keep `lastIndex`, a cursor that belongs to each thread; bytes are guarded by a proxy.
 */
export function sealOpaque(kind: number, leaf: object): void {
  if (kind === Kind.date) Object.freeze(leaf);
  else if (kind === Kind.regexp) {
    Object.defineProperty(leaf, "compile", { value: () => throwImmutable("RegExp", "compile()") });
    Object.preventExtensions(leaf);
  }
}

/** Says that bytes or a date of the state cannot be changed in place. */
export function throwImmutable(what: string, method: string): never {
  throw new StateCloneError(
    `${method}: a ${what} in the shared state cannot be changed in place; ` +
      `assign a new one instead (snapshot(value) gives a copy of your own)`,
  );
}

/**
 * The prototype of dates in the state: real dates, for `new Date(date)` would read a proxy as text
 * and lose its milliseconds, whose setters throw.
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
