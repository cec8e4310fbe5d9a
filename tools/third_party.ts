/**
 * Copies what the library uses of others into third_party: `deno task third-party`, or with `--check` says
 * whether it is what these packages hold. third_party/README.md says why it is there.
 */
import { untar } from "./tar.ts";

/** A package of npm, and what is taken of it. */
interface Taken {
  readonly name: string;
  readonly version: string;
  /** Which files, by their paths in the package; and where each is put, in third_party. */
  readonly place: (path: string) => string | undefined;
}

const TAKEN: readonly Taken[] = [
  {
    name: "commander",
    version: "15.1.0",
    place: (path) => /^(LICENSE$|index\.js$|lib\/)/.test(path) ? `commander/${path}` : undefined,
  },
  {
    name: "@commander-js/extra-typings",
    version: "15.1.0",
    place: (path) => path === "index.d.ts" ? "commander/index.d.ts" : undefined,
  },
  {
    name: "deno-std", // @std as it is on JSR, in JavaScript
    version: "1.4.0",
    place: (path) => /^(fmt\/colors\.js$|yaml\/)/.test(path) ? `std/${path}` : undefined,
  },
];

/** Modules whose types stand in a file beside them. */
const TYPED = ["commander/index.js", "std/fmt/colors.js", "std/yaml/mod.js"];

const FOLDER = new URL("../third_party/", import.meta.url);

async function filesOf({ name, version, place }: Taken): Promise<[path: string, text: string][]> {
  const registry = Deno.env.get("NPM_CONFIG_REGISTRY") ?? "https://registry.npmjs.org/";
  const url = new URL(`${name}/-/${name.split("/").at(-1)}-${version}.tgz`, registry);
  const { ok, body, statusText } = await fetch(url);
  if (!ok || body === null) throw new Error(`Cannot fetch ${url}: ${statusText}`);
  return [...await untar(body)].flatMap(([path, bytes]) => {
    const to = place(path.replace(/^package\//, ""));
    const text = new TextDecoder().decode(bytes);
    return to === undefined ? [] : [[to, withTypes(to, text)]];
  });
}

function withTypes(path: string, text: string): string {
  if (!TYPED.includes(path)) return text;
  const types = path.replace(/^.*\/(.*)\.js$/, "./$1.d.ts");
  return `// @ts-self-types="${types}"\n${text}`;
}

async function isThere([path, text]: [string, string]): Promise<boolean> {
  try {
    return await Deno.readTextFile(new URL(path, FOLDER)) === text;
  } catch {
    return false;
  }
}

async function write([path, text]: [string, string]): Promise<void> {
  const url = new URL(path, FOLDER);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeTextFile(url, text);
}

const files = (await Promise.all(TAKEN.map(filesOf))).flat();
if (Deno.args.includes("--check")) {
  const same = await Promise.all(files.map(isThere));
  const others = files.filter((_, at) => !same[at]).map(([path]) => path);
  if (others.length > 0) throw new Error(`Not as published: ${others.join(", ")}`);
} else {
  await Promise.all(files.map(write));
}
await Deno.stdout.write(new TextEncoder().encode(`${files.length} files in third_party\n`));
