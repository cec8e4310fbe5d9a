/** Type errors in the options of `mark`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { inRepository, TestSpace } from "../../support/command.ts";

Deno.test("mark() has types that let the compiler suggest the correct option", async () => {
  await using space = await TestSpace.create();
  const library = new URL("../../../mod.ts", import.meta.url);
  await space.file(
    "module.ts",
    `import { mark } from "${library}";
     export const a = mark({ afer: ["b"] }, () => {});`,
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--config", inRepository("deno.json"), "module.ts"],
    cwd: space.folder,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 1);
  assertStringIncludes(text, "Did you mean to write 'after'?");
});
