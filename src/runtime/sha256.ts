/**
 * SHA-256 hashes by the Web Cryptography API, captured before user code runs. `node:crypto` would
 * take 25 ms to load in each thread.
 */

const { subtle } = crypto;
const { digest, importKey, sign } = subtle;
const encoder = new TextEncoder();

/** Bytes, or a text that is hashed in UTF-8. */
export type HashedContent = Uint8Array<ArrayBuffer> | string;

/** Returns a hash in hexadecimal digits. */
export type Hash = (content: HashedContent) => Promise<string>;

/** Returns the SHA-256 hash of bytes or a text, in hexadecimal digits. */
export const sha256: Hash = async (content) => {
  return toHex(await digest.call(subtle, "SHA-256", bytesOf(content)));
};

/** Returns a function for hashes with a key (HMAC): short contents cannot be guessed from them. */
export async function keyedSha256(secret: string): Promise<Hash> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await importKey.call(subtle, "raw", bytesOf(secret), algorithm, false, ["sign"]);
  return async (content) => toHex(await sign.call(subtle, "HMAC", key, bytesOf(content)));
}

function bytesOf(content: HashedContent): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? encoder.encode(content) : content;
}

function toHex(bytes: ArrayBuffer): string {
  return new Uint8Array(bytes).toHex();
}
