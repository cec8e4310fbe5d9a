/**
 * The page in a browser: its scripts run under its own policy, the table sorts and filters, and what
 * tasks say is not run. Needs Chromium (Debian: `apt-get install chromium`); without one it is ignored.
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

/** Opens the page of a run, and closes it when it has been looked at. Nothing may go wrong in it. */
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
  "HTML page: the table sorts by each head, and says so",
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
  "HTML page: the table is filtered by words and by outcome",
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
  "HTML page: an error that brings a document along takes a part of the screen, and is all there",
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
  "HTML page: the timeline zooms by keys and buttons, and names what is pointed at",
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
  "HTML page: what tasks are called, print and throw is not run",
  () =>
    inBrowser(hostileEvents(), async (page) => {
      assertEquals(await page.title(), "work.ts: 1 task failed");
      assertEquals(await page.locator("img").count(), 0);
      assertStringIncludes((await names(page)).join(), "<img src=x");
    }),
);

inChromium(
  "HTML page: a narrow window scrolls down only",
  () =>
    inBrowser(sampleEvents(), async (page) => {
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert(width <= 420, `${width} pixels wide`);
    }, 420),
);
