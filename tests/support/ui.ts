/** `tdrun ui` and its page, for tests. UI_SHOTS=folder keeps pictures. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { type PageOptions, withPage } from "./browser.ts";
import { type CommandOptions, type RunningCommand, startTdrun } from "./command.ts";

/** A page is looked at for long; what is waited for on it has limits of its own. */
const LIMIT_MS = 180_000;

/** Starts the command. Resolves when it has said where its page is. */
export async function startUi(
  args: readonly string[],
  options: CommandOptions,
): Promise<{ command: RunningCommand; url: URL }> {
  const command = startTdrun(["ui", "--no-open", ...args], options);
  await command.said("Ctrl-C ends it");
  return { command, url: new URL(/http:\S+/.exec(command.stderr)![0]) };
}

/** Starts the command, shows its page, and ends both. */
export async function withUi(
  args: readonly string[],
  folder: string,
  look: (page: Page, command: RunningCommand, url: string) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  const { command, url: { href } } = await startUi(args, { folder, limitMs: LIMIT_MS });
  try {
    await withPage(href, (page) => look(page, command, href), options);
  } finally {
    let hasEnded = false;
    void command.ended.then(() => hasEnded = true);
    await Promise.resolve();
    if (!hasEnded) command.kill("SIGINT");
  }
  assertEquals((await command.ended).code, 0);
}

/** Waits until the module is there, and nothing runs. */
export async function ready(page: Page): Promise<void> {
  await page.waitForSelector("#run:not([disabled])");
}

/** Resolves when the page shows that `wait` of {@linkcode PATIENT} runs, which is not the first to do so. */
export async function waits(page: Page): Promise<void> {
  await says(page, "#count-passed", "1");
  await says(page, "#count-running", "1");
}

/** Waits for a text in an element. */
export async function says(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector, { hasText: text }).first().waitFor();
}

/** Waits for a title: it follows what the page shows by an effect of its own. */
export async function hasTitle(page: Page, title: string): Promise<void> {
  const isThere = (title: string) =>
    (globalThis as unknown as { document: { title: string } }).document.title === title;
  await page.waitForFunction(isThere, title, { polling: 50 }); // a page out of sight has no frames
}

/** The number in a counter. */
export async function count(page: Page, what: string): Promise<number> {
  return Number(await page.textContent(`#count-${what}`));
}

/** Keeps a picture, if that is asked for. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("UI_SHOTS");
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** A task that returns what the state holds. */
export const WORD = "export const a = mark((state) => state.word ?? 'none');";

/** Three tasks: one that waits for a file, so that a test decides when it ends. */
export const PATIENT = `
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
