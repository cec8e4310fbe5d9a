import { assertEquals } from "@std/assert";
import { fnvHash } from "../../src/base/fnv_hash.ts";

Deno.test("fnvHash() returns the length and the FNV-1a hash of a text", () => {
  assertEquals(["", "a", "foobar"].map(fnvHash), ["0-811c9dc5", "1-e40c292c", "6-bf9cf968"]);
});
