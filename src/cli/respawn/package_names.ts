/** The JSR package of a copy of the library, and the imports that resolve to it. */
import { PACKAGE } from "../../runtime/package.ts";
import { readConfig } from "./config_file.ts";

/** The JSR package with version that a copy of the command belongs to, if any. */
export function jsrPackage({ href }: URL): string | undefined {
  const [, name, version] = /^https?:.*\/(@[^/]+\/[^/]+)\/(\d[^/]*)\/cli\.\w+$/.exec(href) ?? [];
  return name === undefined ? undefined : `${name}@${version}`;
}

/**
 * The imports that resolve the names of the package to a copy of it.
 *
 * @param main The cli.ts of the copy.
 */
export function packageImports(main: URL): Record<string, string> {
  const jsr = jsrPackage(main);
  if (jsr !== undefined) return { [PACKAGE]: `jsr:${jsr}`, [`${PACKAGE}/`]: `jsr:/${jsr}/` };
  const { exports = { ".": "./mod.ts" } } = readConfig(new URL("deno.json", main));
  return Object.fromEntries(
    Object.entries(exports as Record<string, string>).map(([name, path]) => [
      PACKAGE + name.slice(1),
      new URL(path, main).href,
    ]),
  );
}
