/** Which configuration Deno has found for the main program, where no option names one. */
import { ancestorFolders, isFile, urlToPath } from "../runtime/file_url.ts";

/** The path of the deno.json nearest to the main program, or undefined where there is none. */
export function nearestConfig(program: string = Deno.mainModule): string | undefined {
  if (!program.startsWith("file:")) return undefined;
  for (const folder of ancestorFolders(new URL(".", program))) {
    const found = ["deno.json", "deno.jsonc"].map((name) => new URL(name, folder)).find(isFile);
    if (found !== undefined) return urlToPath(found);
  }
  return undefined;
}
