/** A fast hash of texts (FNV-1a), to notice changes; it does not resist an attacker. */

/** Hashes a text: its length and 32 bits, in hexadecimal digits. */
export function fnvHash(text: string): string {
  let hash = OFFSET_BASIS;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return `${text.length.toString(16)}-${(hash >>> 0).toString(16)}`;
}

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
