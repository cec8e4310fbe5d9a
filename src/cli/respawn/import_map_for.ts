/**
 * The import map of a project, extended with the library's name and, for a library that is a
 * folder, with the imports of its files: Deno reads a single import map.
 */
import { PACKAGE } from "../../runtime/package.ts";
import { readConfig } from "./config_file.ts";
import { configsOf, type Project } from "./project.ts";
import { jsrPackage, packageImports } from "./package_names.ts";

type Imports = Record<string, string>;

/** An import map whose targets are absolute, so that it can be in any folder. */
export interface ImportMap {
  readonly imports: Imports;
  readonly scopes: Record<string, Imports>;
}

/**
 * The import map for a process that runs with the configuration of a project.
 *
 * @param main The cli.ts of the library.
 * @returns Undefined if Deno resolves all names without a map.
 */
export function importMapFor(project: Project | undefined, main: URL): ImportMap | undefined {
  const map = project === undefined ? { imports: {}, scopes: {} } : projectImportMap(project);
  const isKnown = project !== undefined && hasPackageName(project, map);
  const isPackage = jsrPackage(main) !== undefined;
  if (isKnown && isPackage) return undefined;
  if (!isKnown) Object.assign(map.imports, packageImports(main));
  if (!isPackage) {
    map.scopes[new URL(".", main).href] = readImportMap(new URL("deno.json", main)).imports;
  }
  return map;
}

/** The import map of a project, merged with that of its workspace. */
function projectImportMap(project: Project): ImportMap {
  const imports: Imports = {};
  const scopes: Record<string, Imports> = {};
  let isNearest = true;
  for (const [config] of configsOf(project)) {
    const { workspace } = readConfig(config);
    if (isNearest || workspace !== undefined) {
      const map = readImportMap(config);
      for (const [name, target] of Object.entries(map.imports)) imports[name] ??= target;
      for (const [scope, names] of Object.entries(map.scopes)) scopes[scope] ??= names;
    }
    isNearest = false;
  }
  return { imports, scopes };
}

/** Whether a project resolves the library's name; it may be the library itself. */
function hasPackageName(project: Project, { imports }: ImportMap): boolean {
  if (PACKAGE in imports) return true;
  return [...configsOf(project)].flat().map(readConfig).some((it) =>
    it.name === PACKAGE ||
    [it.dependencies, it.devDependencies].some((names) =>
      typeof names === "object" && names !== null && PACKAGE in names
    )
  );
}

function readImportMap(config: URL): ImportMap {
  const content = readConfig(config);
  if (typeof content.importMap === "string") {
    return readImportMap(new URL(content.importMap, config));
  }
  const { imports = {}, scopes = {} } = content as Partial<ImportMap>;
  const names = Object.entries(scopes).map(([scope, it]) => [
    new URL(scope, config).href,
    absolute(it, config),
  ]);
  return { imports: absolute(imports, config), scopes: Object.fromEntries(names) };
}

function absolute(names: Imports, base: URL): Imports {
  const href = (it: string) => /^(\.{0,2}\/)/.test(it) ? new URL(it, base).href : it;
  return Object.fromEntries(Object.entries(names).map(([name, it]) => [href(name), href(it)]));
}
