import { assertEquals } from "@std/assert";
import { locationPath } from "../../src/runtime/location_path.ts";

Deno.test("locationPath() returns the unescaped path of a location in a stack", () => {
  assertEquals(locationPath("file:///a b/c%20d#e.ts"), "/a b/c%20d#e.ts");
  assertEquals(locationPath("file:///C:/x y.ts"), "C:/x y.ts");
  assertEquals(locationPath("file://server/share/x y.ts"), "//server/share/x y.ts");
});
