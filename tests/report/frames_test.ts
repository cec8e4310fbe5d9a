/** Places in stacks, as people read them. */
import { assertEquals } from "@std/assert";
import { formatUrl } from "../../src/report/frames.ts";

Deno.test("formatUrl: a path is told from the folder it is in, on every system", () => {
  const cases: [url: string, folder: string, told: string][] = [
    ["file:///work/src/a.ts", "/work", "src/a.ts"],
    ["file:///work/src/a.ts", "/work/", "src/a.ts"],
    ["file:///work/src/a.ts", "/", "work/src/a.ts"],
    ["file:///work2/a.ts", "/work", "/work2/a.ts"],
    ["file:///D:/a/repo/src/x.ts", "D:\\a\\repo", "src/x.ts"],
    ["file:///D:/a/repo/src/x.ts", "D:\\", "a/repo/src/x.ts"],
    ["file:///D:/a/repo/src/x.ts", "C:\\a", "D:/a/repo/src/x.ts"],
  ];
  for (const [url, folder, told] of cases) assertEquals(formatUrl(url, folder), told);
});
