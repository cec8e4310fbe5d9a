/** `tdrun ui` in a browser, for tests. UI_SHOTS=folder saves screenshots. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { type PageOptions, withPage } from "./browser.ts";
import { type CommandOptions, type RunningCommand, startTdrun } from "./command.ts";
import { uiUrl } from "./ui_process.ts";

/** Time limit of the command, in ms: waits within the page have their own limits. */
const LIMIT_MS = 180_000;

/** Starts the command. Resolves when the URL of the page is printed. */
export async function startUi(
  args: readonly string[],
  options: CommandOptions,
): Promise<{ command: RunningCommand; url: URL }> {
  const command = startTdrun(["ui", "--no-open", ...args], options);
  return { command, url: new URL(await uiUrl(command)) };
}

/** Starts the command, opens its page, and ends both after a test. */
export async function withUi(
  args: readonly string[],
  folder: string,
  test: (page: Page, command: RunningCommand, url: string) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  const { command, url: { href } } = await startUi(args, { folder, limitMs: LIMIT_MS });
  try {
    await withPage(href, (page) => test(page, command, href), options);
  } finally {
    let hasEnded = false;
    void command.ended.then(() => hasEnded = true);
    await Promise.resolve();
    if (!hasEnded) command.kill("SIGINT");
  }
  assertEquals((await command.ended).code, 0);
}

/** Waits until the module is loaded and no run is active. */
export async function waitUntilReady(page: Page): Promise<void> {
  await page.waitForSelector("#run:not([disabled])");
}

/** Resolves when `wait` of {@linkcode BLOCKING_TASKS} runs: its dependency has passed. */
export async function waitUntilBlocked(page: Page): Promise<void> {
  await waitForText(page, "#count-passed", "1");
  await waitForText(page, "#count-running", "1");
}

/** Maximum length of the page's text in an error, in characters. */
const SHOWN_MAX = 1500;

/**
 * Waits for a text in an element.
 *
 * @throws {Error} with the text of the page, when the limit of the page has passed.
 */
export async function waitForText(page: Page, selector: string, text: string): Promise<void> {
  try {
    await page.locator(selector, { hasText: text }).first().waitFor();
  } catch (cause) {
    const shown = (await page.innerText("body")).slice(0, SHOWN_MAX);
    throw new Error(`No "${text}" in ${selector}; the page shows:\n${shown}`, { cause });
  }
}

/** Waits for a title: an effect updates it after the page is rendered. */
export async function waitForTitle(page: Page, title: string): Promise<void> {
  const isThere = (title: string) =>
    (globalThis as unknown as { document: { title: string } }).document.title === title;
  // A hidden page has no animation frames.
  await page.waitForFunction(isThere, title, { polling: 50 });
}

/** The number of a count. */
export async function count(page: Page, what: string): Promise<number> {
  return Number(await page.textContent(`#count-${what}`));
}

/** Saves a screenshot, if UI_SHOTS is set. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("UI_SHOTS");
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** A task that returns a key of the state. */
export const WORD_TASK = "export const a = mark((state) => state.word ?? 'none');";

/** Three tasks; `wait` blocks until a file exists, so that a test decides when the task ends. */
export const BLOCKING_TASKS = `
  export const first = mark({ tags: ["early"] }, (state) => state.word ?? "none");
  export const wait = mark({ after: ["first"], tags: ["late"] }, async (state, task) => {
    task.log.info("waiting");
    while (!task.signal.aborted) {
      try { Deno.statSync("go"); return "gone"; } catch { await new Promise((r) => setTimeout(r, 20)); }
    }
    throw task.signal.reason;
  });
  export const last = mark({ after: ["wait"] }, (state) => state.results.wait + "!");
`;
