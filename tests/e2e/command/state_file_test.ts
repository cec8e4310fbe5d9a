/** State files whose YAML aliases expand to very many values. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/base/errors.ts";
import { parseState } from "../../../src/cli/run/state_file.ts";
import { TestSpace } from "../../support/command.ts";

/** YAML of nested lists, each with nine aliases of the list before. */
function bomb(depth: number): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < depth; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]`);
  return `${lines.join("\n")}\n`;
}

const WHY =
  /^Cannot read the state file "s\.yaml": its aliases expand to \d{8} values; the maximum/;

Deno.test("parseState() throws when YAML aliases expand to too many values", () => {
  const { message } = assertThrows(() => parseState("s.yaml", bomb(8)), UsageError);
  assertEquals(WHY.test(message), true, message);
  assertEquals(Object.keys(parseState("s.yaml", bomb(3))), ["a0", "a1", "a2"]);
});

Deno.test("parseState() accepts many values, and values that contain themselves", () => {
  const many = parseState("s.yaml", `a: &a [1]\nb: *a\nc: [${"1, ".repeat(200_000)}]\n`);
  assertEquals(many.b, [1]);
  const { loop } = parseState("s.yaml", "loop: &l\n  self: *l\n") as { loop: { self: unknown } };
  assertEquals(loop.self === loop, true);
});

Deno.test("tdrun exits 2 when aliases of the state file expand to too many values", async () => {
  await using space = await TestSpace.create();
  await space.file("s.yaml", bomb(8));
  const args = ["--state-file=s.yaml", "--state-out=o.json"];
  const { code, stderr } = await space.tdrunModule("export const a = mark(() => {});", args);
  assertEquals(WHY.test(stderr.replace(/^Error: /, "")), true, stderr);
  assertEquals(code, 2);
});
