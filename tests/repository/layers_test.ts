/** The project's own rules about its code, read from the code. */
import { assert, assertEquals } from "@std/assert";
import { PARTS } from "../../src/runtime/package.ts";
import { functionsOf, importsOf, librarySources, type SourceImport } from "../support/sources.ts";

const SOURCES = librarySources();

/** A room imports from itself and from lower rows. */
const ROWS: Readonly<Record<string, number>> = {
  runtime: 0,
  base: 1,
  task: 2,
  sync: 2,
  graph: 3,
  plan: 3,
  state: 3,
  events: 3,
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
  doors: 10,
};

/** Imports of types alone between rooms of one row, each with its reason. */
const NEIGHBOURS: Readonly<Record<string, string>> = {
  "plan -> graph": "a plan is made from the rows of a graph",
};

/** Rooms that may not use all that stands below them. */
const WALLS: Readonly<Record<string, readonly string[]>> = {
  report: ["events", "base", "runtime"],
  gui: ["events", "base", "runtime"],
  journal: ["events", "state", "graph", "base", "runtime"],
};
/** ... and what they may take as types alone. */
const TYPES_THROUGH_WALLS = ["task"];

function roomOf(path: string): string {
  if (path.startsWith("workers/")) return "workers";
  return /^src\/(\w+)\//.exec(path)?.[1] ?? "doors";
}

function isAllowed({ from, to, isTypeOnly }: SourceImport): boolean {
  const [here, there] = [roomOf(from), roomOf(to)];
  if (here === there) return true;
  const walled = WALLS[here];
  if (walled) return walled.includes(there) || (isTypeOnly && TYPES_THROUGH_WALLS.includes(there));
  if (ROWS[there]! < ROWS[here]!) return true;
  return isTypeOnly && `${here} -> ${there}` in NEIGHBOURS;
}

Deno.test("tidy: every room has a row", () => {
  assertEquals(SOURCES.map(({ path }) => roomOf(path)).filter((room) => !(room in ROWS)), []);
});

Deno.test("tidy: a file imports from its own room and from lower rows", () => {
  const imports = SOURCES.flatMap(importsOf);
  assert(imports.length > 100, "the imports are not found any more");
  const wrong = imports.filter((it) => !isAllowed(it));
  assertEquals(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

Deno.test("tidy: an exception that is no longer needed is struck off the list", () => {
  const used = new Set(
    SOURCES.flatMap(importsOf).map(({ from, to }) => `${roomOf(from)} -> ${roomOf(to)}`),
  );
  assertEquals(Object.keys(NEIGHBOURS).filter((it) => !used.has(it)), []);
});

Deno.test("tidy: no file imports itself by way of others", () => {
  const imports = Map.groupBy(SOURCES.flatMap(importsOf), ({ from }) => from);
  const done = new Set<string>();
  const circles: string[][] = [];
  const follow = (path: string, way: readonly string[]) => {
    if (done.has(path)) return;
    if (way.includes(path)) return void circles.push(way.slice(way.indexOf(path)));
    for (const { to } of imports.get(path) ?? []) follow(to, [...way, path]);
    done.add(path);
  };
  for (const { path } of SOURCES) follow(path, []);
  assertEquals(circles, []);
});

/** Words that stand in some files alone. */
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
    "where their own code is",
    /\bURL\(.*import\.meta\.url/,
    (path) => path === "src/runtime/package.ts",
  ],
  ["Deno.exit", /\bDeno\.exit\b/, (path) => ["cli.ts", "src/thread/exit_guard.ts"].includes(path)],
];
for (const [word, pattern, isAllowedIn] of RESERVED) {
  Deno.test(`tidy: only the files meant to name ${word} do`, () => {
    const wrong = SOURCES.filter(({ path, code }) => !isAllowedIn(path) && pattern.test(code));
    assertEquals(wrong.map(({ path }) => path), []);
  });
}

const FILE_LINES = 400;
const FUNCTION_LINES = 60;

Deno.test(`tidy: no file is longer than ${FILE_LINES} lines`, () => {
  const lengths = SOURCES.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  assertEquals(lengths.filter(({ lines }) => lines > FILE_LINES), []);
});

Deno.test(`tidy: no function is longer than ${FUNCTION_LINES} lines`, () => {
  const all = SOURCES.flatMap((source) =>
    functionsOf(source).map((it) => ({ path: source.path, ...it }))
  );
  assert(all.length > 300, "the functions are not found any more");
  assertEquals(all.filter(({ length }) => length > FUNCTION_LINES), []);
});

Deno.test("tidy: every file says what it is: by its first comment, and by a name of its own", () => {
  const silent = SOURCES.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text));
  assertEquals(silent.map(({ path }) => path), []);
  const vague = SOURCES.filter(({ path }) => /(util|helper|common|misc)s?(\.ts|\/)/.test(path));
  assertEquals(vague.map(({ path }) => path), []);
});

Deno.test("tidy: offline.ts names every module that is loaded by its URL", () => {
  const { code } = SOURCES.find(({ path }) => path === "offline.ts")!;
  const others = PARTS.filter((part) => part !== "offline");
  assertEquals(others.filter((part) => !code.includes(`import("./${part}.ts")`)), []);
  const inUse = SOURCES.flatMap((it) => [...it.code.matchAll(/\bpartUrl\("([^"]+)"\)/g)]);
  assertEquals(new Set(inUse.map(([, part]) => part)), new Set(PARTS));
});
