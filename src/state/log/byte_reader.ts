/** Reading of bytes of the log. */

import { InternalError } from "../../base/assert.ts";
import { Tag } from "./value_kinds.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Number of UTF-16 units passed to one call: more arguments could overflow the stack. */
const CHUNK_UNITS = 8192;
/** Number of property names in the cache: a power of two. */
const KEY_CACHE_SIZE = 512;
const MAX_CACHED_KEY_LENGTH = 32;

/** Reads bytes of the log. */
export class ByteReader {
  /** The position of the next read. */
  position = 0;
  /** The items that a list had before a record of several steps, until the record is done. */
  savedItems: unknown[] | undefined = undefined;
  /** The index of the first saved item. */
  savedFromIndex = 0;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  /** A hash table of property names, by their bytes: recurring names need not be decoded again. */
  #keyCache: string[] | undefined;

  /** Sets the memory to read from. */
  attach(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a byte. */
  u8(): number {
    return this.#bytes[this.position++]!;
  }

  /** Reads an unsigned integer of 32 bits. */
  u32(): number {
    const value = this.#view.getUint32(this.position, true);
    this.position += 4;
    return value;
  }

  /** Reads a signed integer of 32 bits. */
  i32(): number {
    const value = this.#view.getInt32(this.position, true);
    this.position += 4;
    return value;
  }

  /** Reads a double. */
  f64(): number {
    const value = this.#view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** Reads an object's id. */
  id(): number {
    const low = this.#view.getUint32(this.position, true);
    const high = this.#view.getUint16(this.position + 4, true);
    this.position += 6;
    return high === 0 ? low : low + high * 0x1_0000_0000;
  }

  /** Reads a count of variable length. */
  varint(): number {
    let value = this.#bytes[this.position++]!;
    if (value < 0x80) return value;
    value -= 0x80;
    for (let factor = 0x80;; factor *= 0x80) {
      const byte = this.#bytes[this.position++]!;
      if (byte < 0x80) return value + byte * factor;
      value += (byte - 0x80) * factor;
    }
  }

  /** Reads the number of bytes, then a copy of the bytes. */
  blob(): Uint8Array<ArrayBuffer> {
    return this.copy(this.u32());
  }

  /** Reads a copy of bytes. */
  copy(count: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(count);
    copy.set(this.#bytes.subarray(this.position, this.position + count));
    this.position += count;
    return copy;
  }

  /** Reads a property name or an index. */
  key(): string | number {
    const tag = this.u8();
    if (tag === Tag.int32) return this.i32();
    if (tag === Tag.float64) return this.f64(); // an index past two billion
    return tag === Tag.latin1 ? this.#cachedKey() : this.text(tag);
  }

  /** Reads a string whose tag has been read. */
  text(tag: number): string {
    const count = this.u32();
    const start = this.position;
    const byteCount = tag === Tag.utf16 ? count * 2 : count;
    this.position += byteCount;
    return this.textAt(tag, start, byteCount);
  }

  /** Decodes the text in a range of bytes. */
  protected textAt(tag: number, start: number, byteCount: number): string {
    if (tag === Tag.latin1) return this.#latin1(start, byteCount);
    if (tag === Tag.utf8) return decoder.decode(this.#bytes.subarray(start, start + byteCount));
    if (tag === Tag.utf16) return this.#utf16(start, byteCount / 2);
    throw new InternalError(`The log has no string start ${start - 5}, but ${tag}`);
  }

  #cachedKey(): string {
    const count = this.u32();
    const { position } = this;
    if (count > MAX_CACHED_KEY_LENGTH) {
      this.position += count;
      return this.#latin1(position, count);
    }
    const bytes = this.#bytes;
    let hash = count;
    for (let index = 0; index < count; index++) hash = (hash * 31 + bytes[position + index]!) | 0;
    const slot = hash & (KEY_CACHE_SIZE - 1);
    const cache = this.#keyCache ??= new Array(KEY_CACHE_SIZE).fill("");
    const known = cache[slot]!;
    if (known.length === count && this.#matches(known, position)) {
      this.position += count;
      return known;
    }
    this.position += count;
    return cache[slot] = this.#latin1(position, count);
  }

  #matches(text: string, start: number): boolean {
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) !== this.#bytes[start + index]) return false;
    }
    return true;
  }

  #latin1(start: number, count: number): string {
    const bytes = this.#bytes;
    const end = start + count;
    let text = "";
    for (let index = start; index < end; index++) text += String.fromCharCode(bytes[index]!);
    return text;
  }

  #utf16(start: number, count: number): string {
    let text = "";
    for (let done = 0; done < count; done += CHUNK_UNITS) {
      const units: number[] = [];
      const end = Math.min(count, done + CHUNK_UNITS);
      for (let index = done; index < end; index++) {
        units.push(this.#view.getUint16(start + index * 2, true));
      }
      text += String.fromCharCode(...units);
    }
    return text;
  }
}
