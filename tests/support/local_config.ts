/**
 * The configuration of a package that runs from its folder, for tests and benchmarks. The manifest
 * of the package takes @std from JSR, which may be unreachable, and has no packages for tests; this
 * configuration has the imports of the repository. The package itself stays as it is published.
 *
 * The library has its name by `exports`: with an import, Deno would apply the manifest after all.
 */

/**
 * Writes the configuration beside the folder of a package: `dist.local.json` for `dist`.
 *
 * @param folder The absolute path of the package, as `deno task pack` creates it.
 * @returns The path of the configuration.
 */
export function writeLocalConfig(folder: string): string {
  const { name, version, exports } = JSON.parse(Deno.readTextFileSync(`${folder}/deno.json`));
  const repository = new URL("../../deno.json", import.meta.url);
  const { imports, nodeModulesDir } = JSON.parse(Deno.readTextFileSync(repository));
  const base = folder.replace(/^.*[/\\]/, "./");
  const own = Object.entries<string>(exports).map(([door, path]) => [door, base + path.slice(1)]);
  const config = { name, version, exports: Object.fromEntries(own), nodeModulesDir, imports };
  const text = JSON.stringify(config, null, 2) + "\n";
  const path = `${folder}.local.json`;
  if (!hasContent(path, text)) {
    // Test files run in parallel: none may read a half-written file.
    const temporary = `${path}.${crypto.randomUUID()}`;
    Deno.writeTextFileSync(temporary, text);
    Deno.renameSync(temporary, path);
  }
  return path;
}

function hasContent(path: string, text: string): boolean {
  try {
    return Deno.readTextFileSync(path) === text;
  } catch {
    return false;
  }
}
