/**
 * The packages of @std as on JSR, made of their mirror on npm, which this machine has in the cache:
 * JavaScript by Deno's authors, with the types of `types/std.d.ts`.
 *
 * `deno run -A tests/support/std_packages.ts deno task compile` runs a command with these packages,
 * on a machine that does not reach jsr.io.
 */
import { assert } from "@std/assert";
import { dirname, join, normalize } from "node:path/posix";
import { MIRROR_VERSION, STD_VERSIONS } from "../../tools/published_imports.ts";
import { inRepository, RunningCommand } from "./command.ts";
import { JsrRegistry } from "./jsr_registry.ts";

if (import.meta.main) Deno.exit(await runWithStd(Deno.args));

/** Runs a command, such as `deno task compile`, with these packages instead of those of jsr.io. */
async function runWithStd([program = "", ...args]: readonly string[]): Promise<number> {
  await using registry = new JsrRegistry();
  await addStdPackages(registry);
  const env = { JSR_URL: registry.url };
  return (await new Deno.Command(program, { args, env }).spawn().status).code;
}

/** Adds all packages of @std, in the lowest versions that the published package accepts. */
export async function addStdPackages(registry: JsrRegistry): Promise<void> {
  const mirror = await mirrorFolder();
  const declarations = await declarationsOfModules();
  for (const [name, version] of Object.entries(STD_VERSIONS)) {
    const files = await filesOf(name, mirror, declarations);
    await registry.add(`@std/${name}`, version, files);
  }
}

/** The folder of the mirror in Deno's cache; running tests have it there, since they import it. */
async function mirrorFolder(): Promise<string> {
  const line = [Deno.execPath(), "info", "--json"];
  const { npmCache } = JSON.parse((await new RunningCommand(line, {}).ended).stdout);
  for await (const { name } of Deno.readDir(npmCache)) {
    const folder = join(npmCache, name, "deno-std", MIRROR_VERSION);
    if (await Deno.stat(folder).then(() => true, () => false)) return folder;
  }
  throw new Error(
    `Cannot find deno-std@${MIRROR_VERSION} in "${npmCache}": run the tests with deno.json`,
  );
}

/** The declarations of `types/std.d.ts`, by module: `"@std/fmt/colors"`. */
async function declarationsOfModules(): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(inRepository("types/std.d.ts"));
  const modules = text.matchAll(/^declare module "([^"]+)" \{\n(.*?)^\}$/gms);
  const declarations = new Map([...modules].map(([, name, body]) => [name!, body!]));
  assert(declarations.size > 2, "the declarations are not found any more");
  return declarations;
}

/** The files of a package. */
async function filesOf(
  name: string,
  mirror: string,
  declarations: ReadonlyMap<string, string>,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const exports: Record<string, string> = {};
  const put = (path: string, text: string) => files.set(path, new TextEncoder().encode(text));
  const folder = name.replaceAll("-", "_");
  for await (const path of modulesIn(join(mirror, folder))) {
    const code = withJsrImports(
      await Deno.readTextFile(join(mirror, folder, path)),
      `${folder}/${path}`,
    );
    const door = exportOf(path);
    const types = declarations.get(`@std/${name}${door.slice(1)}`);
    const typesFile = path.replace(/\.js$/, ".d.ts");
    if (types !== undefined) put(typesFile, types);
    const head = types === undefined ? "" : `/* @ts-self-types="${relativeTo(typesFile)}" */\n`;
    put(path, head + code);
    if (!/(^|\/)_/.test(path)) exports[door] = `./${path}`;
  }
  assert(exports["."] !== undefined || name === "fmt", `@std/${name} has no root`);
  put("deno.json", JSON.stringify({ name: `@std/${name}`, version: STD_VERSIONS[name], exports }));
  return files;
}

async function* modulesIn(folder: string, above = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(folder, above))) {
    if (isDirectory) yield* modulesIn(folder, `${above}${name}/`);
    else if (name.endsWith(".js")) yield `${above}${name}`;
  }
}

/** The export of a file on JSR: `./closest-string` for `closest_string.js`, `.` for `mod.js`. */
function exportOf(path: string): string {
  const name = path.replace(/\.js$/, "").replace(/(^|\/)mod$/, "").replaceAll("_", "-");
  return name === "" ? "." : `./${name}`;
}

const relativeTo = (path: string) => `./${path.replace(/^.*\//, "")}`;

/** Code whose imports of other packages are JSR specifiers; the mirror has relative ones. */
function withJsrImports(code: string, path: string): string {
  return code.replace(/\b(from\s*|import\s*)"(\.[^"]+)"/g, (whole, keyword, specifier) => {
    const [folder = "", ...rest] = normalize(`${dirname(path)}/${specifier}`).split("/");
    const name = folder.replaceAll("_", "-");
    if (path.startsWith(`${folder}/`) || STD_VERSIONS[name] === undefined) return whole;
    const door = exportOf(rest.join("/")).slice(1);
    return `${keyword}"jsr:@std/${name}@^${STD_VERSIONS[name]}${door}"`;
  });
}
