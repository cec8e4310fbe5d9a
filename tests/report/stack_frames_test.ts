/** Tests of the stack frames in reports. */
import { assert, assertEquals } from "@std/assert";
import { formatUrl, userFrames } from "../../src/report/text/stack_frames.ts";

Deno.test("formatUrl() returns a path relative to the folder when the file is in it", () => {
  const cases: [url: string, folder: string, expected: string][] = [
    ["file:///work/src/a.ts", "/work", "src/a.ts"],
    ["file:///work/src/a.ts", "/work/", "src/a.ts"],
    ["file:///work/src/a.ts", "/", "work/src/a.ts"],
    ["file:///work2/a.ts", "/work", "/work2/a.ts"],
    ["file:///D:/a/repo/src/x.ts", "D:\\a\\repo", "src/x.ts"],
    ["file:///D:/a/repo/src/x.ts", "D:\\", "a/repo/src/x.ts"],
    ["file:///D:/a/repo/src/x.ts", "C:\\a", "D:/a/repo/src/x.ts"],
    ["file://server/share/x.ts", "\\\\server\\share", "x.ts"],
  ];
  for (const [url, folder, expected] of cases) assertEquals(formatUrl(url, folder), expected);
});

Deno.test("userFrames() returns quickly when a long line resembles many frames", () => {
  const start = performance.now();
  const line = " (file:".repeat(120_000);
  assertEquals(userFrames(`Error: no\n    at f${line}`), []);
  assertEquals(userFrames(`Error: no\n    at f${line}\u2028x:1:2)`).length, 1);
  assert(performance.now() - start < 20_000); // or minutes
});
