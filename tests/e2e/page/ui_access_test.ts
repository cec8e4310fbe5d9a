/** `tdrun ui` by keyboard and for screen readers. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { inRepository, TestSpace } from "../../support/command.ts";
import { BLOCKING_TASKS, count, waitForText, waitUntilReady, withUi } from "../../support/ui.ts";

const TABS = ["graph", "threads", "tasks", "log", "failures", "state"];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Lists accessibility violations: roles, names, contrast, order. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `${axe.source}\naxe.run(document, { resultTypes: ["violations"] })`,
  );
  const ids = await page.evaluate<string[]>(
    "[...document.querySelectorAll('[id]')].map((it) => it.id)",
  );
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  return [
    ...twice.map((id) => `the id "${id}" is there twice`),
    ...violations.map(({ id, nodes: [first] }) =>
      `${id}: ${first?.html}: ${first?.failureSummary}`
    ),
  ];
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 400]) {
    inChromium(
      `tdrun ui has no accessibility violations, ${colorScheme}, ${width} pixels`,
      () =>
        withUi(["examples/layers.ts"], inRepository(""), async (page) => {
          const look = async (what: string) => assertEquals(await violations(page), [], what);
          await waitUntilReady(page);
          await look("not run");
          await page.click("#run");
          await waitForText(page, "#verdict", "3 tasks failed");
          await waitUntilReady(page);
          for (const tab of TABS) {
            await page.click(`#tab-${tab}`);
            if (tab === "tasks") await page.click("#tasks .link >> text=test_01_05");
            await look(tab);
            if (tab === "threads") {
              await page.click("#by-task");
              await look("by task");
              await page.click("#by-thread");
            } else if (tab === "log") {
              await page.click("#log-lines .row .fold");
              await look("unfolded");
            }
          }
          if (width === 400) {
            await page.click("#fold-task");
            await look("unfolded details");
          }
          await page.click("#run-one");
          await look("run one");
          await page.keyboard.press("Escape");
          await page.click("#replay");
          await waitForText(page, "#verdict", "3 tasks failed");
          await look("replay");
        }, { width, colorScheme }),
    );
  }
}

inChromium("tdrun ui can be used by keyboard only", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  await space.file("go", "");
  await withUi([], space.folder, async (page) => {
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate<string>("document.activeElement.id");
    /** Presses Tab until an element has the focus. */
    const tabTo = async (id: string) => {
      for (let i = 0; i < 60 && await focused() !== id; i++) await press("Tab");
      assertEquals(await focused(), id);
    };
    await waitForText(page, "#verdict", "No module is open");
    await tabTo("module");
    await page.keyboard.type("pat");
    await waitForText(page, "#module-list", "patient.ts");
    await press("ArrowDown");
    assertEquals(await page.getAttribute("#module", "aria-activedescendant"), "module-0");
    await press("Enter");
    await waitUntilReady(page);
    await tabTo("run");
    await press("Enter");
    await waitForText(page, "#verdict", "Run 1: passed");
    await tabTo("tab-graph");
    await press("End");
    assertEquals(await focused(), "tab-state");
    await press("ArrowRight");
    assertEquals(await focused(), "tab-graph");
    await press("ArrowLeft", "Home");
    assertEquals(await focused(), "tab-graph");
    await tabTo("graph");
    await press("ArrowRight", "ArrowRight");
    await waitForText(page, "#task-title", "wait");
    await press("Escape");
    await page.locator("#task-title").waitFor({ state: "detached" });
    await press("/");
    assertEquals(await focused(), "search");
    await page.keyboard.type("last");
    await press("Enter");
    await waitForText(page, "#task-title", "last");
    await tabTo("run-one");
    await press("Enter");
    await page.locator("#run-one-dialog[open]").waitFor();
    assertEquals(await focused(), "mock-wait");
    await press("Control+a");
    await page.keyboard.type("typed");
    await press("Control+Enter"); // submits the dialog, rather than running the whole module
    await waitForText(page, "#verdict", "Run 2: passed");
    assertEquals(await count(page, "tasks"), 1);
  });
});

inChromium("tdrun ui keeps the highlighted completion when the list is refreshed", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  await withUi([], space.folder, async (page) => {
    await waitForText(page, "#verdict", "No module is open");
    const free = Promise.withResolvers<void>();
    await page.route(/api\/files\?.*typed=pat/, async (route) => {
      await free.promise;
      await route.continue();
    });
    await page.click("#module");
    await page.keyboard.type("pa");
    await waitForText(page, "#module-list", "patient.ts");
    const late = page.waitForResponse(/api\/files\?.*typed=pat/);
    await page.keyboard.type("t");
    await page.keyboard.press("ArrowDown");
    await page.waitForSelector('#module[aria-activedescendant="module-0"]');
    free.resolve();
    await (await late).finished();
    await page.keyboard.press("Enter");
    await waitUntilReady(page);
    assertEquals(await page.inputValue("#module"), "patient.ts");
  });
});

inChromium("tdrun ui runs on Ctrl+Enter with a value that is still being edited", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `export function setupState(state) { state.word ??= "made"; }
     export const a = mark((state) => state.word + "!");`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#tab-state");
    await page.fill('[aria-label="Value of word"]', "typed");
    await page.keyboard.press("Control+Enter");
    await waitForText(page, "#verdict", "Run 1: passed");
    await page.click("#tab-state");
    await waitForText(page, "#after", "typed!");
    // Escape reverts an uncommitted value; line breaks are kept.
    const field = page.locator('[aria-label="Value of word"]');
    await field.fill("not this");
    await field.press("Escape");
    assertEquals(await field.inputValue(), "typed");
    await field.fill("two");
    await field.press("Shift+Enter");
    await page.keyboard.type("lines");
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 2: passed");
    await page.click("#tab-state");
    await waitForText(page, "#after", '"two\\nlines!"');
    assertEquals(await field.inputValue(), "two\nlines");
  });
});

inChromium(
  "tdrun ui numbers the rows of long tables and shows names and output as text",
  async () => {
    await using space = await TestSpace.create();
    const name = "n".repeat(200);
    await space.module(
      "wild.ts",
      `export function setupState(state) {
       for (let i = 0; i < 1000; i++) state["key_" + i] = { i };
       state.large = "x".repeat(100_000);
     }
     export const first = mark(() => { for (let i = 0; i < 500; i++) console.log("<i>" + i + "</i>"); });
     export const ${name} = mark({ after: ["first"] }, () => {
       throw new Error("\\x1b[31m<b>bold</b>\\x1b[0m");
     });`,
    );
    await withUi(["wild.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#tab-state");
      await waitForText(page, "#keys-found", "1001 of 1001 keys");
      assertEquals(await page.locator("#before tbody tr").count(), 200);
      await page.fill("#key-search", "key_99");
      await waitForText(page, "#keys-found", "11 of 1001 keys");
      await page.fill("#key-search", "large");
      await waitForText(page, "#before", "100000 characters");
      await page.click("#run");
      await waitForText(page, "#verdict", "1 task failed");
      await page.click("#tab-log");
      await waitForText(page, "#log-count", "502 lines");
      const last = page.locator('#log-lines [aria-rowindex="503"]');
      await last.waitFor();
      assertEquals(await page.getAttribute("#log-lines", "aria-rowcount"), "503");
      assert(
        await page.locator("#log-lines .row").count() < 100,
        "rows out of sight are not in the page",
      );
      assertStringIncludes((await last.textContent())!, "Error: <b>bold</b>");
      await page.click("#tab-failures");
      assertStringIncludes((await page.textContent("#failures"))!, "Error <b>bold</b>");
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert(wide <= 1280, `${wide} pixels`);
      const drop = await page.evaluateHandle(`(() => {
      const data = new DataTransfer();
      data.items.add(new File(["export {}"], "other.ts"));
      return data;
    })()`);
      await page.dispatchEvent("body", "drop", { dataTransfer: drop });
      await waitForText(page, "#problem", 'Cannot open the module "other.ts" as a file');
    });
  },
);
