/**
 * The examples: the modules of examples/ that a reader runs. In a folder of examples/ these are the
 * modules whose head comment has their command; other files of the folder are parts of them.
 */
import { assert } from "@std/assert";

const FOLDER = new URL("../../examples/", import.meta.url);

/** An example. */
export interface Example {
  /** Relative to examples/: `etl/pipeline.ts`. */
  readonly path: string;
  /** The first documentation comment. */
  readonly head: string;
}

/** Finds the examples. Every folder has at least one. */
export function exampleFiles(): Example[] {
  const examples = filesIn("").map((path) => ({ path, head: headOf(path) }))
    .filter(({ path, head }) => !path.includes("/") || head.includes(`examples/${path}`));
  for (const { name, isDirectory } of Deno.readDirSync(FOLDER)) {
    if (!isDirectory) continue;
    assert(examples.some(({ path }) => path.startsWith(`${name}/`)), `no example in ${name}`);
  }
  return examples;
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, FOLDER))].flatMap(({ name, isDirectory }) => {
    const path = folder + name;
    return isDirectory ? filesIn(`${path}/`) : path.endsWith(".ts") ? [path] : [];
  });
}

function headOf(path: string): string {
  return /^\/\*\*[^]*?\*\//m.exec(Deno.readTextFileSync(new URL(path, FOLDER)))?.[0] ?? "";
}
