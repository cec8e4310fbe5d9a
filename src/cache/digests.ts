/** Hashes of inputs. Contents of files are hashed as they are, all other values with a key. */
import { createHash, createHmac } from "node:crypto";

/** Returns the SHA-256 hash of bytes or a text, in hexadecimal digits. */
export function digestOf(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Returns a keyed hash: values of the environment and of the state may be secret, and short ones
 * could be guessed from a plain hash.
 */
export function keyedDigestOf(secret: string, content: Uint8Array | string): string {
  return createHmac("sha256", secret).update(content).digest("hex");
}

/**
 * Returns a hash of a file's content and of whether it is executable.
 *
 * @throws when the file cannot be read.
 */
export function fileDigestOf(path: string): string {
  const info = Deno.lstatSync(path);
  if (info.isSymlink) {
    try {
      return fileDigestOf(Deno.realPathSync(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return `link:${digestOf(Deno.readLinkSync(path))}`;
      throw error;
    }
  }
  if (!info.isFile) throw new Error(`"${path}" is not a file`);
  return `${isExecutable(info) ? "x:" : ""}${digestOf(Deno.readFileSync(path))}`;
}

/** Whether the owner of a file may execute it. */
export function isExecutable({ mode }: Deno.FileInfo): boolean {
  return ((mode ?? 0) & 0o100) !== 0;
}
