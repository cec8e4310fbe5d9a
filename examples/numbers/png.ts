/** Writes images as PNG. */
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER_END = [8, 0, 0, 0, 0]; // 8 bits per pixel, gray

/** Encodes an image with one byte per pixel, row by row. */
export function encodePng(pixels: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const height = pixels.length / width;
  const rows = new Uint8Array(height * (width + 1)); // each row after a byte for its filter: none
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = [...bytesOf(width), ...bytesOf(height), ...HEADER_END];
  return Uint8Array.from([
    ...SIGNATURE,
    ...chunk("IHDR", header),
    ...chunk("IDAT", deflateSync(rows)),
    ...chunk("IEND", []),
  ]);
}

function chunk(type: string, data: Iterable<number>): number[] {
  const content = [...new TextEncoder().encode(type), ...data];
  const checksum = crc32(Uint8Array.from(content));
  return [...bytesOf(content.length - 4), ...content, ...bytesOf(checksum)];
}

/** The four bytes of a number, the highest first. */
function bytesOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
