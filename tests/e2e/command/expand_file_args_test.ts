/** `--key:=@file`: values that are too large for a command line. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TestSpace } from "../../support/command.ts";

async function inSpace(test: (space: TestSpace) => Promise<void>): Promise<void> {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `export const load = mark(() => { throw new Error("not mocked"); });
     export const size = mark({ after: ["load"] }, (state) => {
       if (state.rows.length !== 2 || state.results.load.length !== 300_000) throw new Error("no");
     });`,
  );
  await space.file("rows.json", "\uFEFF[1, 2]"); // as some editors begin a file
  await space.file("large.json", JSON.stringify("x".repeat(300_000)));
  await space.file("broken.json", "[1,");
  await space.file("secret.json", '{"key":"hunter2",}');
  await test(space);
}

Deno.test("--key:=@file reads a file that is too large for a command line", () =>
  inSpace(async (space) => {
    const { code, stderr } = await space.tdrun([
      "work.ts",
      "--rows:=@rows.json",
      "--result-load:=@large.json",
    ]);
    assertEquals(code, 0, stderr);
  }));

Deno.test("--result-NAME=text reads no file when the text contains :=@", () =>
  inSpace(async (space) => {
    await space.module(
      "text.ts",
      `export const load = mark(() => "");
       export const show = mark({ after: ["load"] }, (state) => {
         if (state.results.load !== "rows:=@rows.json") throw new Error(state.results.load);
       });`,
    );
    const { code, stdout } = await space.tdrun(["text.ts", "--result-load=rows:=@rows.json"]);
    assertEquals(code, 0, stdout);
  }));

Deno.test("--key:=@file exits 2 with one line when the file is missing or invalid", () =>
  inSpace(async (space) => {
    for (
      const [arg, message] of [
        ["--rows:=@none.json", "Cannot read the value of --rows:=@none.json: no such file"],
        ["--rows:=@broken.json", "Cannot read the value of --rows:=@broken.json: invalid JSON, "],
        [
          "--rows:=@secret.json",
          "Cannot read the value of --rows:=@secret.json: invalid JSON, at ",
        ],
      ] as const
    ) {
      const { code, stderr } = await space.tdrun(["work.ts", arg]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, `Error: ${message}`);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      assert(!stderr.includes("hunter2"), "what is in a file is not for everybody");
    }
  }));
