import { assertEquals } from "@std/assert";
import { locationPath, urlOfLocation } from "../../src/runtime/stack_location.ts";

Deno.test("urlOfLocation() returns the import.meta.url of a location in a stack", () => {
  const urls = ["/a b/c%20d/e#f?g.ts", "/ünï/100%.ts", "/[1]/x.ts", "/C:/x y.ts"];
  assertEquals(urls.map((path) => urlOfLocation(`file://${path}`)), [
    "file:///a%20b/c%2520d/e%23f%3Fg.ts",
    "file:///%C3%BCn%C3%AF/100%25.ts",
    "file:///[1]/x.ts",
    "file:///C:/x%20y.ts",
  ]);
  assertEquals(urlOfLocation("https://x.test/a%20b.ts"), "https://x.test/a%20b.ts");
});

Deno.test("locationPath() returns the unescaped path of a location in a stack", () => {
  assertEquals(locationPath("file:///a b/c%20d#e.ts"), "/a b/c%20d#e.ts");
  assertEquals(locationPath("file:///C:/x y.ts"), "C:/x y.ts");
  assertEquals(locationPath("file://server/share/x y.ts"), "//server/share/x y.ts");
});
