import { assertEquals } from "@std/assert";
import { entryModules, modulePrefixes, projectEntry } from "../../src/task/project_entry.ts";

const PREFIXES: readonly [urls: readonly string[], prefixes: readonly string[]][] = [
  [["file:///p/users.ts", "file:///p/orders.js"], ["users::", "orders::"]],
  [["file:///p/a/tasks.ts", "file:///p/b/tasks.ts"], ["a/tasks::", "b/tasks::"]],
  [["file:///p/tasks.ts", "file:///p/tasks.js"], ["p/tasks#1::", "p/tasks#2::"]],
  [["file:///p/my%20tasks.ts", "https://x.org/b.ts?v=1#c"], ["my tasks::", "b::"]],
  [["file:///p/a.ts", "file:///"], ["a::", "::"]],
];

for (const [urls, prefixes] of PREFIXES) {
  Deno.test(`modulePrefixes() returns ${prefixes.join(" and ")} for ${urls.join(" and ")}`, () => {
    assertEquals(modulePrefixes(urls), prefixes);
  });
}

Deno.test("entryModules() returns the modules of projectEntry(), and undefined for others", () => {
  const urls = ["file:///p/users.ts", 'file:///p/"b".ts'];
  const entry = projectEntry(urls.map((url, i) => ({ url, prefix: `${i}::` })));
  assertEquals(entryModules(entry), urls);
  assertEquals(entryModules("file:///p/users.ts"), undefined);
});
