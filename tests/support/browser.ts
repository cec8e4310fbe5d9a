/** Chromium for tests. Without Chromium (Debian: `apt-get install chromium`) tests are ignored. */
import { assertEquals } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumPath } from "./chromium.ts";

/** Defines a test that needs a browser. */
export function inChromium(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `${name} (${chromiumPath ? "in Chromium" : "ignored: there is no Chromium"})`,
    ignore: chromiumPath === undefined,
    // The browser closes its pipes and timers when it ends, which cannot be awaited completely.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

/** Options of {@linkcode withPage}. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** Things the page is expected to report about. */
  readonly isExpected?: (message: string) => boolean;
}

/** Names of `.example` resolve to this machine. */
const ARGS = ["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1"];

/** The browser of all tests in a file: its start takes longer than most tests. */
let browser: Promise<Browser> | undefined;

Deno.test.afterAll(async () => {
  await (await browser)?.close();
});

/** Opens a page for a test and closes the page. Unexpected errors of the page fail the test. */
export async function withPage(
  url: string,
  test: (page: Page) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  const { width = 1280, height = 900, colorScheme = "light", isExpected = () => false } = options;
  browser ??= chromium.launch({ executablePath: chromiumPath!, args: ARGS });
  const context = await (await browser).newContext({ viewport: { width, height }, colorScheme });
  try {
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const problems: string[] = [];
    const { origin } = new URL(url);
    const site = origin === "null" ? url : origin;
    const report = (text: string) => isExpected(text) || problems.push(text);
    context.on("console", (message) => void report(message.text()));
    context.on("weberror", (error) => void report(error.error().message));
    context.on("request", (it) => {
      if (!it.url().startsWith(site) && !it.url().startsWith("data:")) report(it.url());
    });
    await page.goto(url);
    await test(page);
    assertEquals(problems, []);
  } finally {
    await context.close();
  }
}
