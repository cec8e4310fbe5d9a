import { assertEquals } from "@std/assert";
import { openFile } from "../../src/cli/system/open_file.ts";
import { TestSpace } from "../support/command.ts";

Deno.test({
  name: "openFile() creates missing folders, and keeps a backslash in the name of a file",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using space = await TestSpace.create();
    openFile(`${space.folder}/some/where/a\\b.txt`).close();
    assertEquals(Array.from(Deno.readDirSync(`${space.folder}/some/where`), (it) => it.name), [
      "a\\b.txt",
    ]);
  },
});
