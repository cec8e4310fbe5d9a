/** Chromium, for tests of pages. Without one (Debian: `apt-get install chromium`) they are ignored. */
import { assertEquals } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const executablePath = BROWSERS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** A test that needs a browser. */
export function inChromium(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `${name} (${executablePath ? "in Chromium" : "ignored: there is no Chromium"})`,
    ignore: executablePath === undefined,
    // The browser's own pipes and timers are closed by its end, which nobody can await fully.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** Things the page is expected to complain about. */
  readonly isExpected?: (complaint: string) => boolean;
}

/** Names that no test finds on the real network are this machine. */
const ARGS = ["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1"];

/** The browser of this file's tests, once one has been needed: to start it takes longer than most of them. */
let browser: Promise<Browser> | undefined;

Deno.test.afterAll(async () => {
  await (await browser)?.close();
});

/** Opens a page and closes it when it has been looked at. Nothing may go wrong in it. */
export async function withPage(
  url: string,
  look: (page: Page) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  const { width = 1280, height = 900, colorScheme = "light", isExpected = () => false } = options;
  browser ??= chromium.launch({ executablePath: executablePath!, args: ARGS });
  const context = await (await browser).newContext({ viewport: { width, height }, colorScheme });
  try {
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const problems: string[] = [];
    const { origin } = new URL(url);
    const site = origin === "null" ? url : origin;
    const complain = (text: string) => isExpected(text) || problems.push(text);
    context.on("console", (message) => void complain(message.text()));
    context.on("weberror", (error) => void complain(error.error().message));
    context.on("request", (it) => {
      if (!it.url().startsWith(site) && !it.url().startsWith("data:")) complain(it.url());
    });
    await page.goto(url);
    await look(page);
    assertEquals(problems, []);
  } finally {
    await context.close();
  }
}
