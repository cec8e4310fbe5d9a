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

Deno.test("README.md shows images that JSR serves from the package", () => {
  const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
  const images = Array.from(
    read("README.md").matchAll(/!\[[^\]]*\]\(([^)]+)\)|<img [^>]*src="([^"]+)"/g),
    ([, markdown, html]) => markdown ?? html!,
  ).filter((path) => !/^[a-z]+:/.test(path));
  const published: string[] = JSON.parse(read("deno.json")).publish.include;
  assertEquals(images.filter((path) => !published.includes(path)), [], "in publish of deno.json");
  // JSR recognizes an SVG by its first and last characters.
  const drawings = images.filter((path) => path.endsWith(".svg")).map(read);
  assert(drawings.every((text) => text.startsWith("<svg") && text.endsWith("</svg>")));
});

Deno.test("docs/README.md links every page, and docs/performance.md the tables of benchmarks", () => {
  const linked = new Set([...targetsOf("docs/README.md"), ...targetsOf("docs/performance.md")]);
  const isIndexed = (path: string) =>
    linked.has(path) || !path.startsWith("docs/") || path === "docs/README.md";
  const pages = documentationPages().map(({ path }) => path);
  assertEquals(pages.filter((path) => !isIndexed(path)), []);
});

function targetsOf(page: string): string[] {
  return readPage(page).links.map(({ target }) => `docs/${target.split("#")[0]}`);
}

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
