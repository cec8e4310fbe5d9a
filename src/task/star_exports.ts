/** `export *` of modules: which ones a module has, and whether two of them have the same name. */
import { isGranted } from "../runtime/permissions.ts";
import { UsageError } from "../base/errors.ts";
import { hookNames, type ModuleHooks } from "./hooks.ts";
import { importUrl } from "./load.ts";

/** Matches `export * from "./other.ts"` and `export * as name from "./other.ts"`. */
const EXPORT_STAR = /(?:^|;)\s*export\s*\*(?:\s*as\s+\S+)?\s*from\s*["'](\.[^"']+)["']/gm;

/** The reason why an ambiguous name is not exported, for messages. */
export const SEVERAL_STARS = "a name that several `export *` have is not exported";

/** Finds the modules that a module re-exports as a whole by relative paths, transitively. */
export function starredModules(url: string): Set<string> {
  const found = new Set<string>([url]);
  for (const module of found) { // the set grows during the iteration
    for (const [, path = ""] of sourceOf(new URL(module)).matchAll(EXPORT_STAR)) {
      found.add(new URL(path, module).href);
    }
  }
  found.delete(url);
  return found;
}

/**
 * Whether a name is ambiguous: exported by two `export *` of a module, and therefore not exported.
 */
export async function isAmbiguous(name: string, url: string): Promise<boolean> {
  const code = `import { ${JSON.stringify(name)} as found } from ${JSON.stringify(url)};`;
  const probe = `data:application/javascript,${encodeURIComponent(code)}`;
  try {
    await importUrl(probe);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && error.message.includes("conflicting star exports");
  }
}

/**
 * Rejects a module that lost a hook because several `export *` have it.
 *
 * @param hooks The hooks of the module.
 * @throws {UsageError} naming the hook.
 */
export async function rejectLostHooks(
  hooks: ModuleHooks,
  { url, target }: { readonly url: string; readonly target: string },
): Promise<void> {
  if (!/(?:^|;)\s*export\s*\*\s*from\b/m.test(sourceOf(new URL(url)))) return;
  const names = hookNames(hooks);
  // Concurrently: sequential imports take twice as long, 8 ms of the start.
  const areAmbiguous = await Promise.all(names.map((name) => isAmbiguous(name, url)));
  const name = names[areAmbiguous.indexOf(true)];
  if (name === undefined) return;
  throw new UsageError(
    `Cannot run "${target}": ${SEVERAL_STARS}: "${name}"; export one "${name}" that calls the others`,
  );
}

/** The text of a file; empty if it is not a readable file. */
export function sourceOf(file: string | URL): string {
  try {
    return isGranted({ name: "read", path: file }) ? Deno.readTextFileSync(file) : "";
  } catch {
    return "";
  }
}
