/** `tdrun ui`: what was asked for last is what the page shows, in whatever order the answers come. */
import { assertEquals } from "@std/assert";
import type { Page, Request } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { ready, says, withUi, WORD } from "../../support/ui.ts";

/** Holds the next request that is meant, until it is let go. */
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
    const response = await route.fetch(); // as it is answered now
    asked.resolve();
    await free.promise;
    await route.fulfill({ response }).catch(() => {}); // it may have been given up
  });
  return {
    /** Resolves when it was made. */
    asked: asked.promise,
    /** Lets it go. Resolves when the page has taken its answer, or has given it up. */
    async letGo() {
      free.resolve();
      await over.promise;
      await settled(page);
    },
  };
}

/** The page has taken what has come, and shows it. */
async function settled(page: Page): Promise<void> {
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
}

async function choose(page: Page, field: string, path: string): Promise<void> {
  await page.fill(field, path);
  await page.press(field, "Enter");
}

inChromium(
  "tdrun ui: a state file that is read late does not take the place of another",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD);
    await space.file("one.json", '{"word":"first"}');
    await space.file("two.json", '{"word":"second"}');
    await withUi(["work.ts"], space.folder, async (page) => {
      await ready(page);
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

inChromium("tdrun ui: a recording that is read late does not take the place of a run", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", WORD);
  await space.tdrun(["work.ts", "--reporter=json=one.ndjson"]);
  await Deno.copyFile(`${space.folder}/one.ndjson`, `${space.folder}/two.ndjson`);
  await withUi(["work.ts"], space.folder, async (page) => {
    await ready(page);
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
    await says(page, "#verdict", "Run 1: passed");
    await late.letGo();
    await says(page, "#verdict", "Run 1: passed");
    assertEquals(await page.locator(title).count(), 0);
  });
});

inChromium("tdrun ui: a state that changes while a module is loaded is that module's", async () => {
  await using space = await TestSpace.create();
  for (const name of ["one", "two"]) {
    await space.module(
      `${name}.ts`,
      `export function setupState(state) { state.made = "${name} of " + (state.word ?? "none"); }
       ${WORD}`,
    );
  }
  await withUi(["one.ts"], space.folder, async (page) => {
    await ready(page);
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
    const anew = page.waitForResponse((it) => /two.ts.*typed/.test(it.request().postData() ?? ""));
    await two.letGo();
    await ready(page);
    await one.letGo();
    await (await anew).finished();
    await settled(page);
    assertEquals(await page.inputValue(value), "two of typed");
  });
});

inChromium(
  "tdrun ui: what a page was told while it was not in sight is not told it later",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD);
    await withUi(["work.ts"], space.folder, async (page) => {
      await ready(page);
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
      await says(page, "#verdict", "Run 1: passed");
      await session.letGo();
      assertEquals(await page.locator("#show-run-1").count(), 1);
    });
  },
);

inChromium(
  "tdrun ui: a module that loads while a run starts can be given up, and no run starts twice",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", WORD);
    await withUi(["work.ts"], space.folder, async (page) => {
      await ready(page);
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
      await says(page, "#problem", "Loading the module was cancelled");
      await open.letGo();
    });
  },
);
