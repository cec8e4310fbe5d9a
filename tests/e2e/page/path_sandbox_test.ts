/** Paths of the web UI do not lead out of the folder. */
import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../../src/base/errors.ts";
import {
  completePath,
  resolveFileWithin,
  resolveModuleWithin,
  resolveWithin,
} from "../../../src/gui/path_sandbox.ts";
import { TestSpace } from "../../support/command.ts";

async function inFolder(look: (folder: string, outside: string) => Promise<void>): Promise<void> {
  await using space = await TestSpace.create();
  const folder = `${space.folder}/work`;
  await Deno.mkdir(`${folder}/src/deep`, { recursive: true });
  await Deno.mkdir(`${folder}/node_modules`);
  await Deno.mkdir(`${space.folder}/work-other`);
  await space.file("secret.ts", "");
  await space.file("work-other/near.ts", "");
  await space.file("work/build.ts", "");
  await space.file("work/state.json", "{}");
  await space.file("work/.hidden.ts", "");
  await space.file("work/src/tasks.ts", "");
  await Deno.symlink(`${space.folder}/secret.ts`, `${folder}/link.ts`);
  await Deno.symlink(space.folder, `${folder}/up`);
  await look(folder, space.folder);
}

Deno.test("resolveWithin() resolves paths in the folder, in every notation", () =>
  inFolder(async (folder) => {
    assertEquals(await resolveWithin(folder, "build.ts"), "build.ts");
    assertEquals(await resolveWithin(folder, "./src/../build.ts"), "build.ts");
    assertEquals(await resolveWithin(folder, `${folder}/src/tasks.ts`), "src/tasks.ts");
    assertEquals(await resolveWithin(folder, "."), ".");
  }));

for (
  const [what, path] of [
    ["dots", "../secret.ts"],
    ["dots within the path", "src/../../secret.ts"],
    ["a folder whose name has the same prefix", "../work-other/near.ts"],
    ["a link to a file", "link.ts"],
    ["a link to a folder", "up/secret.ts"],
    ["the root", "/etc/passwd"],
    ["a URL", "https://evil.example/x.ts"],
    ["a file URL", "file:///etc/passwd"],
    ["a data URL", "data:text/javascript,1"],
    ["an empty path", ""],
    ["a NUL character", "build.ts\0.json"],
    ["a missing file", "none.ts"],
  ] as const
) {
  Deno.test(`resolveWithin() rejects ${what}`, () =>
    inFolder(async (folder) => {
      await assertRejects(() => resolveWithin(folder, path), UsageError, "Cannot open");
    }));
}

Deno.test("completePath() lists folders and files of the kind, none hidden or outside", () =>
  inFolder(async (folder) => {
    const paths = async (typed: string, kind: "module" | "state" = "module") =>
      (await completePath(folder, typed, kind)).map(({ path }) => path);
    assertEquals(await paths(""), ["build.ts", "src/"]);
    assertEquals(await paths("bu"), ["build.ts"]);
    assertEquals(await paths("src/"), ["src/deep/", "src/tasks.ts"]);
    assertEquals(await paths("src/T"), ["src/tasks.ts"]);
    assertEquals(await paths("", "state"), ["src/", "state.json"]);
    assertEquals(await paths("../"), []);
    assertEquals(await paths("up/"), []);
    assertEquals(await paths("none/"), []);
  }));

Deno.test({
  name: "resolveFileWithin() rejects folders and pipes, whose reading fails or never ends",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await new Deno.Command("mkfifo", { args: [`${folder}/pipe.json`] }).output();
      assertEquals(await resolveFileWithin(folder, "build.ts"), "build.ts");
      const refuse = (path: string, why: string) =>
        assertRejects(() => resolveFileWithin(folder, path), UsageError, why);
      await refuse("src", 'Cannot open "src": expected a file, got a folder');
      await refuse("pipe.json", 'Cannot open "pipe.json": expected a file, got a pipe or device');
      await refuse("../secret.ts", "is outside of");
      assertEquals(await resolveModuleWithin(folder, "src/"), "src");
      assertEquals(await resolveModuleWithin(folder, "./build.ts"), "build.ts");
      const pipe = resolveModuleWithin(folder, "pipe.json");
      await assertRejects(() => pipe, UsageError, "expected a file, got a pipe or device");
    }),
});
