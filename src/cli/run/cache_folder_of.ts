/** The folder of the cache. */
import { isAbsolute } from "../../runtime/file_url.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";

/** Returns the absolute path of the folder of the cache: `--cache-dir`, or `.tdrun/cache`. */
export function cacheFolderOf(
  { cacheDir = `${JOURNAL_FOLDER}/cache` }: { readonly cacheDir?: string | undefined },
  folder: string,
): string {
  return isAbsolute(cacheDir) ? cacheDir : `${folder}/${cacheDir}`;
}
