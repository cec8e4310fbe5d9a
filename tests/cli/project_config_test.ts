/** The project of a module, and whether its configuration is active, without processes. */
import { assertEquals, assertThrows } from "@std/assert";
import { isConfigActive } from "../../src/cli/respawn/active_config.ts";
import { parseConfig, readConfig } from "../../src/cli/respawn/config_file.ts";
import { resolvesSameImports } from "../../src/cli/respawn/project_config.ts";
import { projectOf, usesNodeModules } from "../../src/cli/respawn/project.ts";
import { startOptions } from "../../src/spawn/inherited_flags.ts";

/** Does something with a folder that holds some files; gives its URL, with a slash at the end. */
async function withFiles(
  files: Readonly<Record<string, string>>,
  work: (folder: URL) => void,
): Promise<void> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "thread-order-" }));
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(`${path}/${name}`.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${path}/${name}`, text);
    }
    work(new URL(`file://${path}/`));
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

const IMPORTS = `{ "imports": { "lib": "./lib.ts" } }`;

Deno.test("readConfig() ignores comments and trailing commas, except in strings", async () => {
  const text = `// a
    { /* b, } */ "a": "x // y", "b": ["/* z */", 1,], }`;
  await withFiles({ "deno.jsonc": text, "broken.json": "{" }, (folder) => {
    const config = readConfig(new URL("deno.jsonc", folder));
    assertEquals(config, { a: "x // y", b: ["/* z */", 1] });
    assertEquals(readConfig(new URL("broken.json", folder)), {});
    assertEquals(readConfig(new URL("none.json", folder)), {});
    assertEquals(parseConfig("  // nothing"), {});
    assertThrows(() => parseConfig("{"), SyntaxError);
  });
});

Deno.test("projectOf() returns the nearest configuration when one affects the module", async () => {
  const files = {
    "tasks/deno.json": `{ "tasks": {}, "fmt": {}, "compilerOptions": { "strict": true } }`,
    "tasks/jsx/deno.json": `{ "compilerOptions": { "jsx": "react-jsx" } }`,
    "root/deno.jsonc": `{ "workspace": ["./member"] }`,
    "root/member/deno.json": `{ "name": "@own/member" }`,
    "both/package.json": `{ "dependencies": { "a": "1" } }`,
    "both/deno.json": "{}",
    "npm/package.json": `{ "devDependencies": { "a": "1" } }`,
    "npm/src/package.json": `{ "type": "module" }`,
  };
  await withFiles(files, (folder) => {
    const path = folder.pathname;
    const found = (module: string) => projectOf(new URL(module, folder).href);
    assertEquals(found("tasks/work.ts"), undefined);
    assertEquals(found("tasks/jsx/deep/work.ts"), {
      folder: `${path}tasks/jsx/`,
      config: `${path}tasks/jsx/deno.json`,
    });
    assertEquals(found("root/member/work.ts")?.config, `${path}root/member/deno.json`);
    assertEquals(found("both/work.ts")?.config, `${path}both/deno.json`);
    assertEquals(found("npm/src/work.ts"), { folder: `${path}npm/src/`, config: undefined });
    assertEquals(projectOf("https://example.com/work.ts"), undefined);
  });
});

Deno.test("isConfigActive() is true for a given configuration, except deno install's", async () => {
  const files = {
    "own/deno.json": IMPORTS,
    "other.json": IMPORTS,
    "bin/tdrun": "",
    "bin/.tdrun/deno.json": `{ "workspace": [] }`,
    "plain/.tdrun/deno.json": "{}",
  };
  await withFiles(files, (folder) => {
    const path = folder.pathname;
    const project = projectOf(new URL("own/work.ts", folder).href)!;
    const isIn = (...flags: string[]) =>
      isConfigActive(project, startOptions(["deno", "run", ...flags, "x.ts"]), path.slice(0, -1));
    assertEquals(isIn("-A", "--config", "own/deno.json"), true);
    assertEquals(isIn("-c", "other.json"), true);
    assertEquals(isIn(`--config=${path}bin/.tdrun/deno.json`), false);
    assertEquals(isIn("--config", `${path}plain/.tdrun/deno.json`), true);
    assertEquals(isIn("--no-config"), true);
    assertEquals(isIn("--import-map=map.json"), true);
    assertEquals(isIn("-A"), false);
  });
});

Deno.test("resolvesSameImports() is true for this project", () => {
  const project = projectOf(import.meta.url)!;
  assertEquals(import.meta.resolve("@std/assert").startsWith("file:"), true);
  assertEquals(resolvesSameImports(project), true);
});

Deno.test("resolvesSameImports() is false when a name differs or is unknown", async () => {
  const mean = (imports: Record<string, string>) => JSON.stringify({ imports });
  await withFiles({
    "same/deno.json": mean({ "@std/assert": "npm:deno-std@1.4.0/assert/mod.js" }),
    "other/deno.json": mean({ "@std/assert": "npm:deno-std@1.4.0/yaml/mod.js" }),
    "unknown/deno.json": mean({ "nobody-knows": "npm:deno-std@1.4.0/assert/mod.js" }),
  }, (folder) => {
    const answerIn = (name: string) =>
      resolvesSameImports(projectOf(new URL(`${name}/m.ts`, folder).href)!);
    assertEquals(answerIn("same"), true);
    assertEquals(answerIn("other"), false);
    assertEquals(answerIn("unknown"), false);
  });
});

Deno.test("usesNodeModules() is true when a package.json applies, except with nodeModulesDir", async () => {
  const files = {
    "npm/package.json": "{}",
    "npm/src/lib.ts": "",
    "both/package.json": "{}",
    "both/deno.json": "{}",
    "none/package.json": "{}",
    "none/deno.json": `{ "nodeModulesDir": "none" }`,
    "npm/deno/deno.json": "{}",
    "root/package.json": `{ "workspaces": ["member"] }`,
    "root/member/deno.json": "{}",
  };
  await withFiles(files, (folder) => {
    const used = ["npm", "npm/src", "both", "none", "npm/deno", "root/member"].filter((name) =>
      usesNodeModules(`${folder.pathname}${name}`)
    );
    assertEquals(used, ["npm", "npm/src", "both", "root/member"]);
  });
});
