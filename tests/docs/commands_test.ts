/** Commands in running text and in the heads of examples are valid. */
import { assert, assertEquals } from "@std/assert";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { exampleFiles } from "./example_files.ts";
import { documentationPages, type Page, readPage } from "./markdown.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
const { tasks, exports } = JSON.parse(read("deno.json"));
const [, gate] = /\bdeno@([\d.]+)/.exec(read(".ci/run"))!;

const PAGES = [
  ...documentationPages(),
  ...["CONTRIBUTING.md", "RELEASING.md", "ARCHITECTURE.md", "examples/README.md"].map(readPage),
  ...["Dockerfile", ".github/pull_request_template.md"].map(readPage),
];

interface Command {
  readonly at: string;
  readonly text: string;
  readonly page: Page;
}

function commands(): Command[] {
  return PAGES.flatMap((page) => {
    const blocks = page.blocks.filter(({ language }) => language === "console").flatMap((block) =>
      block.text.split("\n").filter((line) => line.startsWith("$ ")).map((line) => ({
        target: line.slice(2),
        line: block.line,
      }))
    );
    return [...page.snippets, ...blocks].map(({ target, line }) => ({
      at: `${page.path}:${line}: ${target}`,
      text: target.replace(/ {2,}#.*$/, ""),
      page,
    }));
  }).filter(({ text }) => /^(\w+=\S+ )?(deno|npx|docker) [^…]*$/.test(text));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

/** Checks a command. Returns the problem, or undefined. */
function problemIn({ text, page }: Command): string | undefined {
  for (
    const [, entryPoint = "", rest = ""] of text.matchAll(
      /jsr:@thread-order\/cli(?:@[\d.]+)?(\/\w+)?(\S*)/g,
    )
  ) {
    if (!(`.${entryPoint}` in exports)) return `the package has no "${entryPoint}"`;
    if (rest !== "") return `what is "${rest}"?`;
  }
  const version = /\bdeno@([\d.]+)/.exec(text)?.[1];
  if (version !== undefined && version !== gate) return `the gate runs with deno@${gate}`;
  const task = /\bdeno(?:@\S+)? task (?:--frozen )?(\S+)/.exec(text)?.[1];
  if (task !== undefined) return task in tasks ? undefined : "there is no such task";
  if (text.startsWith("docker")) {
    return read("Dockerfile").includes(`#     ${text}\n`) ? undefined : "the Dockerfile differs";
  }
  const shown = page.blocks.map(({ file }) => file);
  const files = [...text.matchAll(/(?<=\s)[\w/.]+\.ts\b|\btests\/\S+/g)].map(([path]) => path);
  return files.filter((path) =>
    !exists(path) && !shown.includes(path) && !/^(module|shop)\.ts$/.test(path)
  )
    .map((path) => `there is no ${path}`)[0];
}

Deno.test("docs/*.md name existing tasks, files, entry points and versions in commands", () => {
  const all = commands();
  assert(all.length > 40, "the commands are not found any more");
  assertEquals(
    all.flatMap((command) => problemIn(command) ? [`${command.at}: ${problemIn(command)}`] : []),
    [],
  );
});

Deno.test("examples/*.ts have valid commands in their head comments", () => {
  for (const example of exampleFiles()) {
    const path = `examples/${example.path}`;
    const { head } = example;
    const lines = head.replaceAll(/\\\n \* +/g, "").match(/(?<=^ \* {5}).*$/gm) ?? [];
    assert(lines.some((line) => line.includes(path)), `${path} does not say how it is run`);
    for (const line of lines) {
      const files = [...line.matchAll(/(?<=\s|=)[\w/.]+\.(?:ts|json|yaml)\b/g)].map(([it]) => it);
      assertEquals(files.filter((it) => !exists(it)), [], `${path}: ${line}`);
      const [, args] = /^deno run -A cli\.ts (.*?)(?: {2,}#.*)?$/.exec(line) ?? [];
      if (args !== undefined) parseCommand(args.split(" ")); // throws a UsageError, as the command
    }
  }
});
