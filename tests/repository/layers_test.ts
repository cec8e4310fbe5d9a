/** Rules about the code: layers, reserved names, lengths. */
import { assert, assertEquals } from "@std/assert";
import { PARTS } from "../../src/runtime/package.ts";
import {
  functionsOf,
  importsOf,
  librarySources,
  type SourceImport,
  testFiles,
} from "../support/sources.ts";

const ROOT = new URL("../../", import.meta.url);
const SOURCES = librarySources();

/** The level of each layer: a layer imports from itself and from lower levels. */
const LEVELS: Readonly<Record<string, number>> = {
  runtime: 0,
  base: 1,
  layout: 2,
  task: 2,
  sync: 2,
  graph: 3,
  plan: 3,
  state: 3,
  events: 3,
  cache: 3,
  spawn: 3,
  report: 4,
  journal: 4,
  gui: 4,
  lane: 4,
  thread: 5,
  process: 5,
  pool: 6,
  workers: 7,
  engine: 7,
  run: 7,
  scheduler: 8,
  cli: 9,
  entryPoints: 10,
};

/** Type-only imports between layers of one level, with reasons. */
const SAME_LEVEL_TYPES: Readonly<Record<string, string>> = {
  "cache -> events": "an entry has lines of output",
  "plan -> graph": "a plan is created from the adjacency of a graph",
};

/** Layers that may import from some lower layers only. */
const RESTRICTED: Readonly<Record<string, readonly string[]>> = {
  report: ["events", "layout", "base", "runtime"],
  gui: ["events", "layout", "base", "runtime"],
  journal: ["events", "state", "graph", "base", "runtime"],
};
/** Layers from which restricted layers may import types. */
const RESTRICTED_TYPES = ["task"];

function layerOf(path: string): string {
  if (path.startsWith("workers/")) return "workers";
  return /^src\/(\w+)\//.exec(path)?.[1] ?? "entryPoints";
}

function isAllowed({ from, to, isTypeOnly }: SourceImport): boolean {
  const [here, there] = [layerOf(from), layerOf(to)];
  if (here === there) return true;
  const restricted = RESTRICTED[here];
  if (restricted) {
    return restricted.includes(there) || (isTypeOnly && RESTRICTED_TYPES.includes(there));
  }
  if (LEVELS[there]! < LEVELS[here]!) return true;
  return isTypeOnly && `${here} -> ${there}` in SAME_LEVEL_TYPES;
}

Deno.test("Sources belong to a layer with a level", () => {
  assertEquals(SOURCES.map(({ path }) => layerOf(path)).filter((layer) => !(layer in LEVELS)), []);
});

Deno.test("Sources import only from their own layer and from lower levels", () => {
  const imports = SOURCES.flatMap(importsOf);
  assert(imports.length > 100, "the imports are not found any more");
  const wrong = imports.filter((it) => !isAllowed(it));
  assertEquals(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

Deno.test("SAME_LEVEL_TYPES has no unused exceptions", () => {
  const used = new Set(
    SOURCES.flatMap(importsOf).map(({ from, to }) => `${layerOf(from)} -> ${layerOf(to)}`),
  );
  assertEquals(Object.keys(SAME_LEVEL_TYPES).filter((it) => !used.has(it)), []);
});

Deno.test("Sources have no import cycles", () => {
  const imports = Map.groupBy(SOURCES.flatMap(importsOf), ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[][] = [];
  const follow = (path: string, way: readonly string[]) => {
    if (done.has(path)) return;
    if (way.includes(path)) return void cycles.push(way.slice(way.indexOf(path)));
    for (const { to } of imports.get(path) ?? []) follow(to, [...way, path]);
    done.add(path);
  };
  for (const { path } of SOURCES) follow(path, []);
  assertEquals(cycles, []);
});

/** Names that only some files may use. */
const RESERVED: [word: string, pattern: RegExp, files: (path: string) => boolean][] = [
  ["Atomics", /\bAtomics\b/, (path) => path.startsWith("src/sync/")],
  [
    "Atomics.wait",
    /\bAtomics\.wait|\bwait(Async)?\b.*= Atomics/,
    (path) => path === "src/sync/wait.ts",
  ],
  ["console", /\bconsole\./, (path) => path === "src/thread/output/capture_output.ts"],
  [
    "the clock",
    /\bperformance\.|\bDate\.now|\bnew Date\(\)/,
    (path) => path === "src/runtime/clock.ts" || path.startsWith("src/gui/page/"),
  ],
  [
    "the URL of their own code",
    /\bURL\(.*import\.meta\.url/,
    (path) => path === "src/runtime/package.ts",
  ],
  ["Deno.exit", /\bDeno\.exit\b/, (path) => ["cli.ts", "src/thread/exit_guard.ts"].includes(path)],
];
for (const [word, pattern, isAllowedIn] of RESERVED) {
  Deno.test(`Sources use ${word} in the intended files only`, () => {
    const wrong = SOURCES.filter(({ path, code }) => !isAllowedIn(path) && pattern.test(code));
    assertEquals(wrong.map(({ path }) => path), []);
  });
}

const FILE_LINES = 400;
const FUNCTION_LINES = 60;

Deno.test(`Sources have at most ${FILE_LINES} lines`, () => {
  const lengths = SOURCES.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  assertEquals(lengths.filter(({ lines }) => lines > FILE_LINES), []);
});

Deno.test(`Sources have functions of at most ${FUNCTION_LINES} lines`, () => {
  const all = SOURCES.flatMap((source) =>
    functionsOf(source).map((it) => ({ path: source.path, ...it }))
  );
  assert(all.length > 300, "the functions are not found any more");
  assertEquals(all.filter(({ length }) => length > FUNCTION_LINES), []);
});

Deno.test("Sources begin with a comment and have specific names", () => {
  const withoutComment = SOURCES.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text));
  assertEquals(withoutComment.map(({ path }) => path), []);
  const vague = SOURCES.filter(({ path }) => /(util|helper|common|misc)s?(\.ts|\/)/.test(path));
  assertEquals(vague.map(({ path }) => path), []);
});

Deno.test("Sources spread no object literals", () => {
  const wrong = SOURCES.filter(({ code }) => /\.\.\.\{/.test(code));
  assertEquals(wrong.map(({ path }) => path), [], "write the properties one by one");
});

/** The file's name without its folder and ending. */
function baseName(path: string): string {
  return path.replace(/^.*\//, "").replace(/\.ts$/, "");
}

function snakeCase(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();
}

Deno.test("Sources have unique base names, except main.ts", () => {
  const inSrc = SOURCES.filter(({ path }) => path.startsWith("src/"));
  const byName = Map.groupBy(inSrc, ({ path }) => baseName(path));
  const repeated = [...byName].filter(([, files]) => files.length > 1);
  assertEquals(repeated.map(([name]) => name), ["main"]);
});

Deno.test("Sources are named after their exported value or its type when they have one", () => {
  const wrong = SOURCES.filter(({ path }) => path.startsWith("src/")).filter(({ path, code }) => {
    const all = exportsOf(code);
    const values = new Set(all.filter(({ isValue }) => isValue).map(({ name }) => name));
    if (values.size !== 1 || all.length > EXPORTS_MAX) return false;
    return !all.some(({ name }) => snakeCase(name) === baseName(path));
  });
  assertEquals(wrong.map(({ path }) => path), []);
});

/** A file with more exports is a collection, named after what they have in common. */
const EXPORTS_MAX = 3;

function exportsOf(code: string): { name: string; isValue: boolean }[] {
  const statement =
    /^export (?:declare |abstract |async )*(class|function\*?|const|interface|type|enum) (\w+)/gm;
  return Array.from(code.matchAll(statement), ([, kind, name]) => ({
    name: name!,
    isValue: kind !== "interface" && kind !== "type",
  }));
}

const SMALL_FILE_LINES = 40;

Deno.test(`Sources under ${SMALL_FILE_LINES} lines have importers, a test or a lazy import`, () => {
  const tests = new Set(testFiles().map((path) => baseName(path).replace(/_test$/, "")));
  const importers = Map.groupBy(SOURCES.flatMap(importsOf), ({ to }) => to);
  const small = SOURCES.filter(({ path, text }) =>
    /^src\/.*\//.test(path) && text.split("\n").length - 1 < SMALL_FILE_LINES
  );
  assert(small.length > 20, "the small files are not found any more");
  const wrong = small.filter(({ path }) => {
    if (tests.has(baseName(path)) || path.endsWith("/main.ts")) return false;
    const imports = importers.get(path) ?? [];
    const lazy = SOURCES.some(({ code }) =>
      new RegExp(`import\\(\\s*"[^"]*/${baseName(path)}\\.ts"`).test(code)
    );
    return !lazy && new Set(imports.map(({ from }) => from)).size < 2;
  });
  assertEquals(wrong.map(({ path }) => path), []);
});

Deno.test("offline.ts imports every module that is loaded by URL", () => {
  const { code } = SOURCES.find(({ path }) => path === "offline.ts")!;
  const others = PARTS.filter((part) => part !== "offline");
  assertEquals(others.filter((part) => !code.includes(`import("./${part}.ts")`)), []);
  const inUse = SOURCES.flatMap((it) => [...it.code.matchAll(/\bpartUrl\("([^"]+)"\)/g)]);
  assertEquals(new Set(inUse.map(([, part]) => part)), new Set(PARTS));
});

Deno.test("Pages about the code name existing files", async () => {
  const listed = await new Deno.Command("git", { args: ["ls-files"], cwd: ROOT }).output();
  const files = new TextDecoder().decode(listed.stdout).split("\n").filter(Boolean);
  const documents = files.filter((path) =>
    /^(.*\/README|ARCHITECTURE|CONTRIBUTING|RELEASING|docs\/(internals|glossary|design\/.*))\.md$/
      .test(path)
  );
  assert(documents.length > 12);
  const missing = documents.flatMap((document) => {
    const text = Deno.readTextFileSync(new URL(document, ROOT));
    const names = [...text.matchAll(/[\w/]*\w\.tsx?\b/g)].map(([name]) => name);
    return names.filter((name) => !files.some((path) => `/${path}`.endsWith(`/${name}`)))
      .map((name) => `${document}: ${name}`);
  });
  assertEquals(missing.filter((it) => !/ (_\w+|module|tour|d)\.ts$/.test(it)), []);
});
