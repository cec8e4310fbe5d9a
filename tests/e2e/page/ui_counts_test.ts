/** The command, the web UI and the HTML report count a run in the same way. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { waitForText, withUi } from "../../support/ui.ts";

/** Every outcome. `never` is queued when the second failure cancels the run. */
const EVERY_OUTCOME = `
  export const good = mark(() => 1);
  export const flaky = mark({ retries: 1 }, (_state, { attempt }) => {
    if (attempt === 1) throw new Error("first");
  });
  export const bad = mark(() => { throw new Error("bad"); });
  export const after_bad = mark({ after: ["bad"] }, () => 1);
  export const itself = mark((_state, task) => task.skip("not here"));
  export const after_itself = mark({ after: ["itself"] }, () => 1);
  export const unneeded = mark({ after: ["good"], when: "failed" }, () => 1);
  export const gate = mark({ after: ["flaky", "after_bad", "after_itself", "unneeded"], when: "always" }, () => 1);
  export const late = mark({ after: ["gate"], priority: 1 }, () => { throw new Error("late"); });
  export const never = mark({ after: ["gate"] }, () => 1);
`;

/** The flaky task is one of the passed ones; without it, the counts add up to 10 tasks. */
const EXPECTED = { passed: 3, flaky: 1, failed: 2, skipped: 3, unneeded: 1, cancelled: 1 };
const NAMES = Object.keys(EXPECTED);

inChromium("tdrun, tdrun ui and the HTML report count every outcome in the same way", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", EVERY_OUTCOME);
  const { stdout, stderr } = await space.tdrun([
    "work.ts",
    "--workers=1",
    "--fail-fast=2",
    "--reporter=json=run.ndjson",
    "--reporter=html=report.html",
  ]);
  const line = (stdout + stderr).split("\n").findLast((it) => it.startsWith("==== "))!;
  const inCommand = [...line.matchAll(/(\d+) (\w+)[ ,)]/g)].map((
    [, n, name],
  ) => [name!, Number(n)]);
  assertEquals(Object.fromEntries(inCommand), EXPECTED);
  await withUi([], space.folder, async (page) => {
    await page.fill("#recording", "run.ndjson");
    await page.press("#recording", "Enter");
    await page.waitForSelector("#speed");
    await page.selectOption("#speed", "1000");
    await waitForText(page, "#verdict", "cancelled");
    assertEquals(await countsInPage(page), EXPECTED);
    await page.click("#tab-tasks");
    for (const [name, count] of [["failed", 2], ["skipped", 3], ["unneeded", 1], ["flaky", 1]]) {
      await page.selectOption("#status", String(name));
      await waitForText(page, "#task-count", `${count} of 10 tasks`);
    }
    const report = await page.context().newPage();
    await report.goto(`file://${space.folder}/report.html`);
    const items = await report.locator(".counts li").allInnerTexts();
    assertEquals(
      items.join(", "),
      "2 failed, 3 skipped, 1 unneeded, 1 cancelled, 3 passed (1 flaky)",
    );
    assertEquals(await report.textContent("#not-run"), "Skipped, unneeded and cancelled 5");
    assertEquals(await report.textContent("#count"), "10 tasks");
    const parts = await report.locator(".counts-bar rect").evaluateAll((rects) =>
      rects.map((rect) => Math.round(Number(rect.getAttribute("width"))))
    );
    assertEquals(parts.reduce((sum, width) => sum + width, 0), 1000);
  }, { isExpected: (text) => text.startsWith("file://") });
});

/** The counters of the page that are visible. */
async function countsInPage(page: Page): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of NAMES) {
    const counter = page.locator(`#count-${name}`);
    if (await counter.isVisible()) counts[name] = Number(await counter.textContent());
  }
  return counts;
}
