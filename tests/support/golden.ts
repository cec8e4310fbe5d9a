/** Texts in files. `UPDATE_GOLDENS=1` rewrites them; check the diff. */
import { assertEquals } from "@std/assert";

const FOLDER = new URL("../golden/", import.meta.url);

/**
 * Compares a text with the file `tests/golden/<path>`.
 *
 * @param path `recap/sample.txt`.
 */
export function assertGolden(path: string, text: string): void {
  const url = new URL(path, FOLDER);
  if (Deno.env.get("UPDATE_GOLDENS") === "1") {
    Deno.mkdirSync(new URL(".", url), { recursive: true });
    Deno.writeTextFileSync(url, text);
  }
  assertEquals(text, Deno.readTextFileSync(url), `tests/golden/${path}`);
}
