/** The cached build of the monorepo: an edit runs exactly the tasks that it must. */
import { assertEquals } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { inRepository, statuses, TestSpace } from "../../support/command.ts";

async function buildSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await copyFolder(inRepository("examples/monorepo"), `${space.folder}/monorepo`);
  return space;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The tasks that were not restored. */
function ran(stderr: string): string[] {
  return Object.entries(statuses(stderr)).filter(([, it]) => it !== "CACHED").map(([name]) => name)
    .sort();
}

/** The content of each file that the build writes. */
async function outputs({ folder }: TestSpace): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const out of ["dist", "reference"]) {
    for (const { name } of Deno.readDirSync(`${folder}/monorepo/${out}`)) {
      for (const file of Deno.readDirSync(`${folder}/monorepo/${out}/${name}`)) {
        const path = `${out}/${name}/${file.name}`;
        found[path] = await Deno.readTextFile(`${folder}/monorepo/${path}`);
      }
    }
  }
  return found;
}

/** Edits of one file, and the tasks that each runs. */
const EDITS: Record<
  string,
  [file: string, edit: (text: string) => string, tasks: readonly string[]]
> = {
  "a test": ["text/mod_test.ts", (text) => `${text}// more\n`, ["check.text", "test.text"]],
  // The bundle has no comments: its bytes are the same, so the release stands.
  "a comment of the app": ["app/mod.ts", (text) => `${text}// more\n`, [
    ...["bundle.app", "check.app", "docs.app", "test.app"],
  ]],
  "the code that three packages run": [
    "text/mod.ts",
    (text) => text.replace("text.length > width", "width < text.length"),
    [
      ...["bundle.app", "bundle.table", "bundle.text", "check.app", "check.table", "check.text"],
      ...["docs.text", "release", "test.app", "test.table", "test.text"],
    ],
  ],
};

Deno.test("monorepo/cached_build.ts runs exactly the tasks that an edit affects", async (t) => {
  await using space = await buildSpace();
  const build = () => space.tdrun(["-C", "monorepo", "cached_build.ts"]);
  const first = await build();
  assertEquals([first.code, ran(first.stderr).length], [0, 17], first.stderr);
  const built = await outputs(space);
  assertEquals(Object.keys(built).length, 8);

  for (const [what, [file, edit, tasks]] of Object.entries(EDITS)) {
    await t.step(`after an edit of ${what}`, async () => {
      const path = `${space.folder}/monorepo/${file}`;
      const before = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, edit(before));
      const { code, stderr } = await build();
      assertEquals([code, ran(stderr)], [0, tasks], stderr);
      await Deno.writeTextFile(path, before);
      const again = await build();
      assertEquals([again.code, ran(again.stderr)], [0, []], again.stderr);
      assertEquals(await outputs(space), built);
    });
  }
});

Deno.test("monorepo/cached_build.ts builds what an edit affects with --watch", async () => {
  await using space = await buildSpace();
  const watch = space.start(["-C", "monorepo", "cached_build.ts", "--watch"]);
  const idle = async (rounds: number) => {
    while ((watch.stderr.match(/Watching \d+ files?\n/g)?.length ?? 0) < rounds) {
      await bounded(watch.nextOutput(), "the end of a round");
    }
  };
  await idle(1);
  const path = `${space.folder}/monorepo/dates/mod.ts`;
  await Deno.writeTextFile(path, `${await Deno.readTextFile(path)}export const later = 1;\n`);
  await idle(2);
  watch.kill("SIGTERM");
  const { stderr } = await watch.ended;
  const round = stderr.split("dates/mod.ts changed").at(-1)!;
  assertEquals(ran(round), [
    ...["bundle.app", "bundle.dates", "check.app", "check.dates", "docs.dates"],
    ...["test.app", "test.dates"],
  ]);
});
