/**
 * The import map of a project, and the library's own beside it, for its own files. A package of JSR needs
 * none; a library that is a folder does, and Deno reads one import map only.
 */
import { moduleUrl } from "../task/load.ts";
import { configsFrom, type Project, readConfig } from "./own_config.ts";

type Names = Record<string, string>;

/** An import map in which no name depends on where the map is. */
export interface ImportMap {
  readonly imports: Names;
  readonly scopes: Readonly<Record<string, Names>>;
}

/**
 * Merges them.
 *
 * @param library The folder of the library.
 */
export function mergedImportMap({ folder }: Project, library: URL): ImportMap {
  const imports: Names = {};
  const scopes: Record<string, Names> = {};
  let isNearest = true;
  for (const [config] of configsFrom(new URL(moduleUrl("", folder)))) {
    const { workspace } = readConfig(config);
    if (isNearest || workspace !== undefined) {
      const map = importMapOf(config);
      for (const [name, target] of Object.entries(map.imports)) imports[name] ??= target;
      for (const [scope, names] of Object.entries(map.scopes)) scopes[scope] ??= names;
    }
    isNearest = false;
  }
  scopes[library.href] = importMapOf(new URL("deno.json", library)).imports;
  return { imports, scopes };
}

function importMapOf(config: URL): ImportMap {
  const content = readConfig(config);
  if (typeof content.importMap === "string") return importMapOf(new URL(content.importMap, config));
  const { imports = {}, scopes = {} } = content as Partial<ImportMap>;
  const names = Object.entries(scopes).map(([scope, it]) => [
    new URL(scope, config).href,
    absolute(it, config),
  ]);
  return { imports: absolute(imports, config), scopes: Object.fromEntries(names) };
}

function absolute(names: Names, base: URL): Names {
  const href = (it: string) => /^(\.{0,2}\/)/.test(it) ? new URL(it, base).href : it;
  return Object.fromEntries(Object.entries(names).map(([name, it]) => [href(name), href(it)]));
}
