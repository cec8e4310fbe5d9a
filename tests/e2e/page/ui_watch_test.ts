/** `tdrun ui --watch` in a browser: the page follows the rounds. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium, withPage } from "../../support/browser.ts";
import { LIBRARY, TestSpace } from "../../support/command.ts";
import {
  count,
  screenshot,
  waitForText,
  waitForTitle,
  waitUntilReady,
  withUi,
} from "../../support/ui.ts";

const CHAINS = `
  export const left = mark({ cache: { files: ["left.txt"] } }, () => Deno.readTextFileSync("left.txt"));
  export const left_user = mark({ after: { left } }, async (_state, task) => {
    if (task.results.left !== "slow") return;
    await new Promise((_resolve, reject) => task.signal.onabort = () => reject(task.signal.reason));
  });
  export const right = mark({ cache: { files: ["right.txt"] } }, () => {
    if (Deno.readTextFileSync("right.txt") === "bad") throw new Error("right is bad");
  });
`;

async function chainSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await space.file("left.txt", "1");
  await space.file("right.txt", "1");
  await space.module("work.ts", CHAINS);
  return space;
}

inChromium("tdrun ui --watch shows each round, what changed, and what is reused", async () => {
  await using space = await chainSpace();
  await withUi(["work.ts", "--watch"], space.folder, async (page, _command, url) => {
    await waitForText(page, "#verdict", "Run 1: passed; watching for changes");
    assertEquals(await count(page, "tasks"), 3);

    await space.file("left.txt", "2");
    await waitForText(page, "#verdict", "Run 2: passed; watching for changes");
    await waitForTitle(page, "✓ work.ts");
    await waitForText(page, "#round summary", "left.txt changed: 2 of 3 tasks");
    await page.click("#round summary");
    await waitForText(page, "#round", "Reused: right");
    assertEquals([await count(page, "tasks"), await count(page, "reused")], [2, 1]);
    await waitForText(page, "#show-run-2", "left.txt changed");
    await screenshot(page, "watch");

    await space.file("left.txt", "slow");
    await waitForText(page, "#verdict.running", "Run 3: running");
    // Another page, and a reload, show the current round.
    await withPage(url, (other) => waitForText(other, "#verdict.running", "Run 3: running"));
    await page.reload();
    await waitForText(page, "#verdict.running", "Run 3: running");
    await space.file("left.txt", "3");
    await waitForText(page, "#verdict.passed", "Run 4: passed");
    await waitForText(page, "#show-run-3", "⊘ cancelled by a change");
    await page.click("#show-run-3");
    await waitForText(page, "#verdict.cancelled", "Run 3: cancelled, since a file changed");

    // A page that shows an earlier run stays there.
    await space.file("right.txt", "2");
    await waitForText(page, "#show-run-5", "✓ passed");
    assertStringIncludes((await page.textContent("#verdict"))!, "Run 3: cancelled");
    await page.reload();
    await waitForText(page, "#verdict.cancelled", "Run 3: cancelled");
  });
});

inChromium("tdrun ui --watch runs all or failed tasks by the buttons", async () => {
  await using space = await chainSpace();
  await space.file("right.txt", "bad");
  await withUi(["work.ts", "--watch"], space.folder, async (page) => {
    await waitForText(page, "#verdict.failed", "Run 1: 1 task failed; watching for changes");
    await waitUntilReady(page);
    await page.click("#rerun");
    await waitForText(page, "#verdict.failed", "Run 2: 1 task failed");
    assertEquals([await count(page, "tasks"), await count(page, "reused")], [1, 2]);
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict.failed", "Run 3: 1 task failed");
    assertEquals([await count(page, "tasks"), await count(page, "reused")], [3, 0]);
    await space.file("right.txt", "good");
    await waitForText(page, "#verdict.passed", "Run 4: passed");
    assertEquals([await count(page, "tasks"), await count(page, "reused")], [1, 2]);
  });
});

inChromium("tdrun ui --watch shows an error of the module until it is saved again", async () => {
  await using space = await chainSpace();
  await withUi(["work.ts", "--watch"], space.folder, async (page) => {
    await waitForText(page, "#verdict.passed", "Run 1: passed");
    await space.module("work.ts", `${CHAINS} const`);
    await waitForText(page, "#verdict.failed", "Run 2: could not start; watching for changes");
    await waitForText(page, "#problem", "SyntaxError");
    await space.module("work.ts", `${CHAINS} export const more = mark(() => 1);`);
    await waitForText(page, "#verdict.passed", "Run 3: passed");
    await page.locator("#problem").waitFor({ state: "detached" });
    assertEquals(await count(page, "tasks"), 4);
  });
});

inChromium("tdrun ui --watch opens a module that could not be loaded at first", async () => {
  await using space = await chainSpace();
  await space.module("work.ts", `${CHAINS} const`);
  await withUi(["work.ts", "--watch"], space.folder, async (page) => {
    await waitForText(page, "#verdict.failed", "Run 1: could not start");
    await waitForText(page, "#problem", "SyntaxError");
    assertEquals(await page.isEnabled("#run"), false);
    await space.module("work.ts", CHAINS);
    await waitForText(page, "#verdict.passed", "Run 2: passed");
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict.passed", "Run 3: passed");
  });
});

inChromium("tdrun ui --watch watches the module whose run is started first", async () => {
  await using space = await chainSpace();
  const open = async (page: Page) => {
    await page.click("#modules button.name");
    await waitForText(page, "#verdict", "Ready to run; a run is repeated when a file changes");
  };
  await withUi(["--watch"], space.folder, async (page) => {
    await waitForText(page, "#verdict", "No module is open");
    await open(page);
    await page.click("#run");
    await waitForText(page, "#verdict.passed", "Run 1: passed; watching for changes");
    await space.file("right.txt", "2");
    await waitForText(page, "#verdict.passed", "Run 2: passed");
    await waitForText(page, "#round", "right.txt changed: 1 of 3 tasks");
  });
});

inChromium("tdrun ui --watch keeps resources up, and disposes of them at its end", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "db.ts",
    `import { resource } from "${LIBRARY}";
     const log = (line: string) => Deno.writeTextFileSync("log.txt", line + "\\n", { append: true });
     export const db = resource(() => {
       log("up");
       return { value: "db", [Symbol.dispose]: () => log("down") };
     });`,
  );
  const module = (version: number) => `
    import { db } from "./db.ts";
    export { db };
    export const reads = mark({ use: { db } }, (_state, task) => task.use.db + ${version});`;
  await space.module("work.ts", module(1));
  const log = () => Deno.readTextFileSync(`${space.folder}/log.txt`).trim().split("\n");
  await withUi(["work.ts", "--watch"], space.folder, async (page) => {
    await waitForText(page, "#verdict.passed", "Run 1: passed; watching for changes");
    await space.module("work.ts", module(2));
    await waitForText(page, "#verdict.passed", "Run 2: passed; watching for changes");
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict.passed", "Run 3: passed; watching for changes");
    assertEquals(log(), ["up"]);
    await space.file("db.ts", (await Deno.readTextFile(`${space.folder}/db.ts`)) + "\n// changed");
    await waitForText(page, "#verdict.passed", "Run 4: passed; watching for changes");
    assertEquals(log(), ["up", "down", "up"]);
  });
  assertEquals(log(), ["up", "down", "up", "down"]);
});
