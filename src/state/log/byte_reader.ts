/** Bytes of the log being read. */

import { InternalError } from "../../base/assert.ts";
import { Tag } from "./value_kinds.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const CHUNK = 8192;
/** A power of two: how many keys are remembered. */
const KEYS = 512;
const LONGEST_KEY = 32;

/** See the head of this file. */
export class ByteReader {
  /** Where the next read is. */
  at = 0;
  /** What a list held before a record that takes several steps, until it is done, */
  saved: unknown[] | undefined = undefined;
  /** and from which place on. */
  savedFrom = 0;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  /** Property names come again and again: found by their bytes, they are not built anew. */
  readonly #keys: string[] = new Array(KEYS).fill("");

  /** Reads from this memory from now on. */
  attach(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a byte. */
  u8(): number {
    return this.#bytes[this.at++]!;
  }

  /** Reads 32 bits. */
  u32(): number {
    const value = this.#view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  /** Reads 32 bits with a sign. */
  i32(): number {
    const value = this.#view.getInt32(this.at, true);
    this.at += 4;
    return value;
  }

  /** Reads a double. */
  f64(): number {
    const value = this.#view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  /** Reads an object's id. */
  id(): number {
    const low = this.#view.getUint32(this.at, true);
    const high = this.#view.getUint16(this.at + 4, true);
    this.at += 6;
    return high === 0 ? low : low + high * 0x1_0000_0000;
  }

  /** Reads a copy of as many bytes as their number, which comes first, says. */
  blob(): Uint8Array<ArrayBuffer> {
    const count = this.u32();
    const copy = new Uint8Array(count);
    copy.set(this.#bytes.subarray(this.at, this.at + count));
    this.at += count;
    return copy;
  }

  /** Reads a property name or an index. */
  key(): string | number {
    const tag = this.u8();
    if (tag === Tag.int32) return this.i32();
    if (tag === Tag.float64) return this.f64(); // an index past two billion
    return tag === Tag.latin1 ? this.#knownKey() : this.text(tag);
  }

  /** Reads a string whose tag was read. */
  text(tag: number): string {
    const count = this.u32();
    if (tag === Tag.latin1) return this.#latin1(count);
    const at = this.at;
    if (tag === Tag.utf8) {
      this.at += count;
      return decoder.decode(this.#bytes.subarray(at, this.at));
    }
    if (tag === Tag.utf16) {
      this.at += count * 2;
      return this.#utf16(at, count);
    }
    throw new InternalError(`The log has no string at ${at - 5}, but ${tag}`);
  }

  #knownKey(): string {
    const count = this.u32();
    if (count > LONGEST_KEY) return this.#latin1(count);
    const { at } = this;
    const bytes = this.#bytes;
    let hash = count;
    for (let index = 0; index < count; index++) hash = (hash * 31 + bytes[at + index]!) | 0;
    const place = hash & (KEYS - 1);
    const known = this.#keys[place]!;
    if (known.length === count && this.#says(known, at)) {
      this.at += count;
      return known;
    }
    return this.#keys[place] = this.#latin1(count);
  }

  #says(text: string, at: number): boolean {
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) !== this.#bytes[at + index]) return false;
    }
    return true;
  }

  #latin1(count: number): string {
    const bytes = this.#bytes;
    const end = this.at + count;
    let text = "";
    for (let at = this.at; at < end; at++) text += String.fromCharCode(bytes[at]!);
    this.at = end;
    return text;
  }

  #utf16(at: number, count: number): string {
    let text = "";
    for (let done = 0; done < count; done += CHUNK) {
      const units: number[] = [];
      const end = Math.min(count, done + CHUNK);
      for (let index = done; index < end; index++) {
        units.push(this.#view.getUint16(at + index * 2, true));
      }
      text += String.fromCharCode(...units);
    }
    return text;
  }
}
