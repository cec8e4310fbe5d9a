/** What a copy of the library is called, and what its names stand for there. */
import { PACKAGE } from "../../runtime/package.ts";
import { readConfig } from "./config_file.ts";

/** The package of JSR that a copy of the command belongs to, if it does, with its version. */
export function jsrPackage({ href }: URL): string | undefined {
  const [, name, version] = /^https?:.*\/(@[^/]+\/[^/]+)\/(\d[^/]*)\/cli\.\w+$/.exec(href) ?? [];
  return name === undefined ? undefined : `${name}@${version}`;
}

/**
 * What the names of the package stand for in a copy of it.
 *
 * @param main Its cli.ts.
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
