/** A growing buffer of bytes in local memory, written in little-endian order. */

import { Tag } from "./value_kinds.ts";

const INITIAL_BYTES = 4096;
/** Maximum length in bytes of the buffer that is kept for reuse. */
const MAX_KEPT_BYTES = 1 << 20;
/** Maximum length for which a loop is faster than a call of the engine's text encoder. */
const SHORT_LENGTH = 48;

const encoder = new TextEncoder();

/** A growing buffer of bytes. */
export class ByteWriter {
  /** The buffer, of which {@linkcode length} bytes are written. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Number of bytes written. */
  length = 0;
  #view: DataView;

  /** @param initialBytes The initial size of the buffer. */
  constructor(initialBytes: number = INITIAL_BYTES) {
    this.bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The bytes written, as a view that the next write invalidates. */
  get content(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Discards everything written. */
  rewind(): void {
    this.length = 0;
    if (this.bytes.length <= MAX_KEPT_BYTES) return;
    this.bytes = new Uint8Array(INITIAL_BYTES);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Writes a byte. */
  u8(value: number): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = value;
  }

  /** Writes 16 bits. */
  u16(value: number): void {
    if (this.length + 2 > this.bytes.length) this.#grow(2);
    this.#view.setUint16(this.length, value, true);
    this.length += 2;
  }

  /** Writes a count of variable length: seven bits in each byte, the lowest ones first. */
  varint(count: number): void {
    let rest = count;
    while (rest >= 0x80) {
      const low = rest % 0x80;
      this.u8(low + 0x80);
      rest = (rest - low) / 0x80;
    }
    this.u8(rest);
  }

  /** Writes 32 bits. */
  u32(value: number): void {
    if (this.length + 4 > this.bytes.length) this.#grow(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Writes a double. */
  f64(value: number): void {
    if (this.length + 8 > this.bytes.length) this.#grow(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Writes an object's id: 48 bits, which no run exhausts. */
  id(id: number): void {
    if (this.length + 6 > this.bytes.length) this.#grow(6);
    const start = this.length;
    this.#view.setUint32(start, id, true);
    this.#view.setUint16(start + 4, id / 0x1_0000_0000, true);
    this.length = start + 6;
  }

  /** Writes a tag and a number. */
  number(value: number): void {
    if (this.length + 9 > this.bytes.length) this.#grow(9);
    const start = this.length;
    // -0 is not an int32: it would be decoded as 0.
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.bytes[start] = Tag.int32;
      this.#view.setInt32(start + 1, value, true);
      this.length = start + 5;
    } else {
      this.bytes[start] = Tag.float64;
      this.#view.setFloat64(start + 1, value, true);
      this.length = start + 9;
    }
  }

  /** Writes a tag and a string. */
  string(text: string): void {
    const count = text.length;
    if (count > SHORT_LENGTH && text.isWellFormed()) return this.#utf8(text);
    if (this.length + 5 + count > this.bytes.length) this.#grow(5 + count);
    const { bytes, length: start } = this;
    for (let index = 0; index < count; index++) {
      const code = text.charCodeAt(index);
      if (code > 0xff) return this.#utf16(text);
      bytes[start + 5 + index] = code;
    }
    bytes[start] = Tag.latin1;
    this.#view.setUint32(start + 1, count, true);
    this.length = start + 5 + count;
  }

  /** Writes a property name or an index. */
  propertyKey(key: string | number): void {
    if (typeof key === "number") this.number(key);
    else this.string(key);
  }

  /** Writes the number of bytes, then the bytes. */
  blob(blob: Uint8Array): void {
    this.u32(blob.length);
    this.raw(blob);
  }

  /** Writes bytes as they are. */
  raw(blob: Uint8Array): void {
    if (this.length + blob.length > this.bytes.length) this.#grow(blob.length);
    this.bytes.set(blob, this.length);
    this.length += blob.length;
  }

  /** Returns the next bytes for writing, which the next write invalidates. */
  reserve(count: number): Uint8Array {
    if (this.length + count > this.bytes.length) this.#grow(count);
    const start = this.length;
    this.length += count;
    return this.bytes.subarray(start, this.length);
  }

  /** Copies the bytes written. For short content a loop is faster than a call. */
  copyTo(target: Uint8Array, start: number): void {
    const { bytes, length } = this;
    if (length <= SHORT_LENGTH) {
      for (let index = 0; index < length; index++) target[start + index] = bytes[index]!;
    } else target.set(this.content, start);
  }

  #utf8(text: string): void {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    const maxBytes = text.length * 3;
    if (this.length + 5 + maxBytes > this.bytes.length) this.#grow(5 + maxBytes);
    const start = this.length;
    const { written } = encoder.encodeInto(
      text,
      this.bytes.subarray(start + 5, start + 5 + maxBytes),
    );
    this.bytes[start] = Tag.utf8;
    this.#view.setUint32(start + 1, written, true);
    this.length = start + 5 + written;
  }

  /** Preserves lone surrogates, which UTF-8 cannot encode. */
  #utf16(text: string): void {
    const count = text.length;
    if (this.length + 5 + count * 2 > this.bytes.length) this.#grow(5 + count * 2);
    const start = this.length;
    this.bytes[start] = Tag.utf16;
    this.#view.setUint32(start + 1, count, true);
    for (let index = 0; index < count; index++) {
      this.#view.setUint16(start + 5 + index * 2, text.charCodeAt(index), true);
    }
    this.length = start + 5 + count * 2;
  }

  #grow(count: number): void {
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    bytes.set(this.content);
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
