/** Hashes of files: of the content, and of whether the file is executable. */
import { sha256 } from "../runtime/sha256.ts";
import { fileStamp, isSettled } from "./file_time.ts";

/** The parts of a file that are hashed. */
export interface FileContent {
  /** The kind of the file: `x:` for an executable one, `link:` for a dangling link. */
  readonly kind: "" | "x:" | "link:";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Returns a hash of a file's content and of whether it is executable.
 *
 * @param info Of the file itself, if it is known.
 * @throws when the file cannot be read.
 */
export async function fileDigestOf(path: string, info?: Deno.FileInfo): Promise<string> {
  const { kind, bytes } = readContent(path, info);
  return `${kind}${await sha256(bytes)}`;
}

/**
 * Reads the parts of a file that are hashed.
 *
 * @throws when the file cannot be read.
 */
export function readContent(path: string, info = Deno.lstatSync(path)): FileContent {
  if (info.isSymlink) {
    try {
      return readContent(Deno.realPathSync(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return { kind: "link:", bytes: new TextEncoder().encode(Deno.readLinkSync(path)) };
    }
  }
  if (!info.isFile) throw new Error(`"${path}" is not a file`);
  return { kind: isExecutable(info) ? "x:" : "", bytes: Deno.readFileSync(path) };
}

/** Hashes of files: one that has not changed since it was hashed is not read again. */
export class FileDigests {
  readonly #known = new Map<string, { readonly stamp: string; readonly digest: string }>();

  /** The hash that {@linkcode fileDigestOf} returns. */
  async of(path: string): Promise<string> {
    const info = Deno.lstatSync(path);
    if (info.isSymlink) return fileDigestOf(path, info);
    const stamp = fileStamp(info);
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.digest;
    const isLasting = isSettled(info); // before the content is read
    const digest = await fileDigestOf(path, info);
    if (isLasting) this.#known.set(path, { stamp, digest });
    return digest;
  }
}

/** Whether the owner of a file may execute it. */
export function isExecutable({ mode }: Deno.FileInfo): boolean {
  return ((mode ?? 0) & 0o100) !== 0;
}
