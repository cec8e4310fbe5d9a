/** The source files of the project as text, for tests about the text. */

const ROOT = new URL("../../", import.meta.url);

/** A source file. */
export interface SourceFile {
  /** Relative to the project's root: `src/plan/plan.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
}

/** An import or re-export of another file of the project. */
export interface SourceImport {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

/** The sources of the library: entry points, src and workers. */
export function librarySources(): SourceFile[] {
  const doors = ["mod.ts", "cli.ts", "ui.ts", "bullmq.ts", "offline.ts"].filter((path) =>
    exists(path)
  );
  return [...doors, ...walk("src/"), ...walk("workers/")].map((path) => {
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    return { path, text, code: withoutComments(text) };
  });
}

/** Lists the test files, as paths from the project's root. */
export function testFiles(): string[] {
  return walk("tests/").filter((path) => path.endsWith("_test.ts"));
}

/** Finds all imports of a file from the project. */
export function importsOf({ path, code }: SourceFile): SourceImport[] {
  const found: SourceImport[] = [];
  const statement = /(?:^|\n)\s*(import|export)\s+(type\s)?([^;"]*?\bfrom\s*)?"(\.[^"]+)"/g;
  for (const [, , type, names = "", to] of code.matchAll(statement)) {
    const members = /\{([^}]*)\}/.exec(names)?.[1]?.split(",").map((it) => it.trim()) ?? [];
    const named = members.filter((it) => it !== "");
    const isTypeOnly = type !== undefined ||
      (named.length > 0 && /^\s*\{/.test(names) && named.every((it) => it.startsWith("type ")));
    found.push({ from: path, to: resolve(path, to!), isTypeOnly });
  }
  for (const [, to] of code.matchAll(/\bimport\(\s*"(\.[^"]+)"\s*\)/g)) {
    found.push({ from: path, to: resolve(path, to!), isTypeOnly: false });
  }
  return found;
}

/** The first line and the length of each function body. */
export function functionsOf({ text }: SourceFile): { line: string; length: number }[] {
  const lines = text.split("\n");
  const found: { line: string; length: number }[] = [];
  for (const [start, line] of lines.entries()) {
    const isFunction = /\bfunction\b.*\($|\bfunction\b.*\{$|=> \{$/.test(line) ||
      (/^\s+[\w#*\s[\].]*(<.*>)?\(.*(\{|\()$/.test(line) && !NOT_FUNCTIONS.test(line));
    if (!isFunction) continue;
    const indent = /^\s*/.exec(line)![0];
    const isEnd = (other: string) => other.startsWith(`${indent}}`);
    const end = lines.findIndex((other, i) => i > start && isEnd(other));
    if (end > 0) found.push({ line: line.trim(), length: end - start + 1 });
  }
  return found;
}

const NOT_FUNCTIONS = /^\s*(if|for|while|switch|return|throw|await|else|try|catch)\b/;

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function resolve(path: string, to: string): string {
  return new URL(to, new URL(path, "file:///")).pathname.slice(1);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

function walk(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? walk(`${folder}${name}/`) : name.endsWith(".ts") ? [folder + name] : []
  ).sort();
}
