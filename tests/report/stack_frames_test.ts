/** Places in stacks, as people read them. */
import { assert, assertEquals } from "@std/assert";
import { formatUrl, userFrames } from "../../src/report/text/stack_frames.ts";

Deno.test("formatUrl: a path is told from the folder it is in, on every system", () => {
  const cases: [url: string, folder: string, told: string][] = [
    ["file:///work/src/a.ts", "/work", "src/a.ts"],
    ["file:///work/src/a.ts", "/work/", "src/a.ts"],
    ["file:///work/src/a.ts", "/", "work/src/a.ts"],
    ["file:///work2/a.ts", "/work", "/work2/a.ts"],
    ["file:///D:/a/repo/src/x.ts", "D:\\a\\repo", "src/x.ts"],
    ["file:///D:/a/repo/src/x.ts", "D:\\", "a/repo/src/x.ts"],
    ["file:///D:/a/repo/src/x.ts", "C:\\a", "D:/a/repo/src/x.ts"],
    ["file://server/share/x.ts", "\\\\server\\share", "x.ts"],
  ];
  for (const [url, folder, told] of cases) assertEquals(formatUrl(url, folder), told);
});

Deno.test("userFrames: a line that looks like a frame again and again takes no time to speak of", () => {
  const start = performance.now();
  const line = " (file:".repeat(120_000);
  assertEquals(userFrames(`Error: no\n    at f${line}`), []);
  assertEquals(userFrames(`Error: no\n    at f${line}\u2028x:1:2)`).length, 1);
  assert(performance.now() - start < 20_000); // or minutes
});
