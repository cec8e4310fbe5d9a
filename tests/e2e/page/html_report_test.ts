/**
 * The HTML report in a browser: its scripts run under its policy, the table sorts and filters, and
 * output of tasks is not executed. Ignored without Chromium (Debian: `apt-get install chromium`).
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { HtmlReporter } from "../../../src/report/html/html_reporter.ts";
import type { TaskId } from "../../../src/task/task.ts";
import { inChromium, withPage } from "../../support/browser.ts";
import { hostileEvents } from "../../support/hostile_run.ts";
import { deliverTo } from "../../support/report_of.ts";
import { sampleEvents } from "../../support/sample_run.ts";

/** Opens the report of a run for a test, and closes the report. */
async function inBrowser(
  events: Iterable<RunEvent>,
  look: (page: Page) => Promise<void>,
  width = 1280,
): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".html" });
  const out = { write: (text: string) => Deno.writeTextFileSync(file, text), close: () => {} };
  const reporter = new HtmlReporter(out, { module: "work.ts" });
  deliverTo(reporter, events);
  try {
    await withPage(`file://${file}`, async (page) => {
      await page.waitForSelector("#rows tr");
      await look(page);
    }, { width });
  } finally {
    await Deno.remove(file);
  }
}

const names = (page: Page) => page.locator("#rows td:first-child").allTextContents();

inChromium(
  "HTML report sorts its table by each column and exposes the order",
  () =>
    inBrowser(sampleEvents(), async (page) => {
      const first = async () => (await names(page))[0];
      assertEquals(await first(), "load");
      await page.click('th button[data-key="took"]');
      assertEquals(await first(), "double");
      const head = page.locator("th", { hasText: "Duration" });
      assertEquals(await head.getAttribute("aria-sort"), "descending");
      await page.click('th button[data-key="took"]');
      assertEquals(await head.getAttribute("aria-sort"), "ascending");
      await page.click('th button[data-key="outcome"]');
      assertEquals(await first(), "deploy");
      await page.click('th button[data-key="name"]');
      assertEquals((await names(page)).slice(0, 4), ["deploy", "double", "load", "notify"]);
    }),
);

inChromium(
  "HTML report filters its table by words and by outcome",
  () =>
    inBrowser(sampleEvents(), async (page) => {
      await page.fill("#filter", "deploy failed");
      assertEquals(await names(page), ["notify", "publish"]);
      assertEquals(await page.textContent("#count"), "2 of 6 tasks");
      await page.fill("#filter", "");
      await page.selectOption("#ending", "flaky");
      assertEquals(await names(page), ["double"]);
      await page.selectOption("#ending", "");
      assertEquals((await names(page)).length, 6);
    }),
);

inChromium(
  "HTML report limits the height of a large error and contains all of it",
  () =>
    inBrowser(failing("x".repeat(50_000) + "\n" + "line\n".repeat(2_000)), async (page) => {
      const { height } = (await page.locator(".error").boundingBox())!;
      assert(height < 2_000, `${height}`);
      const text = await page.locator(".error .props").innerText();
      assertStringIncludes(text, "p299");
      assertStringIncludes(text, "{\n  a: 1\n}");
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert(wide <= 0, `${wide}`);
    }, 420),
);

/** A run of one task that fails with a message and 300 properties. */
function failing(message: string): RunEvent[] {
  const a = 0 as TaskId;
  const props = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`p${i}`, "{\n  a: 1\n}"]),
  );
  const error = { type: "Error", message, props };
  return sampleEvents([
    [0, {
      type: "run-started",
      tasks: [{ name: "a", after: [], tags: [] }],
      workers: 1,
      startedAt: "2026-11-23T20:56:47.573Z",
      mocked: [],
    }],
    [1, { type: "task-queued", task: a }],
    [2, { type: "task-started", task: a, worker: 0, attempt: 1 }],
    [3, { type: "task-finished", task: a, worker: 0, outcome: { status: "failed", error } }],
    [4, { type: "run-finished", finishedAt: "2026-11-23T20:56:48.573Z" }],
  ]);
}

inChromium(
  "HTML report zooms its timeline by keys and buttons and names the bar under the pointer",
  () =>
    inBrowser(sampleEvents(), async (page) => {
      const picture = () =>
        page.evaluate<string>(`document.getElementById("timeline").toDataURL()`);
      const before = await picture();
      await page.focus("#timeline");
      await page.keyboard.press("+");
      const zoomed = await picture();
      assert(zoomed !== before);
      await page.click("#fit");
      assertEquals(await picture(), before);
      const box = (await page.locator("#timeline").boundingBox())!;
      await page.mouse.move(box.x + box.width / 4, box.y + 45);
      assertStringIncludes((await page.textContent("#hover"))!, "deploy: failed after 1.2s");
    }),
);

inChromium(
  "HTML report does not execute names, output and errors of tasks",
  () =>
    inBrowser(hostileEvents(), async (page) => {
      assertEquals(await page.title(), "work.ts: 1 task failed");
      assertEquals(await page.locator("img").count(), 0);
      assertStringIncludes((await names(page)).join(), "<img src=x");
    }),
);

inChromium(
  "HTML report scrolls only vertically in a narrow window",
  () =>
    inBrowser(sampleEvents(), async (page) => {
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert(width <= 420, `${width} pixels wide`);
    }, 420),
);
