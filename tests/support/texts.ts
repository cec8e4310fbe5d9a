/** The texts that the rules of docs/glossary.md are for: sources and pages. */
import type { TextFile } from "./prose.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["src", "workers", "docs", "examples", "tests", "tools"];
/** Generated files. */
const GENERATED = /\/golden\/|\/page_bundle\b/;

/** Lists all pages and sources of the project. */
export function projectTexts(): TextFile[] {
  const files = [...Deno.readDirSync(ROOT)].filter((it) => it.isFile && isText(it.name));
  return [...files.map(({ name }) => name).sort(), ...FOLDERS].flatMap(textsUnder);
}

/** Reads a file, or the pages and sources in a folder, from the project's root. */
export function textsUnder(path: string): TextFile[] {
  const url = new URL(path, ROOT);
  if (!Deno.statSync(url).isDirectory) return [{ path, text: Deno.readTextFileSync(url) }];
  const folder = path.replace(/\/?$/, "/");
  return [...Deno.readDirSync(url)]
    .filter((it) => it.isDirectory || isText(it.name))
    .map(({ name }) => folder + name)
    .filter((it) => !GENERATED.test(`${it}/`))
    .sort()
    .flatMap(textsUnder);
}

function isText(name: string): boolean {
  return /\.(md|ts)$/.test(name);
}
