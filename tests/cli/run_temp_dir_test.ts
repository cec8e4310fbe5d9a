/** The temporary files of a run that the web UI starts. */
import { assertEquals, assertThrows } from "@std/assert";
import { RunTempDir } from "../../src/cli/ui/run_temp_dir.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("RunTempDir.create() removes its folder when a file cannot be written", async () => {
  await using space = await TestSpace.create();
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", space.folder);
  const { writeTextFileSync } = Deno;
  Deno.writeTextFileSync = () => {
    throw new Error("the disk is full");
  };
  try {
    assertThrows(() => RunTempDir.create({ state: {} }), Error, "the disk is full");
    assertEquals([...Deno.readDirSync(space.folder)], []);
  } finally {
    Deno.writeTextFileSync = writeTextFileSync;
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
});
