/** Reads gzipped tar archives: npm packages, and uploads of `deno publish`. */

const BLOCK = 512;

/** The regular files of an archive, by path. */
export async function untar(
  archive: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const tar = await new Response(archive.pipeThrough(new DecompressionStream("gzip"))).bytes();
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 0; tar[at];) {
    const field = (from: number, length: number) =>
      new TextDecoder().decode(tar.subarray(at + from, at + from + length)).replace(/\0.*$/s, "");
    const type = field(156, 1);
    const [name, prefix] = [field(0, 100), field(345, 155)];
    const size = parseInt(field(124, 12), 8);
    at += BLOCK;
    if (type === "0" || type === "") {
      files.set(prefix === "" ? name : `${prefix}/${name}`, tar.slice(at, at + size));
    } else if (type !== "5") {
      throw new Error(`Cannot read ${name}: an entry of type ${type}`);
    }
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
