/** `-C dir`: the folders in the arguments, and the changes to them. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { changeFolder, relativeOption, splitFolders } from "../../src/cli/args/change_folder.ts";

Deno.test("splitFolders() removes each form of the option, up to --", () => {
  const args = ["-C", "a", "m.ts", "--chdir=b", "-C=c", "--chdir", "d", "-x", "--", "-C", "e"];
  assertEquals(splitFolders(args), {
    rest: ["m.ts", "-x", "--", "-C", "e"],
    folders: ["a", "b", "c", "d"],
  });
});

Deno.test("splitFolders() throws when a folder is missing", () => {
  for (const args of [["m.ts", "-C"], ["--chdir="], ["-C", "--", "m.ts"]]) {
    const { message } = assertThrows(() => splitFolders(args), UsageError);
    assertEquals(message.endsWith("without a value: expected a folder"), true, message);
  }
});

Deno.test("changeFolder() changes to each folder in turn", async () => {
  const visited: string[] = [];
  const chdir = (folder: string) => void visited.push(folder);
  assertEquals(await changeFolder(["-C", "a", "m.ts", "-C", "b"], chdir), ["m.ts"]);
  assertEquals(visited, ["a", "b"]);
});

Deno.test("changeFolder() names a folder that cannot be entered", async () => {
  const errors: [error: Error, message: string][] = [
    [new Deno.errors.NotFound(), 'Cannot change to the folder "x": no such folder'],
    [new Deno.errors.NotADirectory(), 'Cannot change to the folder "x": not a folder'],
  ];
  for (const [error, message] of errors) {
    const chdir = () => {
      throw error;
    };
    await assertRejects(() => changeFolder(["-C", "x"], chdir), UsageError, message);
  }
});

Deno.test("relativeOption() finds paths that another folder would change", () => {
  const unaffected = ["--config=/a/deno.json", "--allow-net=host", "--import=npm:x", "--seed=1"];
  assertEquals(relativeOption(unaffected), undefined);
  for (const option of ["--config=deno.json", "--allow-write=/a,out", "--deny-read=secrets"]) {
    assertEquals(relativeOption([...unaffected, option]), option);
  }
});
