/** Links of the documentation have existing targets. */
import { assert, assertEquals } from "@std/assert";
import { exampleFiles } from "./example_files.ts";
import { documentationPages, readPage } from "./markdown.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGES = [
  ...documentationPages(),
  ...["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"].map(readPage),
];

Deno.test("docs/*.md have links to existing files and headings", () => {
  const broken: string[] = [];
  let count = 0;
  for (const { path, links } of PAGES) {
    for (const { target, line } of links) {
      if (/^[a-z]+:/.test(target)) continue;
      count++;
      const [file = "", anchor] = target.split("#");
      const url = new URL(file, new URL(path, ROOT));
      if (!exists(url)) broken.push(`${path}:${line}: ${target}: there is no such file`);
      else if (anchor !== undefined && !hasAnchor(url, anchor)) {
        broken.push(`${path}:${line}: ${target}: there is no such heading`);
      }
    }
  }
  assertEquals(broken, []);
  assert(count > 20, "the links are not found any more");
});

Deno.test("docs/README.md links every page", () => {
  const index = readPage("docs/README.md");
  const linked = new Set(index.links.map(({ target }) => `docs/${target.split("#")[0]}`));
  const pages = documentationPages().map(({ path }) => path);
  assertEquals(
    pages.filter((path) => path.startsWith("docs/") && path !== index.path && !linked.has(path)),
    [],
  );
});

Deno.test("examples/README.md lists every example", () => {
  const { links } = readPage("examples/README.md");
  const indexed = links.map(({ target }) => target);
  assertEquals(
    exampleFiles().map(({ path }) => path).filter((path) => !indexed.includes(path)),
    [],
  );
  assertEquals(links.length, new Set(links.map(({ line }) => line)).size);
});

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

function hasAnchor(url: URL, anchor: string): boolean {
  const path = url.pathname.slice(ROOT.pathname.length);
  return path.endsWith(".md") && readPage(path).anchors.has(anchor);
}
