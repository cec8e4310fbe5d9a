/** `tdrun ui` shows the result of the latest request, in any order of responses. */
import { assertEquals } from "@std/assert";
import type { Page, Request } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { waitForText, waitUntilReady, withUi, WORD_TASK } from "../../support/ui.ts";

/** Holds the next matching request until it is released. */
async function hold(page: Page, path: string, isMeant: (request: Request) => boolean = () => true) {
  const asked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  let isTaken = false;
  await page.route((url) => url.pathname === path, async (route) => {
    const request = route.request();
    if (isTaken || !isMeant(request)) return await route.fallback();
    isTaken = true;
    for (const end of ["requestfinished", "requestfailed"] as const) {
      page.on(end as "requestfinished", (it) => void (it === request && over.resolve()));
    }
    const response = await route.fetch(); // the current response
    asked.resolve();
    await free.promise;
    await route.fulfill({ response }).catch(() => {}); // the page may have aborted the request
  });
  return {
    /** Resolves when the page has sent the request. */
    asked: asked.promise,
    /** Releases the response. Resolves when the page has handled or aborted it. */
    async letGo() {
      free.resolve();
      await over.promise;
      await settled(page);
    },
  };
}

/** Resolves when the page has rendered all responses. */
async function settled(page: Page): Promise<void> {
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
}

async function choose(page: Page, field: string, path: string): Promise<void> {
  await page.fill(field, path);
  await page.press(field, "Enter");
}

inChromium(
  "tdrun ui ignores a late state file when another was read",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD_TASK);
    await space.file("one.json", '{"word":"first"}');
    await space.file("two.json", '{"word":"second"}');
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#tab-state");
      const one = await hold(page, "/api/state-file", (it) => it.postData()!.includes("one.json"));
      await choose(page, "#state-file", "one.json");
      await one.asked;
      await choose(page, "#state-file", "two.json");
      const value = '[aria-label="Value of word"]';
      await page.waitForSelector(value);
      await one.letGo();
      assertEquals(await page.inputValue(value), "second");
      assertEquals(await page.inputValue("#state-file"), "two.json");

      const again = await hold(page, "/api/state-file");
      await choose(page, "#state-file", "one.json");
      await again.asked;
      await choose(page, "#state-file", "");
      await page.waitForSelector("#no-state");
      await again.letGo();
      assertEquals(await page.locator("#no-state").count(), 1);
      assertEquals(await page.inputValue("#state-file"), "");
    });
  },
);

inChromium("tdrun ui ignores a late recording when a run is shown", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", WORD_TASK);
  await space.tdrun(["work.ts", "--reporter=json=one.ndjson"]);
  await Deno.copyFile(`${space.folder}/one.ndjson`, `${space.folder}/two.ndjson`);
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    const one = await hold(page, "/api/recording");
    await choose(page, "#recording", "one.ndjson");
    await one.asked;
    await choose(page, "#recording", "two.ndjson");
    const title = ".replay";
    await page.waitForSelector(title);
    await one.letGo();
    assertEquals(await page.getAttribute(title, "aria-label"), "Replay of two.ndjson");

    const late = await hold(page, "/api/recording");
    await choose(page, "#recording", "one.ndjson");
    await late.asked;
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: passed");
    await late.letGo();
    await waitForText(page, "#verdict", "Run 1: passed");
    assertEquals(await page.locator(title).count(), 0);
  });
});

inChromium(
  "tdrun ui refreshes the state of the new module when it changes during loading",
  async () => {
    await using space = await TestSpace.create();
    for (const name of ["one", "two"]) {
      await space.module(
        `${name}.ts`,
        `export function setupState(state) { state.made = "${name} of " + (state.word ?? "none"); }
       ${WORD_TASK}`,
      );
    }
    await withUi(["one.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#tab-state");
      const value = '[aria-label="Value of made"]';
      await page.waitForSelector(value);
      assertEquals(await page.inputValue(value), "one of none");
      const two = await hold(page, "/api/open", (it) => it.postData()!.includes("two.ts"));
      const one = await hold(page, "/api/open", (it) => it.postData()!.includes("one.ts"));
      await choose(page, "#module", "two.ts");
      await two.asked;
      await page.fill("#new-key", "word");
      await page.fill("#new-value", "typed");
      await page.click("#add-key");
      await one.asked;
      const refreshed = page.waitForResponse((it) =>
        /two.ts.*typed/.test(it.request().postData() ?? "")
      );
      await two.letGo();
      await waitUntilReady(page);
      await one.letGo();
      await (await refreshed).finished();
      await settled(page);
      assertEquals(await page.inputValue(value), "two of typed");
    });
  },
);

inChromium(
  "tdrun ui ignores a late poll response after a hidden page is visible again",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD_TASK);
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      const see = (isHidden: boolean) =>
        page.evaluate(`
        Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      `);
      const session = await hold(page, "/api/session");
      await see(true);
      await session.asked;
      await see(false);
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 1: passed");
      await session.letGo();
      assertEquals(await page.locator("#show-run-1").count(), 1);
    });
  },
);

inChromium(
  "tdrun ui cancels loading while a run starts, and starts no run twice",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD_TASK);
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      const start = await hold(page, "/api/runs");
      await page.click("#run");
      await start.asked;
      await page.click("#open");
      await page.waitForSelector("#open:not([disabled])");
      assertEquals(await page.isDisabled("#run"), true);

      const open = await hold(page, "/api/open");
      await page.click("#open");
      await open.asked;
      await start.letGo();
      await page.click("#cancel");
      await waitForText(page, "#problem", "Loading the module was cancelled");
      await open.letGo();
    });
  },
);

inChromium(
  "tdrun ui --watch opens a module whose late error is of the version before",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", `${WORD_TASK} const`);
    await withUi(["work.ts", "--watch"], space.folder, async (page) => {
      await waitForText(page, "#verdict.failed", "Run 1: could not start");
      const open = await hold(page, "/api/open");
      await page.reload();
      await open.asked;
      await space.module("work.ts", WORD_TASK);
      await waitForText(page, "#verdict.passed", "Run 2: passed");
      await open.letGo();
      await waitUntilReady(page);
      assertEquals(await page.isVisible("#problem"), false);
    });
  },
);
