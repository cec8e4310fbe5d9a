/** Failures around `tdrun ui`: of modules, processes, connections and the server. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium, withPage } from "../../support/browser.ts";
import { tdrunLine, TestSpace } from "../../support/command.ts";
import { CutProxy } from "../../support/cut_proxy.ts";
import { gone, noneHave, removed, someHave } from "../../support/processes.ts";
import {
  BLOCKING_TASKS,
  count,
  startUi,
  waitForText,
  waitForTitle,
  waitUntilBlocked,
  waitUntilReady,
  withUi,
} from "../../support/ui.ts";

inChromium(
  "tdrun ui separates output of the module from the events of tasks",
  async () => {
    await using space = await TestSpace.create();
    await space.module(
      "noisy.ts",
      `const sh = (script) => new Deno.Command("sh", {
         args: ["-c", script], stdout: "inherit", stderr: "inherit" }).outputSync();
       if (globalThis.WorkerGlobalScope === undefined) sh("echo '{\\"type\\":1}'; echo trouble >&2; printf none");
       export function setupState() { console.log("the beginning"); }
       export function teardownState() { console.log("the end"); }
       export const a = mark(() => { sh("printf 'a child of a task'"); });
       export const b = mark({ after: ["a"] }, () => 2);`,
    );
    await withUi(["noisy.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 1: passed");
      assertEquals(await count(page, "passed"), 2);
      await page.click("#tab-log");
      await page.click(".command-output summary");
      const output = (await page.textContent("#command-output"))!;
      assertStringIncludes((await page.textContent("#log-lines"))!, "a child of a task");
      for (
        const text of ['{"type":1}', "trouble", "none", "the beginning", "the end"]
      ) {
        assertStringIncludes(output, text);
      }
    });
  },
);

inChromium("tdrun ui ends a run although a child process holds its streams", async () => {
  await using space = await TestSpace.create();
  const mark = `sleep ${space.folder}`;
  await space.module(
    "daemon.ts",
    `if (Deno.args.some((arg) => arg.includes("events")) && !globalThis.WorkerGlobalScope) {
       new Deno.Command("sh", { args: ["-c", "while [ ! -e stop ]; do sleep 0.1; done", "${mark}"],
         stdin: "null", stdout: "inherit", stderr: "inherit" }).spawn().unref();
     }
     export const a = mark(() => 1);`,
  );
  await withUi(["daemon.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: passed");
    await waitUntilReady(page);
    await someHave(mark);
    await space.file("stop", "");
    await noneHave(mark);
  });
});

inChromium(
  "tdrun ui follows a run to its end while another run is shown",
  async () => {
    await using space = await TestSpace.create();
    await space.module("patient.ts", BLOCKING_TASKS);
    await withUi(["patient.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      for (const [run, leave] of ["#open", "#show-module", "#show-run-1"].entries()) {
        await page.click("#run");
        await waitForText(page, "#count-running", "1");
        await page.click(leave);
        await page.locator(
          `#show-run-${run + 1}[aria-pressed=false], #show-run-1[aria-pressed=true]`,
        )
          .first().waitFor();
        await waitForText(page, `#show-run-${run + 1}`, "running");
        await space.file("go", "");
        await waitForText(page, `#show-run-${run + 1}`, "passed");
        await waitUntilReady(page);
        await page.click(`#show-run-${run + 1}`);
        await waitForText(page, "#verdict", `Run ${run + 1}: passed`);
        assertEquals(await count(page, "passed"), 3);
        await Deno.remove(`${space.folder}/go`);
        if (run === 1) await waitForText(page, "#show-run-2", "passed");
      }
    });
  },
);

inChromium("tdrun ui lets two pages list, watch and cancel the same runs", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  await withUi(["patient.ts"], space.folder, async (page, _command, url) => {
    await waitUntilReady(page);
    const other: Page = await page.context().newPage();
    await other.goto(url);
    await waitUntilReady(other);
    await page.click("#run");
    await waitForText(page, "#count-running", "1");
    await waitForText(other, "#show-run-1", "running");
    assert(await other.isDisabled("#run"));
    await other.click("#show-run-1");
    await waitForText(other, "#count-running", "1");
    await other.click("#cancel");
    await waitForText(page, "#verdict", "cancelled");
    await waitUntilReady(page);
    await waitUntilReady(other);
    // The run continues when the page that started it is closed.
    await page.click("#run");
    await waitForText(other, "#show-run-2", "running");
    await page.close();
    await space.file("go", "");
    await waitForText(other, "#show-run-2", "passed");
    await other.close();
  });
});

inChromium(
  "tdrun ui opens a module that prints while it is loaded and torn down",
  async () => {
    await using space = await TestSpace.create();
    await space.module(
      "talks.ts",
      `console.log('{\\n  "schema": 1\\n}');
     export function setupState(state) { console.log("setup"); state.key = "made"; }
     addEventListener("unload", () => console.log("good-bye"));
     export const a = mark(() => {});`,
    );
    await withUi(["talks.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      assertEquals(await count(page, "tasks"), 1);
      await page.click("#tab-state");
      assertEquals(await page.inputValue('[aria-label="Value of key"]'), "made");
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 1: passed");
    });
  },
);

inChromium(
  "tdrun ui cancels loading a module that never finishes and leaves no process",
  async () => {
    await using space = await TestSpace.create();
    const name = `hang_${crypto.randomUUID()}.ts`;
    await space.module(name, "for (;;);");
    await space.module("work.ts", "export const a = mark(() => 1);");
    await withUi([name], space.folder, async (page) => {
      await waitForText(page, "#verdict", "Loading the module");
      await someHave(`./${name}`); // the page shows this before the request reaches the server
      await page.click("#cancel");
      await waitForText(page, "#problem", "Loading the module was cancelled");
      await noneHave(`./${name}`);
      const begun = page.waitForResponse(/\/api\/open$/);
      await page.click("#open");
      await begun; // the response has started; its end needs the module
      await page.click("#cancel");
      await waitForText(page, "#problem", "Loading the module was cancelled");
      await page.click("#open");
      await waitForText(page, "#verdict", "Loading the module");
      await page.fill("#module", "work.ts");
      await page.press("#module", "Enter");
      await waitUntilReady(page);
      assertEquals(await count(page, "tasks"), 1);
      await noneHave(`./${name}`);
      await page.fill("#module", name);
      await page.click("#open");
      await waitForText(page, "#verdict", "Loading the module");
    }, { isExpected: (text) => text.includes("net::ERR_") });
    await noneHave(`./${name}`); // the server has stopped meanwhile
  },
);

inChromium(
  "tdrun ui shows errors of loading, setupState and teardownState",
  async () => {
    await using space = await TestSpace.create();
    const work = "export const a = mark(() => 1);";
    await space.module(
      "throws.ts",
      `export function setupState(state) { state.key = "made"; }
     export function teardownState() { throw new Error("boom"); } ${work}`,
    );
    await space.module(
      "none.ts",
      `export function setupState() { throw new Error("no"); } ${work}`,
    );
    const blocks = `blocks_${crypto.randomUUID()}.ts`;
    await space.module(
      blocks,
      `export function teardownState() { Deno.writeTextFileSync("up", "up"); for (;;); } ${work}`,
    );
    await withUi(["throws.ts"], space.folder, async (page) => {
      await waitForText(page, "#problem", "teardownState failed: Error: boom");
      await waitUntilReady(page);
      assertEquals(await count(page, "tasks"), 1);
      await page.click("#tab-state");
      await waitForText(page, ".state-view .problem", "teardownState failed: Error: boom");
      await holds(page, "key", "made");
      await page.fill("#module", "none.ts");
      await page.click("#open");
      await waitForText(page, "#problem", "setupState failed: Error: no");
      await page.fill("#module", blocks);
      await page.click("#open");
      await waitForText(page, "#verdict", "Loading the module");
      await readWhenThere(`${space.folder}/up`);
      await page.click("#cancel");
      await waitForText(page, "#problem", "Loading the module was cancelled");
      await noneHave(`./${blocks}`);
    }, { isExpected: (text) => text.includes("net::ERR_") });
  },
);

inChromium(
  "tdrun ui ends the child processes of tasks when a run is stopped",
  async () => {
    await using space = await TestSpace.create();
    const mark = `mark ${space.folder}`;
    await space.module(
      "deaf.ts",
      `export const a = mark(() => {
       const script = "trap '' INT TERM; touch up; while [ -e up ]; do sleep 0.1; done";
       new Deno.Command("sh", { args: ["-c", script, "${mark}"], stdin: "null" }).outputSync();
     });`,
    );
    await withUi(["deaf.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#count-running", "1");
      await someHave(mark);
      await page.click("#cancel");
      await waitForText(page, "#cancel", "Stop now");
      await page.click("#cancel");
      await waitForText(page, "#show-run-1", "cancelled");
      await noneHave(mark);
    });
  },
);

inChromium("tdrun ui reuses large results for a single task", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "large.ts",
    `export const load = mark(() => "x".repeat(3_000_000));
     export const size = mark({ after: ["load"] }, (state) => state.results.load.length);`,
  );
  await withUi(["large.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
    await page.click("#tab-tasks");
    await page.click("#tasks .link >> text=size");
    await page.click("#run-one");
    await page.click("#run-one-go");
    await waitForText(page, "#verdict", "Run 2: passed");
    await page.click("#tab-state");
    await waitForText(page, "#after", "3000000");
  });
});

/** Waits until a key of the initial state has a value. */
async function holds(page: Page, key: string, value: string): Promise<void> {
  const field = page.locator(`[aria-label="Value of ${key}"]`);
  for (const until = Date.now() + 20_000; await field.inputValue() !== value;) {
    assert(Date.now() < until, `${key} is not ${value}`);
  }
}

inChromium(
  "tdrun ui keeps a value being typed when the state is refreshed",
  async () => {
    await using space = await TestSpace.create();
    await space.module(
      "slow.ts",
      `export function setupState(state) {
       state.one ??= 1; state.two ??= 2; state.sum = state.one + state.two;
     }
     export const a = mark((state) => state.sum);`,
    );
    await withUi(["slow.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#tab-state");
      await page.fill('[aria-label="Value of one"]', "10");
      await page.focus('[aria-label="Value of two"]');
      await page.keyboard.press("Control+a");
      await page.keyboard.type("4");
      await holds(page, "sum", "12");
      await page.keyboard.type("0");
      await page.keyboard.press("Tab");
      await holds(page, "sum", "50");
      await page.click("#run");
      await waitForText(page, "#verdict", "passed");
      await page.click("#tab-state");
      await waitForText(page, "#after", "50");
    });
  },
);

inChromium(
  "tdrun ui holds no connection for hidden pages, which still learn the end of a run",
  async () => {
    await using space = await TestSpace.create();
    await space.module("patient.ts", BLOCKING_TASKS);
    await withUi(["patient.ts"], space.folder, async (page, _command, url) => {
      const hide = (it: Page, isHidden: boolean) =>
        it.evaluate(
          `Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"))`,
        );
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#count-running", "1");
      // A browser has six connections to one server, for all pages.
      const pages = [page];
      for (let i = 0; i < 8; i++) {
        await hide(pages.at(-1)!, true);
        const next = await page.context().newPage();
        await next.goto(url);
        await waitForText(next, "#count-running", "1");
        pages.push(next);
      }
      await pages.at(-1)!.click("#cancel");
      await waitForText(pages.at(-1)!, "#verdict", "cancelled");
      await waitForTitle(page, "⊘ patient.ts");
      assertEquals(await page.textContent("#count-cancelled"), "0"); // hidden: no events
      await hide(page, false);
      await waitForText(page, "#verdict", "cancelled");
      assertEquals(await count(page, "cancelled"), 2);
    });
  },
);

inChromium("tdrun ui shows all events although the connection breaks repeatedly", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "many.ts",
    Array.from(
      { length: 400 },
      (_, i) =>
        `export const t${i} = mark(() => { console.log("${i}"); return new Promise((r) => setTimeout(r, 8)); });`,
    )
      .join("\n"),
  );
  const { command, url } = await startUi(["many.ts"], { folder: space.folder });
  await using wire = new CutProxy(Number(url.port));
  url.port = String(wire.port);
  await withPage(url.href, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await page.click("#tab-log");
    for (const passed of [20, 80, 140, 200, 260]) {
      while (await count(page, "passed") < passed);
      wire.cut();
    }
    await waitForText(page, "#verdict", "passed");
    assertEquals(await count(page, "passed"), 400);
    await waitForText(page, "#log-count", "800 lines");
  }, { isExpected: (text) => text.includes("net::ERR_") });
  command.kill("SIGINT");
  assertEquals((await command.ended).code, 0);
});

inChromium(
  "tdrun ui shows the end of the run and of the server when the server stops",
  async () => {
    await using space = await TestSpace.create();
    await space.module("patient.ts", BLOCKING_TASKS);
    const isExpected = (text: string) => text.includes("net::ERR_");
    await withUi(["patient.ts"], space.folder, async (page, command) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitUntilBlocked(page);
      command.kill("SIGTERM");
      await waitForText(page, "#verdict", "Run 1: cancelled, since the run was interrupted");
      await waitForText(page, "#problem", "The server has stopped: restart tdrun ui");
      await waitForText(page, "#show-run-1", "⊘ cancelled");
      await waitForTitle(page, "⊘ patient.ts");
      assertEquals([await count(page, "passed"), await count(page, "cancelled")], [1, 2]);
      await page.click("#show-module");
      await waitForText(page, "#verdict", "The server has stopped");
      assertEquals((await command.ended).code, 0);
    }, { isExpected });
  },
);

inChromium("tdrun ui marks a run as unfinished when the server is gone", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  const { command, url } = await startUi(["patient.ts"], { folder: space.folder });
  const isExpected = (text: string) => text.includes("net::ERR_");
  await withPage(url.href, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitUntilBlocked(page);
    command.kill("SIGKILL");
    await waitForText(page, "#verdict.failed", "The server is not responding");
    await waitForText(page, "#show-run-1", "? unfinished");
    await waitForTitle(page, "✕ patient.ts");
    assertEquals([await count(page, "running"), await count(page, "unfinished")], [0, 2]);
  }, { isExpected });
  await command.ended;
});

inChromium("tdrun ui reconnects to a server that did not respond for a while", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  const { command, url } = await startUi(["patient.ts"], { folder: space.folder });
  const port = Number(url.port);
  const wire = new CutProxy(port);
  url.port = String(wire.port);
  const isExpected = (text: string) => text.includes("net::ERR_");
  await withPage(url.href, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitUntilBlocked(page);
    await wire[Symbol.asyncDispose]();
    await waitForText(page, "#verdict", "The server is not responding");
    await using _again = new CutProxy(port, wire.port);
    await waitForText(page, "#verdict", "Run 1: running on");
    assertEquals([await count(page, "running"), await count(page, "passed")], [1, 1]);
    await space.file("go", "");
    await waitForText(page, "#verdict", "Run 1: passed");
    assertEquals(await count(page, "passed"), 3);
  }, { isExpected });
  command.kill("SIGINT");
  assertEquals((await command.ended).code, 0);
});

for (
  const [what, head, task] of [
    ["runs a task that ignores its signal", "", "for (;;);"],
    ["is loading the module", "begin(); for (;;);", ""],
  ] as const
) {
  Deno.test({
    name: `tdrun ui ends a process that ${what}, and its files, when the server is killed`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using space = await TestSpace.create();
      await Deno.mkdir(`${space.folder}/tmp`);
      await space.module(
        "busy.ts",
        `function begin() { Deno.writeTextFileSync("pid", String(Deno.pid)); }
         ${head}
         export const busy = mark(() => { begin(); ${task} });`,
      );
      const env = { TMPDIR: `${space.folder}/tmp` };
      const { command, url } = await startUi(["busy.ts"], { folder: space.folder, env });
      const { origin, searchParams } = url;
      const authorization = `Bearer ${searchParams.get("token")}`;
      const answer = await fetch(`${origin}/api/runs`, {
        method: "POST",
        headers: { authorization, origin, "content-type": "application/json" },
        body: JSON.stringify({ module: "busy.ts" }),
      });
      assertEquals((await answer.json()).id, 1);
      const pid = await readWhenThere(`${space.folder}/pid`);
      command.kill("SIGKILL");
      await command.ended;
      await gone(Number(pid));
      await removed(`${space.folder}/tmp`);
    },
  });
}

/** Reads a file that another process is about to write. */
async function readWhenThere(path: string): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

inChromium("tdrun ui shows in one line why a run cannot start", async () => {
  await using space = await TestSpace.create();
  const good = "export const a = mark(() => 1);";
  await space.module("work.ts", good);
  await withUi(["work.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    for (
      const [text, why] of [
        ["export const a = ;", "SyntaxError: Expression expected"],
        ['import "./nothing.ts";', 'Module not found "file:'],
        [
          'export const a = mark({ after: ["b"] }, () => 1);',
          '"a" depends on "b", which is not a task',
        ],
        ["export const none = 1;", "exports no marked function"],
        ['throw new Error("at the top");', "the module threw Error: at the top"],
        [
          'export function setupState() { throw new Error("no"); } ' + good,
          "setupState failed: Error: no",
        ],
        ["Deno.exit(7);", "called Deno.exit(7)"],
      ] as const
    ) {
      await space.module("work.ts", text);
      await page.click("#run");
      await waitForText(page, "#problem", why);
      assert(!(await page.textContent("#problem"))!.includes("\n"));
      await waitForText(page, "#verdict", "could not start");
      await waitUntilReady(page);
      await page.click('#problem button[aria-label="Dismiss"]');
    }
    await Deno.remove(`${space.folder}/work.ts`);
    await page.click("#run");
    await waitForText(page, "#problem", 'Cannot open "work.ts": no such file');
    await space.module("work.ts", good);
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
  }, { isExpected: (text) => text.includes("400 (Bad Request)") });
});

Deno.test({
  name: "tdrun ui lets running tasks end on Ctrl-C in the terminal",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using space = await TestSpace.create();
    await space.module(
      "work.ts",
      `export const a = mark(async (_state, task) => {
         Deno.writeTextFileSync("begun", "");
         await new Promise((resolve) => task.signal.addEventListener("abort", resolve));
         await new Promise((resolve) => setTimeout(resolve, 20));
         Deno.writeTextFileSync("ended", "");
       });`,
    );
    const [program = "", ...args] = tdrunLine(["ui", "--no-open", "work.ts"]);
    // A terminal sends the signal to the whole process group.
    const child = new Deno.Command(program, {
      args,
      cwd: space.folder,
      stdout: "null",
      stderr: "piped",
      detached: true,
    }).spawn();
    let output = "";
    const lines = child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair);
    for await (const text of lines.values({ preventCancel: true })) {
      if ((output += text).includes("Press Ctrl-C to stop")) break;
    }
    const { origin, searchParams } = new URL(/http:\S+/.exec(output)![0]);
    const authorization = `Bearer ${searchParams.get("token")}`;
    const answer = await fetch(`${origin}/api/runs`, {
      method: "POST",
      headers: { authorization, origin, "content-type": "application/json" },
      body: JSON.stringify({ module: "work.ts" }),
    });
    assertEquals((await answer.json()).id, 1);
    const has = (name: string) =>
      [...Deno.readDirSync(space.folder)].some((it) => it.name === name);
    while (!has("begun")) await new Promise((resolve) => setTimeout(resolve));
    Deno.kill(-child.pid, "SIGINT");
    assertEquals((await child.status).code, 0);
    await lines.cancel();
    assert(has("ended"));
  },
});

inChromium(
  "tdrun ui selects the first failure and shows its source, output and skips",
  async () => {
    await using space = await TestSpace.create();
    await space.module(
      "shop.ts",
      `export const load = mark(() => {
       console.log("loading 3 items");
       throw new RangeError("no stock");
     });
     export const stuck = mark({ timeout: "50ms" }, () => { while (true); });
     export const pack = mark({ after: [load] }, () => 1);
     export const ship = mark({ after: [pack] }, () => 1);`,
    );
    await withUi(["shop.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#verdict", "2 tasks failed");
      await waitForText(page, "#task-title", "load");
      await page.click("#tab-failures");
      // The thread that was lost belongs to the failure of its task.
      assertEquals(await page.locator("#tab-failures .badge").textContent(), "2");
      assertEquals(await page.locator("#failures .card").count(), 2);
      const card = page.locator("#failures .card", { hasText: "RangeError" });
      await card.locator(".excerpt .here", { hasText: "throw new RangeError" }).waitFor();
      const text = (await card.textContent())!;
      assertStringIncludes(text, "loading 3 items");
      assertMatch(text, /2 tasks skipped because of it: pack, ship/);
      const href = (await card.locator(".origin a").getAttribute("href"))!;
      assertMatch(href, /^vscode:\/\/file\/.*\/shop\.ts:\d+:\d+$/);
      const other = page.locator("#failures .card", { hasText: "TimeoutError" });
      assertMatch((await other.textContent())!, /thread_\d was terminated/);
      // A selected task of the run stays selected.
      await page.click("#tab-tasks");
      await page.click("#tasks .link >> text=stuck");
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 2: 2 tasks failed");
      assertEquals(await page.textContent("#task-title"), "stuck");
    });
  },
);
