/**
 * Code blocks of README.md and docs/ run with the documented output. docs/internals.md has the
 * conventions; `UPDATE_GOLDENS=1` writes the output of commands into the pages.
 */
import { assertEquals } from "@std/assert";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { parseCacheArgs } from "../../src/cli/cache/cache_command.ts";
import { parseUiArgs } from "../../src/cli/ui/ui_args.ts";
import { parseMergeArgs } from "../../src/cli/merge/merge_args.ts";
import type { Settings } from "../../src/cli/settings/parse_settings.ts";
import { parseWorkerArgs } from "../../src/cli/worker/worker_command.ts";
import { npmTest, PACKAGE, Published } from "../support/published_package.ts";
import {
  canonical,
  canonicalDocumented,
  matchesOutput,
  type Step,
  stepsOf,
  withTimesOf,
} from "./console.ts";
import { type Block, documentationPages, type Page } from "./markdown.ts";
import { PageFolder } from "./page_folder.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGES = documentationPages();
const IS_UPDATE = Deno.env.get("UPDATE_GOLDENS") === "1";

/** Languages of fences. */
const LANGUAGES = ["ts", "console", "yaml", "json", "ndjson", "mermaid", "text", "python"];

/** Languages that do not run: output of a command, or blocks with a reason. */
const SHOWN = ["mermaid", "text", "python"];

/** The names that a fragment may use without an import. */
const PRELUDE = `import type * as library from "@thread-order/cli";
declare global {
  const mark: typeof library.mark;
  const dmark: typeof library.dmark;
  const logger: library.Logger;
  const s: library.Scheduler;
  const state: library.State;
  const task: library.TaskContext;
}
`;

/** Windows has no bash. */
const ignore = Deno.build.os === "windows";

Deno.test("docs/*.md have a checked language or a reason in every block", () => {
  const wrong = everyBlock().filter(({ block: { language, source, ignored } }) =>
    !LANGUAGES.includes(language) || (SHOWN.includes(language) && !source && !ignored)
  );
  assertEquals(wrong.map(({ at }) => at), []);
});

Deno.test("docs/*.md have valid JSON blocks", () => {
  for (const { block, at } of everyBlock()) {
    const { language, ignored, text } = block;
    if (ignored !== undefined || !["json", "ndjson"].includes(language)) continue;
    const values = language === "json" ? [text] : text.trimEnd().split("\n");
    assertEquals(values.filter((value) => !isJson(value)), [], at);
  }
});

Deno.test({
  name: "docs/*.md have TypeScript blocks that type-check",
  ignore,
  async fn() {
    await using folder = await PageFolder.create();
    await folder.write("prelude.d.ts", PRELUDE);
    const files: string[] = [];
    for (const { path, blocks } of PAGES) {
      const known = new Map<string, string>();
      for (const block of blocks) {
        if (block.language !== "ts" || block.ignored !== undefined) continue;
        if (block.excerptOf !== undefined) continue; // checked with its file
        const name = block.file ?? "block.ts";
        if (block.file !== undefined) known.set(block.file, block.text);
        const place = `check/${path.replaceAll("/", "_")}_${block.line}`;
        for (const [file, text] of known) await folder.write(`${place}/${file}`, text);
        await folder.write(`${place}/${name}`, wholeModule(block));
        files.push(`${place}/${name}`);
      }
    }
    assertEquals(await folder.check(files), "");
  },
});

for (const page of PAGES) {
  const blocks = page.blocks.filter(({ ignored }) => ignored === undefined);
  if (!blocks.some(({ language, source }) => language === "console" || source)) continue;
  Deno.test({
    name: `${page.path} has the output of its commands`,
    ignore,
    fn: async () => {
      await using folder = await PageFolder.create();
      await followPage(page, blocks, folder);
    },
  });
}

// Only the command is installed: no configuration maps the name that the modules import.
npmTest("docs/*.md have the right output when tdrun is installed", async (t) => {
  await using published = await Published.create();
  const args = ["install", "-g", "-A", "--quiet", "-n", "tdrun", "jsr:@thread-order/cli"];
  assertEquals((await published.deno(args)).code, 0);
  const { NO_COLOR: _, ...env } = published.env;
  const installed = { file: `${published.folder}/installed/bin/tdrun`, env };
  await using first = await PageFolder.create(installed); // Deno prints downloads once
  await first.write(
    "first.ts",
    `import { mark } from "${PACKAGE}"; export const a = mark(() => 1);`,
  );
  assertEquals((await first.run(["tdrun first.ts"]))[0]!.code, 0);
  for (const path of ["docs/guide.md", "docs/state.md", "docs/from-python.md"]) {
    const page = PAGES.find((it) => it.path === path)!;
    await t.step(path, async () => {
      await using folder = await PageFolder.create(installed);
      await followPage(page, page.blocks.filter(({ ignored }) => ignored === undefined), folder);
    });
  }
});

Deno.test("docs/*.md run or import every file that they show", () => {
  const idle = PAGES.flatMap(({ path, blocks }) => {
    const commands = blocks.filter(({ language }) => language === "console")
      .map(({ text }) => text).join();
    return blocks.filter(({ file, ignored, text }) => {
      if (file === undefined || ignored !== undefined) return false;
      const importers = blocks.filter((it) => it.text !== text && it.text.includes(`"./${file}"`));
      return importers.length === 0 && !commands.includes(file);
    }).map(({ file }) => `${path}: ${file}`);
  });
  assertEquals(idle, []);
});

Deno.test("docs/*.md have valid command lines in running text", () => {
  const lines = PAGES.flatMap(({ path, snippets }) =>
    snippets.filter(({ target }) => /^tdrun .*[^…]$/.test(target)).map(({ target, line }) => ({
      at: `${path}:${line}: ${target}`,
      words: wordsOf(target.replace(/ [|#>].*$| {3,}.*$/, "")).slice(1),
    }))
  ).filter(({ words }) => words.every((word) => !/[[\]<>]/.test(word)));
  assertEquals(
    lines.map(({ at, words }) => `${at}${parseError(words)}`),
    lines.map(({ at }) => at),
  );
});

/** Runs all blocks of a page, from top to bottom. */
async function followPage({ path }: Page, blocks: readonly Block[], folder: PageFolder) {
  const url = new URL(path, ROOT);
  for (const block of blocks) {
    if (block.file !== undefined) await folder.write(block.file, block.text);
    const steps = block.source !== undefined
      ? [{ command: block.source, output: block.text.trimEnd().split("\n") }]
      : block.language === "console"
      ? stepsOf(block.text)
      : [];
    if (steps.length === 0) continue;
    const ends = await folder.run(steps.map(({ command }) => command));
    const printed = steps.map((step, i) => ({ ...step, output: ends[i]!.lines }));
    const wrong = steps.filter((step, i) =>
      step.output.length === 0
        ? ends[i]!.code !== 0
        : !matchesOutput(step.output, ends[i]!.lines, folder.path)
    );
    if (wrong.length === 0) continue;
    if (IS_UPDATE) {
      updatePage(url, block, steps, printed);
      continue;
    }
    const actual = printed.map((it) => ({ ...it, output: canonical(it.output, folder.path) }));
    const expected = steps.map((it, i) => ({
      ...it,
      output: canonicalDocumented(it.output, printed[i]!.output, folder.path),
    }));
    assertEquals(actual, expected, `${path}:${block.line}`);
    throw new Error(`${path}:${block.line}: not printed like this: ${wrong[0]!.command}`);
  }
}

/** Writes the output of the commands of a block into the page. */
function updatePage(url: URL, block: Block, steps: readonly Step[], printed: readonly Step[]) {
  const text = printed.map(({ command, output }, i) => {
    const documented = steps[i]!.output;
    const shown = documented.length > 0 ? withTimesOf(documented, output) : [];
    return [...(block.source === undefined ? [`$ ${command}`] : []), ...shown];
  }).flat().map((line) => `${line}\n`).join("");
  const page = Deno.readTextFileSync(url);
  Deno.writeTextFileSync(url, page.replace(block.text, () => text));
}

function everyBlock(): { block: Block; at: string }[] {
  return PAGES.flatMap(({ path, blocks }) =>
    blocks.map((block) => ({ block, at: `${path}:${block.line}: ${block.language}` }))
  );
}

/**
 * Completes a fragment, which is a block without imports: imports the names of the library, and
 * replaces `…`.
 */
function wholeModule({ text }: Block): string {
  if (/^import /m.test(text)) return text;
  const code = text.replaceAll("…", "/* … */");
  return `/// <reference types="../../prelude.d.ts" />\n${code}\nexport {};\n`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function wordsOf(line: string): string[] {
  const words = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** Settings that name a module, for the command lines that name none. */
const SETTINGS: Settings = {
  file: { path: "/deno.json", folder: "/", root: ["tdrun"], content: {} },
  modules: ["module.ts"],
  entries: new Map(),
};

function parseError(args: readonly string[]): string {
  try {
    if (args[0] === "ui") parseUiArgs(args.slice(1));
    // A name alone refers to the option.
    else if (args[0] === "cache") parseCacheArgs(args.slice(1));
    else if (args[0] === "worker" && args.length > 1) parseWorkerArgs(args.slice(1));
    else if (args[0] === "merge" && args.length > 1) parseMergeArgs(args.slice(1));
    else if (args[0] !== "merge") parseCommand(args, () => SETTINGS);
    return "";
  } catch (error) {
    return ` -> ${(error as Error).message}`;
  }
}
