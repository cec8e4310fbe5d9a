/** `tdrun ui`: how a run ended is what its command says, in the heading, the title and the list alike. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { count, hasTitle, ready, says, shot, withUi } from "../../support/ui.ts";

const ONE = "export const a = mark(() => 1);";

inChromium("tdrun ui: a run that fails though its tasks passed is red, and says why", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", ONE);
  const outside = "an error outside of tasks";
  await withUi(["work.ts"], space.folder, async (page) => {
    await ready(page);
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
          "failed, though no task did",
          "Cannot show the state after the run: the state is too large for JSON",
        ],
      ] as const).entries()
    ) {
      const id = at + 1;
      await space.module("work.ts", text);
      await page.click("#run");
      await says(page, "#verdict.failed", `Run ${id}: ${how}`);
      if (how !== outside) await says(page, "#problem", why);
      await says(page, `#show-run-${id}`, sign);
      await hasTitle(page, "✕ work.ts");
      assertEquals(await count(page, "passed"), 1);
      await says(page, "#tab-failures .badge", "1");
      await page.click("#tab-failures");
      await says(page, how === outside ? ".card.failed" : "#untold", why);
      await shot(page, `untold-${id}`);
      await ready(page);
    }
    await page.click("#replay");
    await page.selectOption("#speed", "1000");
    await says(page, "#verdict.failed", "Replay: failed, though no task did");
    await space.module("work.ts", ONE);
    await page.click("#run");
    await says(page, "#verdict.passed", "Run 5: all went well");
    await page.locator("#problem").waitFor({ state: "detached" });
  });
});

inChromium("tdrun ui: a run is not well before it has torn down", async () => {
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
    await ready(page);
    await Deno.remove(`${space.folder}/go`);
    await page.click("#run");
    await says(page, "#verdict.running", "Run 1: all tasks have ended, the run has not");
    await hasTitle(page, "▶ work.ts");
    await space.file("go", "");
    await says(page, "#verdict.passed", "Run 1: all went well");
  });
});

inChromium(
  "tdrun ui: a process that somebody else has killed has failed, and is no cancelled run",
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
      await ready(page);
      await page.click("#run");
      await says(page, "#count-running", "1");
      await says(page, "#count-passed", "1");
      const pid = () => Number(readIfThere(`${space.folder}/pid`));
      while (pid() === 0) await page.evaluate("0");
      Deno.kill(pid(), "SIGKILL");
      await says(page, "#verdict.failed", "Run 1: was killed by SIGKILL");
      await says(page, "#problem", "The process was killed by SIGKILL while busy ran");
      await says(page, "#show-run-1", "✕ SIGKILL");
      await hasTitle(page, "✕ work.ts");
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
      const card = (await page.textContent("#untold"))!;
      assertStringIncludes(card, "the command ended with SIGKILL");
      await shot(page, "killed");
      assert(await page.isEnabled("#rerun"));
    });
  },
);

inChromium("tdrun ui: a run that was cancelled is not over while tasks still run", async () => {
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
    await ready(page);
    await page.click("#run");
    await says(page, "#count-running", "1");
    await page.click("#cancel");
    await says(page, "#verdict", "Run 1: ending, since the run was interrupted");
    assertEquals(await count(page, "running"), 1);
    await space.file("go", "");
    await says(page, "#verdict", "Run 1: cancelled, since the run was interrupted");
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
