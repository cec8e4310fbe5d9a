/** Texts of `tdrun ui`, and their layout. */
import { assert, assertEquals } from "@std/assert";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import {
  BLOCKING_TASKS,
  count,
  screenshot,
  waitForText,
  waitForTitle,
  waitUntilReady,
  withUi,
} from "../../support/ui.ts";

inChromium("tdrun ui adds tags with any name to the expression", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "tags.ts",
    `export const a = mark({ tags: ["two words", "v10", "v2"] }, () => {});
     export const b = mark({ tags: ["not"] }, () => {});
     export const c = mark({ tags: ["plain"] }, () => {});`,
  );
  await withUi(["tags.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    const chips = await page.locator(".chip").allTextContents();
    assertEquals(chips, ["not", "plain", "two words", "v2", "v10"]);
    await page.click(".chip >> text=two words");
    await page.click(".chip >> text=not");
    assertEquals(await page.inputValue("#tags"), '"two words" or "not"');
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: passed");
    assertEquals(await count(page, "tasks"), 2);
  });
});

inChromium("tdrun ui shows a run cancelled during loading as cancelled, not failed", async () => {
  await using space = await TestSpace.create();
  await space.file("go", "");
  await space.module(
    "slow_to_load.ts",
    `for (;;) {
       try { Deno.statSync("go"); break; } catch { await new Promise((r) => setTimeout(r, 20)); }
     }
     export const a = mark(() => {});`,
  );
  await withUi(["slow_to_load.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await Deno.remove(`${space.folder}/go`);
    await page.click("#run");
    await page.click("#cancel");
    await waitForText(page, "#verdict", "Run 1: cancelled before the start");
    await waitForText(page, ".history", "⊘ cancelled");
    assertEquals(await page.locator("#problem").count(), 0);
  });
});

inChromium("tdrun ui shows where an incomplete recording ends", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", BLOCKING_TASKS);
  await space.file("go", "");
  await space.tdrun(["work.ts", "--reporter=json=run.ndjson"]);
  const text = await Deno.readTextFile(`${space.folder}/run.ndjson`);
  const lines = text.split("\n");
  const started = lines.findIndex((line) => line.includes('"task-started"'));
  const half = lines[started + 1]!.slice(0, 9);
  await space.file("killed.ndjson", [...lines.slice(0, started + 1), half].join("\n"));
  await withUi([], space.folder, async (page) => {
    assertEquals(await page.textContent("#count-percent"), "–");
    await page.fill("#recording", "killed.ndjson");
    await page.press("#recording", "Enter");
    await waitForText(page, "#verdict", "Replay: the recording ends here");
    await waitForTitle(page, "✕ tdrun");
    assertEquals(await count(page, "running") + await count(page, "waiting"), 0);
    await page.click("#tab-threads");
    await waitForText(page, "#threads", "idle");
    await page.locator("#position").fill("0");
    await waitForText(page, "#verdict", "Replay: ");
  });
});

inChromium(
  "tdrun ui replays unknown events and rejects a malformed recording in one line",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", BLOCKING_TASKS);
    await space.file("go", "");
    await space.tdrun(["work.ts", "--reporter=json=run.ndjson"]);
    const text = await Deno.readTextFile(`${space.folder}/run.ndjson`);
    const [start, ...rest] = text.split("\n");
    const strange = '{"type":"something-new","task":0,"seq":1,"elapsedMs":0}';
    await space.file("newer.ndjson", [start, strange, ...rest].join("\n"));
    await space.file("other.ndjson", text.replace('"task":1', '"task":99'));
    await space.file("none.ndjson", '{"schema":1,"type":"run-started","seq":0,"elapsedMs":0}\n');
    await withUi([], space.folder, async (page) => {
      const replay = async (path: string) => {
        await page.fill("#recording", path);
        await page.press("#recording", "Enter");
      };
      await replay("newer.ndjson");
      await waitForText(page, "#verdict", "Replay: passed");
      assertEquals(await count(page, "passed"), 3);
      await replay("other.ndjson");
      await waitForText(
        page,
        "#problem",
        "is not a valid event: expected the index of a task at task, got 99",
      );
      await replay("none.ndjson");
      await waitForText(
        page,
        "#problem",
        "line 1 is not a valid event: expected an array at tasks",
      );
    });
  },
);

inChromium("tdrun ui names a dropped file that is not text", async () => {
  await using space = await TestSpace.create();
  await withUi([], space.folder, async (page) => {
    const data = await page.evaluateHandle(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array([137, 80, 0, 0])], "picture.png"));
      return data;
    })()`);
    await page.dispatchEvent("body", "drop", { dataTransfer: data });
    await waitForText(page, "#problem", 'Cannot read "picture.png": expected text');
    await page.fill("#state-file", "");
    await page.press("#state-file", "Enter");
    await page.locator("#problem").waitFor({ state: "detached" });
  });
});

inChromium("tdrun ui rejects a state file with values that JSON lacks", async () => {
  await using space = await TestSpace.create();
  await space.file("state.yaml", "since: 2001-12-14\n");
  const isExpected = (text: string) => text.includes("400 (Bad Request)");
  await withUi([], space.folder, async (page) => {
    await page.fill("#state-file", "state.yaml");
    await page.press("#state-file", "Enter");
    const why = "state.since is a Date, which JSON cannot represent";
    await waitForText(
      page,
      "#problem",
      `Cannot use the state file "state.yaml" in the web UI: ${why}`,
    );
    await page.click("#tab-state");
    await waitForText(page, "#no-state", "The state is empty.");
  }, { isExpected });
});

inChromium("tdrun ui makes tables as wide as their panel at 1280 pixels", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `const long = "a".repeat(80);
     const work = mark({ tags: [long, "other"] }, () => console.log(long));
     const last = mark({ after: [long] }, () => {});
     export { work as ${"a".repeat(80)}, last };`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
    for (const [tab, table] of [["tasks", "tasks"], ["log", "log-lines"]] as const) {
      await page.click(`#tab-${tab}`);
      await page.locator(`#${table} .row`).nth(2).waitFor();
      const isAll = `(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)`;
      assert(await page.evaluate(`${isAll}(document.getElementById("${table}"))`), tab);
      await screenshot(page, `wide-${tab}`);
    }
  });
});

inChromium("tdrun ui scrolls a long value of the final state, also by keys", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", `export const long = mark(() => "x".repeat(1900) + "end");`);
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
    await page.click("#tab-state");
    const value = page.locator("#after code");
    const { height } = (await value.boundingBox())!;
    assert(height <= 180, `${height} pixels`);
    await value.focus();
    await page.keyboard.press("End");
    await page.evaluate(`new Promise((resolve) => {
      const look = () =>
        document.querySelector("#after code").scrollTop > 0 ? resolve() : requestAnimationFrame(look);
      look();
    })`);
    assertEquals((await value.textContent())!.slice(-4), 'end"');
  });
});

inChromium("tdrun ui fits into 320 pixels and shows the error of a task first", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `export const a = mark(() => { throw new Error("no luck"); });
     export const b = mark({ after: ["a"] }, () => {});`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "1 task failed");
    await page.click("#tab-tasks");
    await page.click("#tasks .link >> text=a");
    await waitForText(page, "#details", "no luck");
    const heads = await page.locator("#details h3").allTextContents();
    assertEquals(heads.map((it) => it.split(" ")[0]), [
      "Error",
      "Dependencies",
      "Dependents",
      "Output",
    ]);
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert(wide <= 320, `${wide} pixels`);
  }, { width: 320 });
});

inChromium("tdrun ui marks the selection by lines when colors are forced", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", "export const a = mark(() => {});");
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.emulateMedia({ forcedColors: "active" });
    await page.click("#tab-tasks");
    assertEquals(await page.textContent("#task-count"), "1 of 1 task");
    await page.click("#tasks .link >> text=a");
    const style = (selector: string, name: string) =>
      page.evaluate<string>(
        `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${name}`,
      );
    const line = (tab: string) => style(`#tab-${tab}`, "borderBottomColor");
    assert(await line("tasks") !== await line("log"));
    assertEquals(await style("#tasks .row.selected", "outlineStyle"), "solid");
    await screenshot(page, "forced");
  });
});

inChromium(
  "tdrun ui shows output line by line and mentions omitted lines",
  async () => {
    await using space = await TestSpace.create();
    await space.module(
      "work.ts",
      `export const few = mark(() => { console.log("one"); console.log(""); console.error("two"); });
     export const many = mark(() => { for (let i = 1; i <= 10_000; i++) console.log("line " + i); });`,
    );
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#verdict", "passed");
      await page.click("#tab-tasks");
      await page.click("#tasks .link >> text=few");
      await waitForText(page, "#output", "two");
      assertEquals(await page.innerText("#output"), "one\n\ntwo\n");
      assertEquals(await page.locator("#output-rest").count(), 0);
      await page.click("#tasks .link >> text=many");
      await waitForText(page, ".output h3", "Output 10000");
      await waitForText(page, "#output-rest", "The last 300 lines; the others are in the log.");
      const lines = (await page.innerText("#output")).trimEnd().split("\n");
      assertEquals([lines.length, lines[0], lines.at(-1)], [300, "line 9701", "line 10000"]);
      await screenshot(page, "output");
    });
  },
);

inChromium(
  "tdrun ui names the module of each run when there are several",
  async () => {
    await using space = await TestSpace.create();
    await space.module("one.ts", "export const a = mark(() => 1);");
    await space.module("two.ts", "export const b = mark(() => 1);");
    await withUi(["one.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 1: passed");
      await waitUntilReady(page);
      assert(!(await page.textContent("#show-run-1"))!.includes("one.ts"));
      await page.fill("#module", "two.ts");
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 2: passed");
      await waitForText(page, "#show-run-1", "one.ts");
      await waitForText(page, "#show-run-2", "two.ts");
      await page.click("#show-run-1");
      await waitForText(page, "#verdict", "Run 1: passed");
      await waitForTitle(page, "✓ one.ts");
      await screenshot(page, "modules");
    });
  },
);

inChromium("tdrun ui survives a scroll event of a removed list", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", "export const a = mark(() => 1);");
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#tab-tasks");
    const list = await page.waitForSelector("#tasks");
    await page.click("#tab-log");
    await page.locator("#tasks").waitFor({ state: "detached" });
    await list.dispatchEvent("scroll"); // a scroll event that arrives late
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
  });
});

inChromium("tdrun ui does not mention options that the web UI lacks", async () => {
  await using space = await TestSpace.create();
  const bad = 'export const a = mark(() => { throw new Error("no"); });';
  await space.module("work.ts", `${bad} export const b = mark(() => 1);`);
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "1 task failed");
    await space.module("work.ts", bad);
    await page.click("#rerun");
    await waitForText(page, "#problem", "Cannot rerun failed tasks: since the run of ");
    const problem = (await page.textContent("#problem span"))!;
    assert(problem.endsWith("; run all tasks"), problem);
  });
});
