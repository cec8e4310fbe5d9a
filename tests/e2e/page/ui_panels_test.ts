/** The panels of `tdrun ui` after a run with failures: threads, tasks, log and the details. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { LIBRARY, TestSpace } from "../../support/command.ts";
import {
  BLOCKING_TASKS,
  screenshot,
  waitForText,
  waitUntilReady,
  withUi,
} from "../../support/ui.ts";

/** On one thread, each task waits for the one before. `z_bad` fails, and starts last. */
const WORK = `
  const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  export const a_first = mark(() => { console.log("first of all"); busy(120); });
  export const b_second = mark({ mutex: "m" }, () => { console.warn("be careful"); busy(40); });
  export const z_bad = mark({ after: ["a_first"] }, () => { throw new TypeError("no luck", { cause: new Error("the cause") }); });
  export const z_skipped = mark({ after: ["z_bad"] }, () => {});
  export const c_itself = mark({ after: ["a_first"] }, (_state, task) => task.skip("not on this machine"));
`;

async function withRun(test: (page: Page) => Promise<void>, options = {}): Promise<void> {
  await using space = await TestSpace.create();
  await space.module("work.ts", WORK);
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.evaluate(`(() => {
      const workers = document.getElementById("workers");
      workers.value = "1";
      workers.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
    await page.click("#run");
    await waitForText(page, "#verdict", "1 task failed");
    await waitUntilReady(page);
    await test(page);
  }, options);
}

inChromium(
  "tdrun ui shows how busy threads were, and when tasks had to wait",
  () =>
    withRun(async (page) => {
      await page.click("#tab-threads");
      const heads = await page.locator("#threads th[scope=col]").allTextContents();
      assertEquals(heads, ["Thread", "Longest task", "Duration", "Busy", "Tasks"]);
      const cells = await page.locator("#threads tbody td").allTextContents();
      assertEquals([cells[0], cells[3]], ["a_first", "4"]);
      const busy = Number(/^(\d+)%$/.exec(cells[2]!)![1]);
      assert(busy > 0 && busy <= 100, cells[2]);
      await page.click("#by-task");
      await page.locator("#by-task[aria-pressed=true]").waitFor();
      const box = (await page.locator("#task-timeline").boundingBox())!;
      // The rows are in the order in which the tasks were ready: b_second is in the second row.
      const ofSecond = { x: 0, y: box.y + 28 + 45 };
      for (let x = box.x + 200; x < box.x + box.width; x += 6) {
        await page.mouse.move(ofSecond.x = x, ofSecond.y);
        if (await page.locator(".tooltip").count() > 0) break;
      }
      const tooltip = (await page.locator(".tooltip").textContent())!;
      assertMatch(tooltip, /b_second.*on thread_0.*waited \d+(\.\d+)?ms when ready/);
      await page.mouse.click(ofSecond.x, ofSecond.y);
      await waitForText(page, "#task-title", "b_second");
      await screenshot(page, "by-task");
      // The name of a task selects it, too.
      await page.mouse.click(box.x + 20, box.y + 28 + 15);
      await waitForText(page, "#task-title", "a_first");
      await page.focus("#task-timeline");
      await page.keyboard.press("+");
      await page.keyboard.press("0");
      await page.click("#by-thread");
      await page.locator("#timeline").waitFor();
    }),
);

inChromium(
  "tdrun ui lists failed tasks first, and selects a task by its whole row",
  () =>
    withRun(async (page) => {
      await page.click("#tab-tasks");
      const names = await page.locator("#tasks .row:not(.head) .link").allTextContents();
      assertEquals(names[0], "z_bad");
      assertEquals(names.slice(1), ["a_first", "b_second", "c_itself", "z_skipped"]);
      const row = page.locator("#tasks .row", { hasText: "c_itself" });
      const box = (await row.boundingBox())!;
      await page.mouse.click(box.x + box.width - 12, box.y + box.height / 2);
      await waitForText(page, "#task-title", "c_itself");
      await waitForText(page, "#task-status", "not on this machine");
      assertEquals(await row.locator(".kind").getAttribute("title"), "not on this machine");
    }),
);

inChromium(
  "tdrun ui filters the log, and unfolds a row with its whole error",
  () =>
    withRun(async (page) => {
      await page.click("#tab-log");
      const texts = () => page.locator("#log-lines .row:not(.head) .text").allTextContents();
      const shows = async (expected: readonly string[]) => {
        await waitForText(page, "#log-count", `${expected.length} line`);
        assertEquals(await texts(), expected);
      };
      await page.selectOption("#log-kind", "problems");
      await shows(["be careful", "TypeError: no luck"]);
      await page.selectOption("#log-kind", "output");
      await shows(["first of all", "be careful"]);
      await page.fill("#log-search", "FIRST all");
      await shows(["first of all"]);
      await page.fill("#log-search", "c_it");
      await page.selectOption("#log-kind", "all");
      await shows(["not on this machine"]);
      await page.fill("#log-search", "");
      await page.check("#log-task"); // the failed task is selected
      await shows(["TypeError: no luck"]);
      const text = page.locator("#log-lines .row.failed .text");
      const before = (await page.locator("#log-lines .row.failed").boundingBox())!;
      await text.locator("button").press("Enter");
      await page.locator("#log-lines .unfolded [aria-expanded=true]").waitFor();
      const whole = (await text.textContent())!;
      assertMatch(whole, /^TypeError: no luck\n +at .*work\.ts:\d+:\d+/);
      assertStringIncludes(whole, "Caused by Error: the cause");
      const after = (await page.locator("#log-lines .row.failed").boundingBox())!;
      assert(after.height > before.height + 20, `${after.height}`);
      await screenshot(page, "log-unfolded");
      await text.click();
      await page.locator("#log-lines .unfolded").waitFor({ state: "detached" });
    }),
);

inChromium(
  "tdrun ui closes the task by Escape in an empty search, and clears the search before",
  () =>
    withRun(async (page) => {
      await waitForText(page, "#task-title", "z_bad");
      await page.fill("#search", "first");
      await page.press("#search", "Escape");
      assertEquals(await page.inputValue("#search"), "");
      await waitForText(page, "#task-title", "z_bad");
      await page.press("#search", "Escape");
      await page.locator("#task-title").waitFor({ state: "detached" });
    }),
);

inChromium(
  "tdrun ui shows the selected task on a phone without scrolling, its details on demand",
  () =>
    withRun(async (page) => {
      const box = async () => (await page.locator("#details").boundingBox())!;
      const folded = await box();
      assert(folded.y > 0 && folded.y + folded.height <= 801, `${folded.y}`);
      assert(folded.height <= 800 * 0.12, `${folded.height}`);
      assert(await page.locator("#task-status").isVisible());
      assertEquals(await page.locator("#details .output").isVisible(), false);
      assertEquals(await page.getAttribute("#fold-task", "aria-expanded"), "false");
      await page.click("#fold-task");
      assertEquals(await page.getAttribute("#fold-task", "aria-expanded"), "true");
      const details = await box();
      assert(details.height > folded.height && details.height <= 800 * 0.33, `${details.height}`);
      await page.click("#fold-task");
      assert((await box()).height <= 800 * 0.12);
      await page.click("#close-task");
      await page.locator("#details").waitFor({ state: "detached" });
    }, { width: 400, height: 800 }),
);

inChromium("tdrun ui shows no counter of zero, and how long a task has been running", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  await withUi(["patient.ts", "--editor=none"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#count-running", "1");
    await waitForText(page, "#count-passed", "1");
    const numbers = page.locator(".number:visible dd");
    for (const number of await numbers.allTextContents()) assert(number !== "0", number);
    await page.click("#tab-threads");
    await waitForText(page, "#threads thead", "Running for");
    await page.click("#threads .link >> text=wait");
    await waitForText(page, "#details .facts", "Running for");
    await space.file("go", "");
    await waitForText(page, "#verdict", "passed");
    await waitForText(page, "#threads thead", "Longest task");
  });
});

inChromium("tdrun ui links errors to the chosen editor, or to none", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", WORK);
  for (
    const [editor, href] of [
      ["cursor", `cursor://file${space.folder}/work.ts:`],
      ["my://{file}#{line}", `my://${space.folder}/work.ts#`],
      ["none", undefined],
    ] as const
  ) {
    await withUi(["work.ts", `--editor=${editor}`], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#details .origin", "work.ts:");
      const links = page.locator("#details .origin a");
      if (href === undefined) return assertEquals(await links.count(), 0);
      assertStringIncludes((await links.first().getAttribute("href"))!, href);
    });
  }
});

inChromium("tdrun ui shows what a task holds, and when it runs", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `export const limited = mark({ mutex: ["db", "log"], tokens: { api: 2, gpu: 1 }, weight: 2 }, () => {});
     export const cleanup = mark({ after: ["limited"], when: "always" }, () => {});
     export const alarm = mark({ after: ["limited"], when: "failed" }, () => {});`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#tab-tasks");
    const factsOf = async (name: string) => {
      await page.click(`#tasks .link >> text=${name}`);
      await waitForText(page, "#task-title", name);
      const facts = page.locator("#details .facts > div");
      return (await facts.allTextContents()).map((it) => it.replace(/\s+/g, " ").trim());
    };
    assertEquals(await factsOf("limited"), [
      "Mutexdb, log",
      "Tokens2 api, 1 gpu",
      "Weight2 threads",
    ]);
    assertMatch((await factsOf("cleanup")).join(), /Runs ?always, also after failures/);
    assertMatch((await factsOf("alarm")).join(), /Runs ?after a failure alone/);
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
    await waitForText(page, "#task-status", "unneeded");
    await waitForText(page, "#task-status", "nothing had failed");
  });
});

inChromium(
  "tdrun ui shows a tooltip at a box, and a minimap of a graph that does not fit",
  async () => {
    await using space = await TestSpace.create();
    const names = Array.from({ length: 30 }, (_, i) => `task_number_${i}`);
    await space.module(
      "chain.ts",
      names.map((name, i) => {
        const after = i === 0 ? "" : `{ after: ["${names[i - 1]}"] }, `;
        return `export const ${name} = mark(${after}() => {});`;
      }).join("\n"),
    );
    await withUi(["chain.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      const box = (await page.locator("#graph").boundingBox())!;
      const tooltip = page.locator(".tooltip b");
      /** The task in the middle of a row of the graph, from the top. */
      const nameAt = async (y: number) => {
        await page.mouse.move(box.x + box.width / 2, y);
        return await tooltip.count() > 0 ? await tooltip.textContent() : undefined;
      };
      const firstName = async (): Promise<string> => {
        for (let y = box.y + 4; y < box.y + box.height; y += 8) {
          const name = await nameAt(y);
          if (name) return name;
        }
        throw new Error("Cannot find a task below the pointer");
      };
      assertEquals(await firstName(), "task_number_0");
      assertEquals(await page.locator(".tooltip span").first().textContent(), "not run");
      const map = (await page.locator("#minimap").boundingBox())!;
      assert(map.width <= box.width * 0.3 && map.height <= box.height * 0.3);
      await page.mouse.click(map.x + map.width / 2, map.y + map.height - 3);
      const later = Number(/\d+$/.exec(await firstName())![0]);
      assert(later > 5, `${later}`);
      await page.click("#fit");
      await page.locator("#minimap").waitFor({ state: "detached" });
    }, { width: 1280, height: 720 });
  },
);

inChromium("tdrun ui shows resources, and counts tasks alone", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "work.ts",
    `import { mark, resource } from "${LIBRARY}";
     export const db = resource(() => ({ value: 1, [Symbol.dispose]() {} }));
     export const a = mark({ use: { db } }, () => {});
     export const b = mark({ use: { db }, after: ["a"] }, () => {});`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    assertEquals(await page.textContent("#count-tasks"), "2");
    await page.click("#tab-tasks");
    await page.click("#tasks .link >> text=db");
    await waitForText(page, "#details .facts", "resource");
    assertEquals(await page.locator("#run-one").count(), 0);
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
    await waitUntilReady(page);
    for (const [name, value] of [["tasks", "2"], ["passed", "2"], ["percent", "100%"]]) {
      assertEquals(await page.textContent(`#count-${name}`), value);
    }
    assertEquals(await page.locator("#count-waiting").isVisible(), false);
    await page.click("#tasks .link >> text=teardown");
    await waitForText(page, "#details .facts", "tear-down of a resource");
  });
});
