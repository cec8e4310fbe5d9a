/** `tdrun ui` with resources: the counts, the threads and the details of a node. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inChromium } from "../../support/browser.ts";
import { LIBRARY, TestSpace } from "../../support/command.ts";
import { count, screenshot, waitForText, waitUntilReady, withUi } from "../../support/ui.ts";

const MODULE = `
  import { mark, resource } from "${LIBRARY}";
  export const db = resource(() => ({ value: 1, [Symbol.dispose]() {} }));
  export const reads = mark({ use: { db } }, (_state, task) => task.use.db);
  export const writes = mark({ use: { db } }, (_state, task) => task.use.db);
`;

inChromium("tdrun ui shows resources as nodes that are no tasks", async () => {
  await using space = await TestSpace.create();
  await space.file("module.ts", MODULE);
  await withUi(["module.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.keyboard.press("Control+Enter");
    await waitForText(page, "#verdict", "passed");
    assertEquals(await count(page, "tasks"), 2);
    assertEquals(await count(page, "passed"), 2);
    assertEquals(await page.textContent("#count-percent"), "100%");
    await screenshot(page, "resources");

    await page.click("#tab-threads");
    const threads = await page.locator("#threads tbody th").allTextContents();
    assertEquals(threads.length >= 2, true, "the resource has a thread of its own");
    await screenshot(page, "resource-threads");

    await page.click("#tab-tasks");
    await page.click('#tasks .link:text-is("db")');
    await waitForText(page, "#task-title", "db");
    assertMatch((await page.textContent("#task-status"))!, /passed/);
    assertStringIncludes((await page.textContent("#details"))!, "set-up of a resource");
    await page.click('#tasks .link:text-is("db (teardown)")');
    await waitForText(page, "#details .facts", "tear-down of a resource");
  });
});
