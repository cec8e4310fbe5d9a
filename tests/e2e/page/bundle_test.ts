/** The bundles of the pages; the web UI's document: policy, colors and third-party packages. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { emptyView } from "../../../src/events/run_view.ts";
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

Deno.test("PAGE and htmlReport() take their colors from one file", async () => {
  const colors = await read("src/layout/colors.css");
  assert([...colors.matchAll(/--\w+: #\w+;/g)].length >= 32);
  assertStringIncludes(PAGE, colors);
  const { htmlReport } = await import("../../../src/report/html/html_report.ts");
  const extras = { module: "a.ts", attempts: [], output: new Map() };
  assertStringIncludes(htmlReport(emptyView(), extras), colors);
  for (const folder of ["src/gui/page", "src/report/html"]) {
    for (const file of ["layout.css", "parts.css"]) {
      const own = (await read(`${folder}/${file}`)).match(/--[\w-]+: #\w+;/g);
      assertEquals(own, null, `${folder}/${file} has colors of its own`);
    }
  }
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
