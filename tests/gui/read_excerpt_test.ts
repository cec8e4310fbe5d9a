/** The lines around an error, as the server of the web UI reads them. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readExcerpt } from "../../src/gui/read_excerpt.ts";
import { UsageError } from "../../src/base/errors.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const lines = Array.from({ length: 10 }, (_, i) => `line ${i + 1}`);
    await Deno.writeTextFile(`${folder}/ten.ts`, `${lines.join("\r\n")}\n`);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readExcerpt() reads three lines before and after", () =>
  withFolder(async (folder) => {
    const { first, lines, modifiedAt } = await readExcerpt(folder, "ten.ts", 5);
    assertEquals([first, lines.length, lines[3]], [2, 7, "line 5"]);
    assert(!Number.isNaN(Date.parse(modifiedAt!)));
  }));

Deno.test("readExcerpt() ends with the file, and truncates long lines", () =>
  withFolder(async (folder) => {
    assertEquals((await readExcerpt(folder, "ten.ts", 1)).lines.length, 4);
    assertEquals((await readExcerpt(folder, "ten.ts", 10)).lines.at(-1), "line 10");
    await Deno.writeTextFile(`${folder}/min.js`, "x".repeat(100_000));
    assertEquals((await readExcerpt(folder, "min.js", 1)).lines[0]!.length, 301);
  }));

Deno.test("readExcerpt() rejects lines that are not there, and files outside of the folder", () =>
  withFolder(async (folder) => {
    for (const line of [0, 12, NaN, 1.5]) {
      await assertRejects(() => readExcerpt(folder, "ten.ts", line), UsageError, "line");
    }
    await assertRejects(() => readExcerpt(folder, "../etc/passwd", 1), UsageError);
    await assertRejects(() => readExcerpt(folder, "/etc/passwd", 1), UsageError, "outside");
    await assertRejects(() => readExcerpt(folder, "none.ts", 1), UsageError, "no such file");
  }));
