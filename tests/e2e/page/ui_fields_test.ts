/** `tdrun ui` commits typed values before a run, without Enter. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { count, waitForText, waitUntilReady, withUi, WORD_TASK } from "../../support/ui.ts";

const refused = { isExpected: (text: string) => text.includes("400 (Bad Request)") };

/** Waits for the end and the result of a run. */
async function ends(page: Page, run: number, result: string): Promise<void> {
  await waitForText(page, "#verdict", `Run ${run}: passed`);
  await page.click("#tab-state");
  await waitForText(page, "#after", result);
  await waitUntilReady(page);
}

inChromium(
  "tdrun ui reads the state file of the field before a run, or shows the error",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD_TASK);
    await space.file("one.json", '{"word":"first"}');
    await space.file("two.json", '{"word":"second"}');
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.fill("#state-file", "one.json");
      await page.click("#run");
      await ends(page, 1, '"first"');
      await page.fill("#state-file", "two.json");
      await page.press("#state-file", "Control+Enter");
      await ends(page, 2, '"second"');
      await page.fill("#state-file", "on");
      await waitForText(page, "#state-file-list", "one.json");
      await page.press("#state-file", "ArrowDown");
      await page.press("#state-file", "Control+Enter"); // the highlighted path
      await ends(page, 3, '"first"');
      await page.fill("#state-file", "three.json");
      await page.click("#run");
      await waitForText(page, "#problem", 'Cannot open "three.json": no such file');
      await waitForText(page, "#verdict", "Run 3: ");
      await page.fill("#state-file", "");
      await page.click("#run");
      await ends(page, 4, '"none"');
    }, refused);
  },
);

inChromium(
  "tdrun ui adds a typed key before a run, or shows the error",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD_TASK);
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#tab-state");
      await page.fill("#new-key", "word");
      await page.fill("#new-value", "typed");
      await page.click("#run");
      await ends(page, 1, '"typed"');
      assertEquals(await page.inputValue("#new-key"), "");
      await page.fill("#new-key", "results");
      await page.fill("#new-value", "1");
      await page.click("#run");
      await waitForText(
        page,
        "#problem",
        'Cannot run: the typed key of the state is invalid: "res',
      );
      await page.fill("#new-key", "");
      await page.click("#run");
      await waitForText(page, "#problem", "The key is empty");
      await page.fill("#new-value", "");
      await page.press("#new-value", "Control+Enter");
      await ends(page, 2, '"typed"');
    });
  },
);

inChromium(
  "tdrun ui opens the module of the field before a run, also on Ctrl+Enter in it",
  async () => {
    await using space = await TestSpace.create();
    await space.module("one.ts", "export const one = mark({ tags: ['x'] }, () => 'of one');");
    await space.module(
      "two.ts",
      "export const two = mark({ tags: ['x'] }, () => 'of two'); export const more = mark(() => 1);",
    );
    await withUi(["one.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.press("#module", "Control+Enter");
      await ends(page, 1, '"of one"');
      await page.fill("#tags", "x");
      await page.fill("#module", "two.ts");
      await page.click("#run");
      await ends(page, 2, '"of two"');
      assertEquals(await count(page, "tasks"), 1); // the settings of the run were kept
      await page.fill("#module", "one.ts");
      await page.press("#module", "Control+Enter");
      await ends(page, 3, '"of one"');
      await page.fill("#module", "three.ts");
      await page.click("#run");
      await waitForText(page, "#problem", 'Cannot open "three.ts": no such file');
      await page.fill("#module", "");
      await page.click("#run");
      await waitForText(page, "#problem", "Cannot run: no module is open");
      await waitForText(page, "#verdict", "Run 3: ");
    }, refused);
  },
);
