import assert from "node:assert/strict";
import { formatTable } from "./mod.ts";

Deno.test("formatTable() aligns columns", () => {
  assert.equal(formatTable([["a", "b"], ["long", "c"]], 3), "a   | b  \nlo… | c  ");
});
