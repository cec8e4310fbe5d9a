/** Windows paths, tested on every system. */
import { assertEquals } from "@std/assert";
import { isAbsolute } from "../../../src/runtime/file_url.ts";
import { runDeno } from "../../support/run_deno.ts";

const source = (path: string) => new URL(`../../../src/${path}`, import.meta.url).href;

/** The output of a program in which Deno reports Windows as the system. */
async function onWindows(program: string, folder = "C:\\work"): Promise<unknown> {
  const { stdout, stderr } = await runDeno(`
    Deno.build = { ...Deno.build, os: "windows" };
    Deno.cwd = () => ${JSON.stringify(folder)};
    const { ancestorFolders, isAbsolute, moduleUrl, urlToPath } = await import("${
    source("runtime/file_url.ts")
  }");
    const { locationPath } = await import("${source("runtime/location_path.ts")}");
    console.log(JSON.stringify(${program}));
  `);
  assertEquals(stderr, "");
  return JSON.parse(stdout);
}

Deno.test("moduleUrl() resolves drives, network paths and the root on Windows", async () => {
  const cases: [target: string, folder: string, url: string][] = [
    ["a.ts", "C:\\work\\my files", "file:///C:/work/my%20files/a.ts"],
    ["sub\\..\\..\\a.ts", "C:\\work", "file:///C:/a.ts"],
    ["a.ts", "C:\\", "file:///C:/a.ts"],
    ["D:\\a#1.ts", "C:\\work", "file:///D:/a%231.ts"],
    ["D:/a.ts", "C:\\work", "file:///D:/a.ts"],
    ["\\other\\a.ts", "C:\\work", "file:///C:/other/a.ts"],
    ["a.ts", "\\\\server\\share", "file://server/share/a.ts"],
    ["\\\\server\\share\\a.ts", "C:\\work", "file://server/share/a.ts"],
    ["file:///D:/a.ts", "C:\\work", "file:///D:/a.ts"],
    ["", "C:\\work", "file:///C:/work/"],
  ];
  const urls = await onWindows(`${JSON.stringify(cases)}.map(([path, at]) => moduleUrl(path, at))`);
  assertEquals(urls, cases.map(([, , url]) => url));
});

Deno.test("urlToPath() and ancestorFolders() keep drives and servers on Windows", async () => {
  const urls = ["file:///C:/a%20b/c.ts", "file://server/share/c.ts"];
  assertEquals(await onWindows(`${JSON.stringify(urls)}.map((it) => urlToPath(new URL(it)))`), [
    "C:/a b/c.ts",
    "//server/share/c.ts",
  ]);
  const up = (url: string) =>
    onWindows(`Array.from(ancestorFolders(new URL("${url}")), urlToPath)`);
  assertEquals(await up("file:///C:/a/b/"), ["C:/a/b/", "C:/a/", "C:/"]);
  assertEquals(await up("file://server/share/"), ["//server/share/", "//server/"]);
});

Deno.test("isAbsolute() is true for drives and backslashes on Windows only", async () => {
  const paths = ["/a", "C:/a", "C:\\a", "\\a", "a", "C:a", ""];
  const onThis = Deno.build.os === "windows" ? paths.slice(0, 4) : ["/a"];
  assertEquals(paths.filter(isAbsolute), onThis);
  const there = await onWindows(`${JSON.stringify(paths)}.filter(isAbsolute)`);
  assertEquals(there, paths.slice(0, 4));
});

Deno.test("locationPath() decodes the current folder on Windows", async () => {
  const look = (place: string, folder: string) => onWindows(`locationPath("${place}")`, folder);
  assertEquals(await look("file:///C:/Jo%20Doe/a b.ts", "C:\\Jo Doe"), "C:/Jo Doe/a b.ts");
  assertEquals(
    await look("file://server/my%20files/a b.ts", "\\\\server\\my files"),
    "//server/my files/a b.ts",
  );
  assertEquals(await look("file:///C:/a%20b.ts", "C:\\"), "C:/a%20b.ts");
});
