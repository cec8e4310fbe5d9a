/** `tdrun ui`: a run is of what stands in the fields, though nobody has confirmed it by Enter. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { count, ready, says, withUi, WORD } from "../../support/ui.ts";

const refused = { isExpected: (text: string) => text.includes("400 (Bad Request)") };

/** Waits for the end of a run, and for its result. */
async function ends(page: Page, run: number, result: string): Promise<void> {
  await says(page, "#verdict", `Run ${run}: passed`);
  await page.click("#tab-state");
  await says(page, "#after", result);
  await ready(page);
}

inChromium(
  "tdrun ui: a run reads the state file that is named, or says why it cannot",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD);
    await space.file("one.json", '{"word":"first"}');
    await space.file("two.json", '{"word":"second"}');
    await withUi(["work.ts"], space.folder, async (page) => {
      await ready(page);
      await page.fill("#state-file", "one.json");
      await page.click("#run");
      await ends(page, 1, '"first"');
      await page.fill("#state-file", "two.json");
      await page.press("#state-file", "Control+Enter");
      await ends(page, 2, '"second"');
      await page.fill("#state-file", "on");
      await says(page, "#state-file-list", "one.json");
      await page.press("#state-file", "ArrowDown");
      await page.press("#state-file", "Control+Enter"); // what is pointed at
      await ends(page, 3, '"first"');
      await page.fill("#state-file", "three.json");
      await page.click("#run");
      await says(page, "#problem", 'Cannot open "three.json": no such file');
      await says(page, "#verdict", "Run 3: ");
      await page.fill("#state-file", "");
      await page.click("#run");
      await ends(page, 4, '"none"');
    }, refused);
  },
);

inChromium(
  "tdrun ui: a run takes a key that was typed and not added, or says why it cannot",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD);
    await withUi(["work.ts"], space.folder, async (page) => {
      await ready(page);
      await page.click("#tab-state");
      await page.fill("#new-key", "word");
      await page.fill("#new-value", "typed");
      await page.click("#run");
      await ends(page, 1, '"typed"');
      assertEquals(await page.inputValue("#new-key"), "");
      await page.fill("#new-key", "results");
      await page.fill("#new-value", "1");
      await page.click("#run");
      await says(
        page,
        "#problem",
        'Cannot run: the typed key of the state is invalid: "res',
      );
      await page.fill("#new-key", "");
      await page.click("#run");
      await says(page, "#problem", "The key is empty");
      await page.fill("#new-value", "");
      await page.press("#new-value", "Control+Enter");
      await ends(page, 2, '"typed"');
    });
  },
);

inChromium(
  "tdrun ui: a run opens the module that is named; Ctrl+Enter runs, in its field too",
  async () => {
    await using space = await TestSpace.create();
    await space.module("one.ts", "export const one = mark({ tags: ['x'] }, () => 'of one');");
    await space.module(
      "two.ts",
      "export const two = mark({ tags: ['x'] }, () => 'of two'); export const more = mark(() => 1);",
    );
    await withUi(["one.ts"], space.folder, async (page) => {
      await ready(page);
      await page.press("#module", "Control+Enter");
      await ends(page, 1, '"of one"');
      await page.fill("#tags", "x");
      await page.fill("#module", "two.ts");
      await page.click("#run");
      await ends(page, 2, '"of two"');
      assertEquals(await count(page, "tasks"), 1); // what was set for the run was kept
      await page.fill("#module", "one.ts");
      await page.press("#module", "Control+Enter");
      await ends(page, 3, '"of one"');
      await page.fill("#module", "three.ts");
      await page.click("#run");
      await says(page, "#problem", 'Cannot open "three.ts": no such file');
      await page.fill("#module", "");
      await page.click("#run");
      await says(page, "#problem", "Cannot run: no module is open");
      await says(page, "#verdict", "Run 3: ");
    }, refused);
  },
);
