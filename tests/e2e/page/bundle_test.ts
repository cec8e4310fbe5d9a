/** The bundles of the pages; the web UI's document: policy, colors and third-party packages. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HEADERS, PAGE } from "../../../src/gui/page_document.ts";
import { inRepository } from "../../support/command.ts";

const read = (path: string) => Deno.readTextFile(inRepository(path));

const BUNDLES = {
  "bundle:ui": "src/gui/page_bundle.js",
  "bundle:table": "src/report/html/table_bundle.js",
  "bundle:timeline": "src/report/html/timeline_bundle.js",
};
for (const [task, bundle] of Object.entries(BUNDLES)) {
  Deno.test(`${bundle} is current (deno task ${task})`, async () => {
    const out = await Deno.makeTempFile({ suffix: ".js" });
    try {
      const { tasks } = JSON.parse(await read("deno.json"));
      const words: string[] = tasks[task].split(" ").slice(1);
      const args = words.map((word) => word === bundle ? out : word);
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...args, "--no-lock"],
        cwd: inRepository("."),
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const isCurrent = await Deno.readTextFile(out) === await read(bundle);
      assert(isCurrent, `run: deno task ${task}`);
    } finally {
      await Deno.remove(out);
    }
  });
}

Deno.test("PAGE has one script, one style, no external resources, and a matching policy", () => {
  assertEquals(PAGE.match(/<script/g)?.length, 1);
  assertEquals(PAGE.match(/<\/script/g)?.length, 1);
  assertEquals(PAGE.match(/<\/style/g)?.length, 1);
  const policy = HEADERS["content-security-policy"]!;
  assertStringIncludes(policy, "default-src 'none'");
  assertStringIncludes(policy, "frame-ancestors 'none'");
  assert(!/unsafe|https?:|\*/.test(policy), policy);
});

Deno.test("PAGE has the colors of the HTML report", async () => {
  const colors = (css: string) =>
    [...css.matchAll(/--(\w+): (#\w+);/g)].map(([, name, color]) => `${name} ${color}`);
  const page = colors(await read("src/gui/page/layout.css"));
  const report = colors(await read("src/report/html/layout.css"));
  assert(report.length >= 22);
  assertEquals(report.filter((color) => !page.includes(color)), []);
});

Deno.test("packages of the web UI are imported by src/gui/page only", async () => {
  const users: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(inRepository(folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await walk(path);
      else if (/\.ts$/.test(name) && /from "(preact|htm|@preact)/.test(await read(path))) {
        users.push(path);
      }
    }
  };
  await walk("src");
  await walk("workers");
  assert(users.length > 5);
  assertEquals(users.filter((path) => !path.startsWith("src/gui/page/")), []);
});

Deno.test("THIRD_PARTY.md lists the bundled packages and their versions", async () => {
  const { imports } = JSON.parse(await read("deno.json"));
  const text = await read("src/gui/THIRD_PARTY.md");
  for (const name of ["preact", "@preact/signals", "htm"]) {
    const version = String(imports[name]).split("@").at(-1);
    assertStringIncludes(text, `${name} ${version}`);
  }
});
