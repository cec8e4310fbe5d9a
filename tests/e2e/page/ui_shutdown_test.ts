/** The end status in `tdrun ui`: by the exit of the command, in status bar, title and list. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import {
  count,
  screenshot,
  waitForText,
  waitForTitle,
  waitUntilReady,
  withUi,
} from "../../support/ui.ts";

const ONE = "export const a = mark(() => 1);";

inChromium("tdrun ui shows a failure outside of tasks with its reason", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", ONE);
  const outside = "1 error outside of tasks";
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    for (
      const [at, [text, sign, how, why]] of ([
        [
          `export function teardownState() { throw new Error("boom"); } ${ONE}`,
          "✕ failed",
          outside,
          "boom",
        ],
        [
          `export function teardownState() {
             setTimeout(() => { throw new Error("late"); });
             return new Promise((resolve) => addEventListener("error", resolve));
           } ${ONE}`,
          "✕ failed",
          outside,
          "late",
        ],
        [
          `export function teardownState() { Deno.exit(3); } ${ONE}`,
          "✕ failed",
          outside,
          "Deno.exit(3) was called",
        ],
        [
          `export const a = mark(() => {
             let list = ["x".repeat(1_000_000)];
             for (let i = 0; i < 10; i++) list = [list, list];
             return list;
           });`,
          "✕ exit 70",
          "failed outside of tasks",
          "Cannot show the state after the run: the state is too large for JSON",
        ],
      ] as const).entries()
    ) {
      const id = at + 1;
      await space.module("work.ts", text);
      await page.click("#run");
      await waitForText(page, "#verdict.failed", `Run ${id}: ${how}`);
      if (how !== outside) await waitForText(page, "#problem", why);
      await waitForText(page, `#show-run-${id}`, sign);
      await waitForTitle(page, "✕ work.ts");
      assertEquals(await count(page, "passed"), 1);
      await waitForText(page, "#tab-failures .badge", "1");
      await page.click("#tab-failures");
      await waitForText(page, how === outside ? ".card.failed" : "#unreported", why);
      await screenshot(page, `unreported-${id}`);
      await waitUntilReady(page);
    }
    await page.click("#replay");
    await page.selectOption("#speed", "1000");
    await waitForText(page, "#verdict.failed", "Replay: failed outside of tasks");
    await space.module("work.ts", ONE);
    await page.click("#run");
    await waitForText(page, "#verdict.passed", "Run 5: passed");
    await page.locator("#problem").waitFor({ state: "detached" });
  });
});

inChromium("tdrun ui shows no success before the teardown has ended", async () => {
  await using space = await TestSpace.create();
  await space.file("go", "");
  await space.module(
    "work.ts",
    `export async function teardownState() {
       for (;;) {
         try { Deno.statSync("go"); return; } catch { await new Promise((r) => setTimeout(r, 20)); }
       }
     }
     ${ONE}`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await Deno.remove(`${space.folder}/go`);
    await page.click("#run");
    await waitForText(
      page,
      "#verdict.running",
      "Run 1: all tasks have ended, the run is finishing",
    );
    await waitForTitle(page, "▶ work.ts");
    await space.file("go", "");
    await waitForText(page, "#verdict.passed", "Run 1: passed");
  });
});

inChromium(
  "tdrun ui shows a run that another process killed as failed, not cancelled",
  async () => {
    await using space = await TestSpace.create();
    await space.module(
      "work.ts",
      `export const first = mark(() => 1);
     export const busy = mark({ after: ["first"] }, () => {
       Deno.writeTextFileSync("pid", String(Deno.pid));
       return new Promise((resolve) => setTimeout(resolve, 60_000));
     });
     export const last = mark({ after: ["busy"] }, () => {});`,
    );
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#count-running", "1");
      await waitForText(page, "#count-passed", "1");
      const pid = () => Number(readIfThere(`${space.folder}/pid`));
      while (pid() === 0) await page.evaluate("0");
      Deno.kill(pid(), "SIGKILL");
      await waitForText(page, "#verdict.failed", "Run 1: was killed by SIGKILL");
      await waitForText(page, "#problem", "The process was killed by SIGKILL while busy ran");
      await waitForText(page, "#show-run-1", "✕ SIGKILL");
      await waitForTitle(page, "✕ work.ts");
      const kinds = [
        "passed",
        "failed",
        "skipped",
        "cancelled",
        "unfinished",
        "running",
        "waiting",
      ];
      const figures = await Promise.all(kinds.map((kind) => count(page, kind)));
      assertEquals(figures, [1, 0, 0, 0, 2, 0, 0]);
      await page.click("#tab-failures");
      const card = (await page.textContent("#unreported"))!;
      assertStringIncludes(card, "the command ended with SIGKILL");
      await screenshot(page, "killed");
      assert(await page.isEnabled("#rerun"));
    });
  },
);

inChromium("tdrun ui shows a cancelled run as ending while tasks still run", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `export const a = mark(async () => {
       for (;;) {
         try { Deno.statSync("go"); return; } catch { await new Promise((r) => setTimeout(r, 20)); }
       }
     });
     export const b = mark({ after: ["a"] }, () => {});`,
  );
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#count-running", "1");
    await page.click("#cancel");
    await waitForText(page, "#verdict", "Run 1: ending, since the run was interrupted");
    assertEquals(await count(page, "running"), 1);
    await space.file("go", "");
    await waitForText(page, "#verdict", "Run 1: cancelled, since the run was interrupted");
    assertEquals(await count(page, "running"), 0);
  });
});

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
