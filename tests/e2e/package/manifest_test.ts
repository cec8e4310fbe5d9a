/** The manifest of the published package: its dependencies, and that JSR accepts it. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { importedNames, publishedImports } from "../../../tools/published_imports.ts";
import { inRepository } from "../../support/command.ts";
import { npmTest, PACKAGE, Published, VERSION } from "../../support/published_package.ts";

const IMPORTS: Record<string, string> =
  JSON.parse(Deno.readTextFileSync(inRepository("deno.json"))).imports;

/** Every npm package that the published package depends on. */
const NPM_PACKAGES = ["bullmq", "ioredis"];

Deno.test("publishedImports() maps @std to JSR and keeps only imported names", () => {
  const imports = {
    "@std/fmt/colors": "npm:deno-std@1.4.0/fmt/colors.js",
    "@std/text/closest-string": "npm:deno-std@1.4.0/text/closest_string.js",
    "@std/yaml": "npm:deno-std@1.4.0/yaml/mod.js",
    "@std/jsonc": "jsr:@std/jsonc@^1.0.2",
    "bullmq": "npm:bullmq@6.7.0",
    "preact": "npm:preact@11.2.0",
  };
  const names = new Set(["preact/hooks", ...Object.keys(imports).filter((it) => it !== "preact")]);
  assertEquals(publishedImports(imports, names), {
    "@std/fmt/colors": "jsr:@std/fmt@^1.0.10/colors",
    "@std/text/closest-string": "jsr:@std/text@^1.0.19/closest-string",
    "@std/yaml": "jsr:@std/yaml@^1.2.0",
    "@std/jsonc": "jsr:@std/jsonc@^1.0.2",
    "bullmq": "npm:bullmq@6.7.0",
  });
});

Deno.test("publishedImports() throws when the version of an @std module is unknown", () => {
  for (const target of ["npm:deno-std@1.5.0/fmt/colors.js", "npm:other@1.0.0"]) {
    const imports = { "@std/fmt/colors": target };
    assertThrows(
      () => publishedImports(imports, new Set(["@std/fmt/colors"])),
      Error,
      `Cannot publish "@std/fmt/colors" from "${target}"`,
    );
  }
  const unknown = { "@std/none": "npm:deno-std@1.4.0/none/mod.js" };
  assertThrows(() => publishedImports(unknown, new Set(["@std/none"])), Error, "@std/none");
});

Deno.test("publishedImports() knows the version of every @std module of deno.json", () => {
  const published = publishedImports(IMPORTS, new Set(Object.keys(IMPORTS)));
  const std = Object.entries(published).filter(([name]) => name.startsWith("@std/"));
  assert(std.length > 2, "the modules are not found any more");
  for (const [name, target] of std) {
    assertEquals(target.replace(/^jsr:(@std\/[a-z-]+)@\^\d+\.\d+\.\d+/, "$1"), name);
  }
});

Deno.test("importedNames() finds static, dynamic and type imports, and exports", () => {
  const text = `import a from "a"; import{b}from"b"; import "c"; export * from "d";
    import type { E } from "e"; await import("f");
    import {
      g,
    } from "g";`;
  assertEquals(importedNames(text), ["a", "b", "c", "d", "e", "f", "g"]);
});

npmTest("the published manifest has only what users of the package need", async (t) => {
  await using published = await Published.create();
  const files = published.registry.filesOf(PACKAGE, VERSION);
  const textOf = (path: string) => published.registry.textOf(PACKAGE, VERSION, path);
  const manifest = JSON.parse(textOf("/deno.json"));

  await t.step("deno.json has no settings for development", () => {
    const keys = ["name", "version", "license", "exports", "imports", "publish"];
    assertEquals(Object.keys(manifest), keys);
  });

  await t.step("deno.json has @std from JSR, and npm packages in the tested version", () => {
    const imports = Object.entries<string>(manifest.imports);
    const std = imports.filter(([name]) => name.startsWith("@std/"));
    assert(std.length > 2, "@std is not found any more");
    for (const [, target] of std) assertEquals(target.slice(0, 9), "jsr:@std/");
    const others = imports.filter(([name]) => !name.startsWith("@std/"));
    assertEquals(others.map(([name]) => name), NPM_PACKAGES);
    for (const [name, target] of others) assertEquals(target, IMPORTS[name]);
  });

  await t.step("every import of deno.json is imported by a module", () => {
    const modules = files.filter((path) => /\.[jt]s$/.test(path)).map(textOf).join("\n");
    const unused = Object.values<string>(manifest.imports).filter((target) =>
      !modules.includes(`"${target}"`)
    );
    assertEquals(unused, []);
  });

  await t.step("no file names the mirror of @std on npm", () => {
    assertEquals(files.filter((path) => textOf(path).includes("deno-std")), []);
  });

  await t.step("deno publish --dry-run accepts the package", async () => {
    const line = ["publish", "--dry-run", "--allow-dirty", "--no-lock"];
    const { code, stderr } = await published.deno(line, {
      folder: `${published.folder}/package`,
      limitMs: 120_000,
    });
    assertEquals(code, 0, stderr);
  });
});
