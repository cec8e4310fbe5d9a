/** The modules on the first screen of the web UI. */
import { assertEquals } from "@std/assert";
import { findModules } from "../../src/cli/ui/find_modules.ts";

Deno.test("findModules() lists modules that import mark, those in the folder itself first", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const mark = 'import { type State, mark } from "@thread-order/cli";';
    const files = {
      "zoo.ts": mark,
      "a/build.ts": 'import {\n  dmark,\n} from "./vendor.ts";',
      "a/b/c/d/deep.mjs": mark,
      "a/b/c/d/e/too_deep.ts": mark,
      "lib.ts": "export const mark = 1; // import { other } from x",
      "zoo_test.ts": mark,
      "types.d.ts": mark,
      "notes.md": mark,
      "node_modules/x/a.ts": mark,
      ".hidden/a.ts": mark,
      "large.ts": mark + " ".repeat(300 * 1024),
    };
    for (const [path, text] of Object.entries(files)) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    const found = await findModules(folder);
    assertEquals(found.map(({ path }) => path), ["zoo.ts", "a/build.ts", "a/b/c/d/deep.mjs"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findModules() is empty when the folder cannot be read", async () => {
  assertEquals(await findModules("/does/not/exist"), []);
});
