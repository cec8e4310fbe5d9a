/** `tdrun ui` opens the modules of a folder as one project. */
import { assertEquals } from "@std/assert";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { withUiProcess } from "../../support/ui_process.ts";
import { count, waitForText, waitUntilReady, withUi } from "../../support/ui.ts";

async function writeProject(space: TestSpace): Promise<void> {
  await Deno.mkdir(`${space.folder}/sub`);
  await space.module("users.ts", `export const load = mark(() => 1);`);
  await space.module(
    "sub/orders.ts",
    `import { load } from "../users.ts";
     export const list = mark({ after: [load] }, () => 2);
     export const check = mark({ after: ["list"] }, () => { throw new Error("no"); });`,
  );
}

inChromium("tdrun ui runs all modules of a folder, or one of them", async () => {
  await using space = await TestSpace.create();
  await writeProject(space);
  await withUi([], space.folder, async (page) => {
    await waitForText(page, "#modules", "sub/orders.ts");
    await page.click("#modules li:first-child button");
    await waitUntilReady(page);
    const modules = () => page.locator("#project-modules li").allInnerTexts();
    assertEquals((await modules()).map(onOneLine), ["sub/orders.ts 2 tasks", "users.ts 1 task"]);
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: 1 task failed");
    await waitForText(page, "#project-modules", "1 failed");
    assertEquals((await modules()).map(onOneLine), [
      "sub/orders.ts 2 tasks, ✕ 1 failed",
      "users.ts 1 task",
    ]);
    assertEquals(await count(page, "passed"), 2);
    await page.click("#project-modules li:last-child button");
    assertEquals(await page.inputValue("#names"), "users::*");
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 2: passed");
    assertEquals(await count(page, "passed"), 1);
    await page.reload();
    await waitForText(page, "#project-modules", "users.ts");
  });
});

Deno.test("tdrun ui opens the module of the settings if it is one within the folder", async () => {
  await using space = await TestSpace.create();
  await writeProject(space);
  const opened = async (module: unknown) => {
    await space.file("tdrun.json", JSON.stringify({ module }));
    return await withUiProcess(space.start(["ui", "--no-open"]), async (url) => {
      const { search, origin } = new URL(url);
      const session = await (await fetch(`${origin}/api/session${search}`)).json();
      return session.module;
    });
  };
  for (const module of ["sub", "sub/orders.ts"]) {
    assertEquals(await opened(module), module);
    assertEquals(await opened([module]), module);
  }
  for (const module of [["sub", "users.ts"], "../x.ts", "no.ts", "*.ts"]) {
    assertEquals(await opened(module), undefined, `${module}`);
  }
});

inChromium("tdrun ui opens a folder that is typed or named", async () => {
  await using space = await TestSpace.create();
  await writeProject(space);
  await Deno.mkdir(`${space.folder}/more`);
  await space.module("more/audit.ts", `export const audit = mark(() => 3);`);
  await withUi(["."], space.folder, async (page) => {
    await waitForText(page, "#project-modules", "users.ts");
    await page.fill("#module", "more/");
    await page.press("#module", "Enter");
    await waitForText(page, "#show-module", "more");
    await waitUntilReady(page);
    assertEquals(await page.locator("#project-modules").count(), 0); // it has one module
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: passed");
    assertEquals(await count(page, "passed"), 1);
  });
});

function onOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}
