/** Loading of modules: an error is one line with the module and the reason. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UsageError } from "../../../src/base/errors.ts";
import { loadModule, ModuleError, moduleVersion } from "../../../src/task/load.ts";
import { moduleUrl } from "../../../src/runtime/file_url.ts";
import { dataModule } from "../../support/data_module.ts";

const folder = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let written = 0;

function write(source: string, name = `m${written++}.ts`): string {
  Deno.writeTextFileSync(`${folder}/${name}`, source);
  return name;
}

async function loadError(target: string): Promise<string> {
  const { message } = await assertRejects(
    () => loadModule(moduleUrl(target, folder), target),
    UsageError,
  );
  assertEquals(message.split("\n").length, 1, message);
  assert(message.startsWith(`Cannot load module "${target}": `), message);
  return message.slice(message.indexOf('": ') + 3);
}

Deno.test("loadModule() returns the exports", async () => {
  const target = write("export const x = 1;");
  assertEquals({ ...await loadModule(moduleUrl(target, folder), target) }, { x: 1 });
});

Deno.test("loadModule() throws when the file is missing or a folder", async () => {
  assertEquals(await loadError("none.ts"), "no such file");
  Deno.mkdirSync(`${folder}/sub.ts`);
  assertEquals(await loadError("sub.ts"), "expected a regular file, got a folder");
});

Deno.test("loadModule() suggests a module of a similar name when a file is missing", async () => {
  Deno.mkdirSync(`${folder}/near/etl`, { recursive: true });
  for (const name of ["etl.ts", "other.mjs", "view.tsx", "load.mts", "notes.txt", "etl.test.ts"]) {
    write("", `near/${name}`);
  }
  const meant = {
    other: "other.mjs",
    view: "view.tsx",
    "etx.ts": "etl.ts",
    "Load.mts": "load.mts",
  };
  for (const [name, module] of Object.entries(meant)) {
    assertEquals(await loadError(`near/${name}`), `no such file; did you mean "near/${module}"?`);
  }
  const got = 'expected a regular file, got a folder; did you mean "near/etl.ts"?';
  assertEquals(await loadError("near/etl"), got);
  assertEquals(await loadError("near/notes"), "no such file");
  assertEquals(await loadError("gone/etl"), "no such file");
});

Deno.test({
  name: "loadModule() rejects a pipe, a socket and a device without opening them",
  ignore: Deno.build.os === "windows",
  async fn() {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe.ts`] }).output();
    Deno.symlinkSync("pipe.ts", `${folder}/link.ts`);
    using _socket = Deno.listen({ transport: "unix", path: `${folder}/socket.ts` });
    const kinds = { "pipe.ts": "pipe", "link.ts": "pipe", "socket.ts": "socket" };
    for (const [name, kind] of Object.entries({ ...kinds, "/dev/zero": "device" })) {
      assertEquals(await loadError(name), `expected a regular file, got a ${kind}`);
      assertEquals(await moduleVersion(moduleUrl(name, folder)), undefined);
    }
  },
});

const broken: Record<string, [source: string, reason: RegExp]> = {
  "has a syntax error": ["export const = 1;", /^SyntaxError: .*:1:\d+$/],
  "imports a missing file": [
    'import "./none_of_it.ts";',
    /^Module not found "file:.*none_of_it\.ts" at file:.*:1:8$/,
  ],
  "imports a name that is not exported": [
    'import { nope } from "data:text/javascript,export const yes = 1"; nope;',
    /nope/,
  ],
  "has an unknown bare import": ['import "no-such-package-here";', /no-such-package-here/],
  "imports a text": [
    'import "data:text/plain,words";',
    /^Expected a JavaScript or TypeScript module/,
  ],
  "imports from an unreachable server": [
    'import "http://127.0.0.1:1/x.ts";',
    /^Import 'http:\/\/127\.0\.0\.1:1\/x\.ts' failed at file:.*:1:8$/,
  ],
  "imports a URL of an unknown scheme": [
    'import "nope:x";',
    /^Unsupported scheme "nope" for module "nope:x" at file:.*:1:8$/,
  ],
  "throws an error": [
    'throw new RangeError("too far");',
    /^the module threw RangeError: too far at file:.*:1:7$/,
  ],
  "throws an error of several lines": [
    'throw new Error("first\\nsecond\\nthird");',
    /^the module threw Error: first at file:/,
  ],
  "calls mark() with an unknown option": [
    'import { mark } from "@thread-order/cli";\nexport const a = mark({ afer: ["b"] }, () => {});',
    /^the module threw TypeError: Cannot mark .*did you mean "after"\? at file:.*:2:18$/,
  ],
  "decorates a method that is not static": [
    'import { mark } from "@thread-order/cli";\nexport class A {\n  @mark({}) greet() {}\n}',
    /^the module threw TypeError: Cannot mark greet: .* at file:.*\.ts:2:\d+$/,
  ],
  "throws a string": ['throw "just text";', /^the module threw "just text"$/],
  "throws a string of several lines": ['throw "one\\ntwo";', /^the module threw "one\\ntwo"$/],
  "throws an object that is longer than a line": [
    'throw Object.fromEntries(Array.from({ length: 30 }, (_, i) => ["a_long_key_" + i, "a long value " + i]));',
    /^the module threw \{ a_long_key_0: /,
  ],
  "throws undefined": ["throw undefined;", /^the module threw undefined$/],
  "throws an error that begins with empty lines": [
    'throw new Error("\\n\\n  the point");',
    /^the module threw Error: the point at file:/,
  ],
};
for (const [cause, [source, reason]] of Object.entries(broken)) {
  Deno.test(`loadModule() throws one line when the module ${cause}`, async () => {
    assertMatch(await loadError(write(source)), reason);
  });
}

Deno.test("moduleUrl() returns URLs unchanged, and resolves paths against the folder", () => {
  for (const url of ["https://x.test/m.ts", "file:///m.ts", "jsr:@a/b", "npm:x", "data:,"]) {
    assertEquals(moduleUrl(url, "/work"), url);
  }
  assertEquals(moduleUrl("m.ts", "/work"), "file:///work/m.ts");
  assertEquals(moduleUrl("../m.ts", "/work/a"), "file:///work/m.ts");
  assertEquals(moduleUrl("/abs/m.ts", "/work"), "file:///abs/m.ts");
  assertEquals(moduleUrl("./sub/m.ts", "/"), "file:///sub/m.ts");
  assertEquals(moduleUrl("m.ts", "/work/"), "file:///work/m.ts");
  assertEquals(moduleUrl("", "/work/"), "file:///work/");
});

for (
  const name of [
    "a b.ts",
    "100%.ts",
    "a?b.ts",
    "a#b.ts",
    "é.ts",
    "a:b.ts",
    "a\\b.ts",
    "%41.ts",
    "a\tb.ts",
    " c.ts",
    "C:d.ts",
    "e.ts ",
  ]
) {
  Deno.test({
    name: `moduleUrl() finds a file named ${JSON.stringify(name)}`,
    ignore: Deno.build.os === "windows" && /[?:\\\t]| $/.test(name), // not a valid name there
    async fn() {
      write("export const found = true;", name);
      const { found } = await loadModule(moduleUrl(name, folder), name);
      assertEquals(found, true);
    },
  });
}

Deno.test("moduleUrl() reads two slashes at the start of a path as one", async () => {
  const target = `/${folder}/${write("export const found = true;")}`;
  assertEquals((await loadModule(moduleUrl(target, folder), target)).found, true);
});

Deno.test("loadModule() throws one line when the thrown value throws on access", async () => {
  const url = dataModule("throw new Proxy(new Error('p'), { get() { throw 1; } });");
  const error = await assertRejects(() => loadModule(url, "m.ts"), UsageError);
  assertEquals(
    error.message,
    'Cannot load module "m.ts": the module threw an error that cannot be read',
  );
});

Deno.test("loadModule() throws an error with the location of a module's error", async () => {
  const bad = write("const a = 1;\n  const b = = 2;\n");
  const importer = write(`import "./${bad}";`);
  const broken = write("\nthrow new Error('no');");
  const url = (name: string) => `${moduleUrl(name, folder)}`;
  const locations: Record<string, string | undefined> = {
    [bad]: `${url(bad)}:2:13`,
    [importer]: `${url(bad)}:2:13`,
    [broken]: `${url(broken)}:2:7`,
    [write("throw 'text';")]: undefined,
  };
  for (const [target, expected] of Object.entries(locations)) {
    const error = await assertRejects(() => loadModule(url(target), target), ModuleError);
    assertEquals(error.location, expected);
    assert(error.message.includes(expected ?? ""), error.message);
  }
});
