/** The imports of the published package: the names that its modules import, with @std from JSR. */

/**
 * The version of npm deno-std, from which the repository takes @std: a machine may reach npm but
 * not JSR.
 */
export const MIRROR_VERSION = "1.4.0";
const MIRROR = `npm:deno-std@${MIRROR_VERSION}/`;

/**
 * The release of each @std package whose code {@link MIRROR} contains: that of 2026-07-30. The
 * published package needs at least the tested code, so that these are the lower bounds.
 */
export const STD_VERSIONS: Readonly<Record<string, string>> = {
  "assert": "1.0.19",
  "async": "1.5.0",
  "bytes": "1.0.6",
  "cli": "1.0.32",
  "collections": "1.3.0",
  "crypto": "1.1.0",
  "csv": "1.0.6",
  "data-structures": "1.1.2",
  "encoding": "1.0.11",
  "expect": "1.0.20",
  "fmt": "1.0.10",
  "front-matter": "1.0.9",
  "html": "1.0.7",
  "http": "1.1.3",
  "internal": "1.0.14",
  "json": "1.1.0",
  "jsonc": "1.0.2",
  "media-types": "1.1.0",
  "msgpack": "1.0.3",
  "path": "1.1.6",
  "regexp": "1.0.2",
  "semver": "1.0.8",
  "streams": "1.1.2",
  "text": "1.0.19",
  "toml": "1.0.11",
  "ulid": "1.0.0",
  "uuid": "1.1.1",
  "yaml": "1.2.0",
};

/**
 * The import map of the published package.
 *
 * @param imports The import map of the repository.
 * @param names The names that published modules import.
 * @throws {Error} when the version of an @std package is unknown.
 */
export function publishedImports(
  imports: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
): Record<string, string> {
  const published = Object.entries(imports).filter(([name]) => names.has(name));
  return Object.fromEntries(published.map(([name, target]) => [name, onJsr(name, target)]));
}

/** The JSR specifier of an @std module; other targets stay as they are. */
function onJsr(name: string, target: string): string {
  const [, package_ = "", path = ""] = /^@std\/([^/]+)(.*)$/.exec(name) ?? [];
  if (package_ === "" || target.startsWith("jsr:")) return target;
  const version = STD_VERSIONS[package_];
  if (version === undefined || !target.startsWith(MIRROR)) {
    throw new Error(
      `Cannot publish "${name}" from "${target}": its version on JSR is unknown; update STD_VERSIONS`,
    );
  }
  return `jsr:@std/${package_}@^${version}${path}`;
}

/** The names in the static and dynamic imports of a module. */
export function importedNames(text: string): string[] {
  const imports = text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...imports].map(([, name]) => name!);
}
