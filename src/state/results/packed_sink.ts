/** The bytes of a packed value while it is packed: see packed_layout.ts. */

import { ByteWriter } from "../log/byte_writer.ts";
import type { PackedContent } from "../log/packed_value.ts";
import { Tag as TextTag } from "../log/value_kinds.ts";
import {
  ATTACHED_BYTES_MIN,
  ATTACHMENT_HEADER_BYTES,
  BYTES_ATTACHMENT,
  HAS_BYTES,
  HEADER_BYTES,
  Tag,
} from "./packed_layout.ts";

/** Number of bytes of the buffer of a new body. */
const INITIAL_BYTES = 256;
/** Number of UTF-16 units after which a text attachment ends: its parts keep it in memory. */
const TEXT_UNITS = 1 << 16;
/** Maximum length for which a loop is faster than a call of the engine's text encoder. */
const SHORT_TEXT = 48;
/** Minimum length of texts that are not worth a copy of their encoding. */
const LONG_TEXT = 1 << 20;

const encoder = new TextEncoder();

/** The bytes of a packed value. */
export class PackedSink extends ByteWriter implements PackedContent {
  /** Number of objects. */
  objectCount = 0;
  /** Maximum length of all keys in the log. */
  keyBytes = 0;
  /** Bytes, or a long text that is encoded where it is copied to. */
  readonly #attachments: [type: number, content: Uint8Array | string][] = [];
  #texts: string[] = [];
  #textUnits = 0;
  #flags = 0;

  constructor() {
    super(INITIAL_BYTES);
  }

  get byteLength(): number {
    let total = HEADER_BYTES + this.length;
    for (const [, { length }] of this.#attachments) total += ATTACHMENT_HEADER_BYTES + length;
    return total;
  }

  /** Maximum length of the unpacked value in the log: each part takes a few more bytes there. */
  get expandedBytes(): number {
    let total = 20 * this.objectCount + this.keyBytes + 4 * this.length;
    for (const [type, { length }] of this.#attachments) {
      total += type === BYTES_ATTACHMENT ? length : 2 * length;
    }
    return total;
  }

  /** Writes a tag and a string. */
  text(text: string): void {
    const { length } = text;
    this.u8(Tag.text);
    this.varint(length);
    if (length === 0) return;
    // A long text is an attachment of its own: joined to others it would be copied once more.
    if (length >= TEXT_UNITS) this.#endText();
    this.#texts.push(text);
    this.#textUnits += length;
    if (this.#textUnits >= TEXT_UNITS) this.#endText();
  }

  /** Writes the content of an ArrayBuffer or a view. */
  binary(bytes: Uint8Array): void {
    this.#flags |= HAS_BYTES;
    this.varint(bytes.length);
    if (bytes.length < ATTACHED_BYTES_MIN) return this.raw(bytes);
    // The text so far comes first: attachments are read in the order of the body.
    this.#endText();
    this.#attachments.push([BYTES_ATTACHMENT, bytes]);
  }

  /** Ends the value. */
  end(): void {
    this.#endText();
  }

  #endText(): void {
    if (this.#textUnits === 0) return;
    const text = this.#texts.length === 1 ? this.#texts[0]! : this.#texts.join("");
    this.#attachments.push(encodeText(text));
    this.#texts = [];
    this.#textUnits = 0;
  }

  writeTo(target: Uint8Array): boolean {
    const attachments = this.#attachments;
    const header = new ByteWriter(HEADER_BYTES + attachments.length * ATTACHMENT_HEADER_BYTES);
    header.u32(this.#flags);
    header.u32(this.objectCount);
    header.u32(this.length);
    header.u32(attachments.length);
    for (const [type, { length }] of attachments) {
      header.u32(type);
      header.u32(length);
    }
    header.copyTo(target, 0);
    this.copyTo(target, header.length);
    let position = header.length + this.length;
    for (const [, content] of attachments) {
      const end = position + content.length;
      if (typeof content !== "string") target.set(content, position);
      else if (encoder.encodeInto(content, target.subarray(position, end)).read < content.length) {
        this.#encodeTexts();
        return false;
      }
      position = end;
    }
    return true;
  }

  /** Encodes the long texts: one of them has other characters than those of ASCII. */
  #encodeTexts(): void {
    for (const attachment of this.#attachments) {
      if (typeof attachment[1] === "string") attachment[1] = encoder.encode(attachment[1]);
    }
  }
}

function encodeText(text: string): [type: number, content: Uint8Array | string] {
  if (text.length <= SHORT_TEXT) {
    const bytes = latin1Bytes(text);
    if (bytes !== undefined) return [TextTag.latin1, bytes];
  }
  if (text.isWellFormed()) {
    // A long text is copied once, if all of it is ASCII.
    return [TextTag.utf8, text.length < LONG_TEXT ? encoder.encode(text) : text];
  }
  const units = new ByteWriter(text.length * 2);
  for (let index = 0; index < text.length; index++) units.u16(text.charCodeAt(index));
  return [TextTag.utf16, units.content];
}

function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0xff) return undefined;
    bytes[index] = code;
  }
  return bytes;
}
