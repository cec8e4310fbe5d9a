/** Globs of files. */
import { assertEquals } from "@std/assert";
import { FilePatterns } from "../../src/cache/file_patterns.ts";

Deno.test("FilePatterns.matches() matches whole paths by segments", () => {
  const rows: [pattern: string, path: string, matches: boolean][] = [
    ["src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/deep/a.ts", false],
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**/*.ts", "src/deep/er/a.ts", true],
    ["src/**", "src/a", true],
    ["src/**", "src", false],
    ["src", "src/deep/a", true],
    ["src/", "src/a", true],
    ["src", "srcs/a", false],
    ["./a.txt", "a.txt", true],
    ["a?.txt", "ab.txt", true],
    ["a?.txt", "a/.txt", false],
    ["a.{ts,js}", "a.js", true],
    ["a.{ts,js}", "a.tsx", false],
    ["[a-c].txt", "b.txt", true],
    ["[!a-c].txt", "b.txt", false],
    ["a+(b).txt", "a+(b).txt", true],
    ["**", "node_modules/a/b", false],
    ["node_modules/a/**", "node_modules/a/b", true],
    ["**/*", ".env", true],
  ];
  for (const [pattern, path, matches] of rows) {
    assertEquals(new FilePatterns([pattern]).matches(path), matches, `${pattern} ${path}`);
  }
  const patterns = new FilePatterns(["src/**", "!src/gen/**", "!**/*.md"]);
  const paths = ["src/a", "src/gen/a", "src/deep/a.md"];
  assertEquals(paths.filter((path) => patterns.matches(path)), ["src/a"]);
});

Deno.test("FilePatterns.list() finds files once, sorted, through links and without a cycle", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    await Deno.mkdir(`${folder}/src/deep`, { recursive: true });
    await Deno.mkdir(`${folder}/other`);
    for (const path of ["src/b.ts", "src/a.ts", "src/deep/c.ts", "other/d.ts", "e.ts"]) {
      await Deno.writeTextFile(`${folder}/${path}`, "");
    }
    await Deno.symlink("../other", `${folder}/src/linked`);
    await Deno.symlink("..", `${folder}/src/up`);
    const found = new FilePatterns(["src/**/*.ts", "src/a.ts", "missing/**", "!**/c.ts"]).list(
      folder,
    );
    assertEquals(found.filter((path) => !path.startsWith("src/up/")), [
      "src/a.ts",
      "src/b.ts",
      "src/linked/d.ts",
    ]);
    assertEquals(found.filter((path) => path.startsWith("src/up/src")), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
