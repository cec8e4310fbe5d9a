/**
 * The commands of docs/install.md, run as written in a folder with one module, with the package in
 * a local registry.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { matchesOutput, stepsOf } from "../../docs/console.ts";
import { readPage } from "../../docs/markdown.ts";
import { inRepository } from "../../support/command.ts";
import { npmTest, PACKAGE, Published, VERSION } from "../../support/published_package.ts";

const NEXT = VERSION.replace(/\d+$/, (patch) => `${Number(patch) + 1}`);
const MODULE = `
  import { mark } from "${PACKAGE}";
  export const a = mark(() => console.log("copy:", import.meta.resolve("${PACKAGE}")));
`;

/** Version of the Deno that npm would download; the current Deno stands in. */
const gate = /\bdeno@([\d.]+)/.exec(Deno.readTextFileSync(inRepository(".ci/run")))![1]!;

npmTest("docs/install.md has commands that do what the page says", async (t) => {
  await using published = await Published.create();
  const folder = await published.makeFolder("work");
  await Deno.writeTextFile(`${folder}/module.ts`, MODULE);
  const bin = `${published.folder}/installed/bin`;
  const here = Deno.execPath().replace(/\/[^/]*$/, "");
  const env = { PATH: `${bin}:${here}:${Deno.env.get("PATH")}` };
  const type = async (command: string) => {
    const line = command.replace(`npx -y deno@${gate}`, `'${Deno.execPath()}'`);
    const { stdout, code } = await published.start(["bash", "-c", `exec 2>&1\n${line}`], {
      folder,
      env,
    }).ended;
    return { code, text: stdout };
  };
  /** The version of the library that a command runs with. */
  const versionOf = async (command: string) =>
    /copy: .*\/cli\/([\d.]+)\/mod\.js/.exec((await type(command)).text)?.[1];
  const tdrunVersion = () => versionOf("tdrun module.ts");

  const page = readPage("docs/install.md").blocks;
  const blocks = page.filter(({ language }) => language === "console");
  assert(blocks.length >= 6, "the commands are not found any more");
  const steps = blocks.flatMap(({ text }) => stepsOf(text));
  for (const { command, output } of steps) {
    if (command.includes(" -gAf ") && !command.endsWith(VERSION)) await published.publishAs(NEXT);
    await t.step(command, async () => {
      const { code, text } = await type(command);
      assertEquals(code, 0, text);
      if (/ module\.ts$/.test(command)) assertStringIncludes(text, "==== 1 passed");
      const lines = text.trimEnd().split("\n").filter((line) => !line.startsWith("Download "));
      if (output.length > 0) assert(matchesOutput(output, lines, folder), text);
      const names = () => [...Deno.readDirSync(bin)].map(({ name }) => name);
      if (command.startsWith("deno install -gA ")) assert(names().includes(command.split(" ")[4]!));
      else if (command.includes(`@${VERSION}`)) assertEquals(await tdrunVersion(), VERSION);
      else if (command.includes(" -gAf ")) assertEquals(await tdrunVersion(), NEXT, "upgraded");
      else if (command.startsWith("deno uninstall")) {
        assert(!names().includes(command.split(" ").at(-1)!), names().join());
      }
    });
  }

  await t.step("GitHub Actions runs the module in the step of the page", async () => {
    const yaml = page.filter(({ language }) => language === "yaml").map(({ text }) => parse(text));
    assertEquals(yaml.length, 1);
    const { steps } = yaml[0] as { steps: { run?: string; uses?: string }[] };
    const { text, code } = await type(steps.at(-1)!.run!);
    assertStringIncludes(text, "::group::");
    assertEquals(code, 0, text);
  });

  await t.step("deno.json has no import of the package after its removal", async () => {
    const { imports } = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
    assertEquals(imports ?? {}, {});
  });

  await t.step("--min-dep-age=0 installs and runs a version younger than a day", async () => {
    published.registry.ageMs = 60_000;
    const young = VERSION.replace(/\d+$/, (patch) => `${Number(patch) + 2}`);
    await published.publishAs(young);
    const again = ["deno install -gAf -n tdrun", `jsr:${PACKAGE}@${young}`];
    const rejected = await type(again.join(" "));
    assertStringIncludes(rejected.text, "minimum dependency age");
    assert(rejected.code !== 0);
    const { code, text } = await type(again.join(" --min-dep-age=0 "));
    assertEquals(code, 0, text);
    assertEquals(await tdrunVersion(), young, "without a configuration");
    await Deno.writeTextFile(`${folder}/deno.json`, `{ "imports": { "lib": "./lib.ts" } }`);
    await Deno.writeTextFile(`${folder}/lib.ts`, "");
    await Deno.writeTextFile(`${folder}/module.ts`, `import "lib"; ${MODULE}`);
    assertEquals(await tdrunVersion(), young, "with one, which is put in force");
    const run = `deno run -A --min-dep-age 0 jsr:${PACKAGE}@${young} module.ts`;
    assertEquals(await versionOf(run), young, "not installed");
  });
});
