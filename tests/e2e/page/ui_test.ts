/**
 * `tdrun ui` end to end: the command serves the page, a real browser shows it, and modules run.
 * UI_SHOTS=folder saves screenshots.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { inChromium, withPage } from "../../support/browser.ts";
import { CutProxy } from "../../support/cut_proxy.ts";
import { inRepository, startScript, TestSpace } from "../../support/command.ts";
import {
  BLOCKING_TASKS,
  count,
  screenshot,
  startUi,
  waitForText,
  waitForTitle,
  waitUntilBlocked,
  waitUntilReady,
  withUi,
} from "../../support/ui.ts";

const REPOSITORY = inRepository("");

inChromium(
  "tdrun ui shows a run of examples/layers.ts on every tab",
  () =>
    withUi(["examples/layers.ts"], REPOSITORY, async (page) => {
      await waitUntilReady(page);
      assertEquals(await count(page, "tasks"), 35);
      await screenshot(page, "open");
      await page.keyboard.press("Control+Enter");
      await waitForText(page, "#verdict", "3 tasks failed");
      const counts = await Promise.all(
        ["passed", "failed", "skipped"].map((it) => count(page, it)),
      );
      assertEquals(counts, [29, 3, 3]);
      assertEquals(await page.textContent("#count-percent"), "100%");
      await waitForTitle(page, "✕ examples/layers.ts");
      await screenshot(page, "graph");

      await page.click("#tab-threads");
      const threads = await page.locator("#threads tbody tr").count();
      assert(threads >= 1);
      const attempts = await page.locator("#threads tbody td:last-child").allTextContents();
      assertEquals(attempts.reduce((sum, text) => sum + Number(text), 0), 32);
      await screenshot(page, "threads");

      await page.click("#tab-tasks");
      await page.selectOption("#status", "failed");
      await waitForText(page, "#task-count", "3 of 35 tasks");
      await page.click("#tasks .row:not(.head) .link");
      await waitForText(page, "#task-title", "test_01_05");
      assertMatch((await page.textContent("#task-status"))!, /✕ failed/);
      assertStringIncludes((await page.textContent("#details"))!, "Intentional failure");
      assertStringIncludes((await page.textContent("#output"))!, "Employee: ");
      assertMatch(
        (await page.textContent("#details .stack"))!,
        /^at .*examples\/layers\.ts:\d+:\d+/,
      );
      await page.selectOption("#status", "");
      await screenshot(page, "tasks");

      await page.click("#tab-log");
      await page.selectOption("#log-kind", "outcomes");
      await waitForText(page, "#log-count", "35 lines");
      await page.selectOption("#log-kind", "all");
      await waitForText(page, "#log-count", "67 lines");
      await page.click(".command-output summary");
      assertStringIncludes(
        (await page.textContent("#command-output"))!,
        "29 passed, 3 failed, 3 skipped",
      );

      await page.click("#tab-failures");
      assertEquals(await page.locator("#failures .card").count(), 3);
      await screenshot(page, "failures");

      await page.click("#tab-state");
      await waitForText(page, "#after", "test_01_01");
      assertEquals(await page.locator("#before .source").textContent(), "module");
      await screenshot(page, "state");
    }),
);

inChromium(
  "tdrun ui moves graph and timeline by buttons, keys and pointer",
  () =>
    withUi(["examples/layers.ts"], REPOSITORY, async (page) => {
      await waitUntilReady(page);
      const picture = (id: string) =>
        page.evaluate<string>(`document.getElementById("${id}").toDataURL()`);
      /** The picture once it has stayed the same: events are painted with the next frame. */
      const settledPicture = (id: string) =>
        page.evaluate<string>(`new Promise((resolve) => {
          let [last, same] = ["", 0];
          const look = () => {
            const now = document.getElementById("${id}").toDataURL();
            same = now === last ? same + 1 : 0;
            last = now;
            if (same === 5) resolve(now);
            else requestAnimationFrame(look);
          };
          look();
        })`);
      const changes = async (id: string, act: () => Promise<unknown>) => {
        const before = await settledPicture(id);
        await act();
        const isOther = `document.getElementById("${id}").toDataURL() !== ${
          JSON.stringify(before)
        }`;
        return await page.evaluate<boolean>(`new Promise((resolve) => {
          let frames = 0;
          const look = () => {
            const is = ${isOther};
            if (is || ++frames > 120) resolve(is);
            else requestAnimationFrame(look);
          };
          look();
        })`);
      };
      const key = (it: string) => () => page.keyboard.press(it);
      assert(await changes("graph", () => page.click("#zoom-in")));
      assert(await changes("graph", () => page.click("#zoom-out")));
      const whole = await picture("graph");
      assert(await changes("graph", () => page.click("#zoom-in")));
      assert(await changes("graph", () => page.click("#fit")));
      await page.focus("#graph");
      assert(await changes("graph", key("+")));
      assert(await changes("graph", key("-")));
      await page.keyboard.press("0");
      assert(await changes("graph", key("ArrowRight")));
      await waitForText(page, "#task-title", "test_01_01");
      await page.keyboard.press("ArrowDown");
      await waitForText(page, "#task-title", "test_01_02");
      await page.click("#close-task");
      await page.locator("#task-title").waitFor({ state: "detached" });
      assert(await changes("graph", () => page.fill("#search", "capB")));
      await waitForText(page, "#found", "2 found");
      await page.press("#search", "Enter");
      await waitForText(page, "#task-title", "test_04_04");
      await page.press("#search", "Enter");
      await waitForText(page, "#task-title", "test_04_05");
      await page.press("#search", "Enter");
      await waitForText(page, "#task-title", "test_04_04");
      await page.fill("#search", "");
      await page.click("#close-task");
      await page.click("#fit");
      await page.evaluate(`new Promise((resolve) => {
        const wanted = ${JSON.stringify(whole)};
        const look = () =>
          document.getElementById("graph").toDataURL() === wanted
            ? resolve()
            : requestAnimationFrame(look);
        look();
      })`);
      const box = (await page.locator("#graph").boundingBox())!;
      assert(
        await changes("graph", async () => {
          await page.mouse.move(box.x + 30, box.y + 30);
          await page.mouse.down();
          await page.mouse.move(box.x + 90, box.y + 60, { steps: 3 });
          await page.mouse.up();
        }),
      );
      assert(await changes("graph", () => page.mouse.wheel(0, -300)));
      await page.click("#run");
      await waitForText(page, "#verdict", "failed");
      await page.locator("#cancel[disabled]").waitFor(); // the path is that of a finished run
      await page.click("#fit"); // the path differs from run to run, and may be out of sight
      assert(await changes("graph", () => page.uncheck("#show-path")));
      await page.click("#tab-threads");
      for (const button of ["#time-in", "#time-fit", "#time-in", "#time-out"]) {
        assert(await changes("timeline", () => page.click(button)), button);
      }
      const line = (await page.locator("#timeline").boundingBox())!;
      const at = { x: line.x + line.width - 12, y: line.y + 43 };
      await page.mouse.move(at.x, at.y);
      const pointed = await page.locator(".tooltip b").allTextContents();
      await page.mouse.click(at.x, at.y);
      for (const name of pointed) await waitForText(page, "#task-title", name);
      await page.keyboard.press("/");
      await page.locator("#search:focus").waitFor();
      await page.focus("#tab-graph");
      await page.keyboard.press("ArrowRight");
      await page.locator('#tab-threads[aria-selected="true"]').waitFor();
    }),
);

inChromium("tdrun ui cancels running tasks and reruns failed ones", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  await withUi(["patient.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitUntilBlocked(page);
    await screenshot(page, "running");
    await page.click("#cancel");
    await waitForText(page, "#verdict", "cancelled, since the run was interrupted");
    assertEquals(await count(page, "passed"), 1);
    assertEquals(await count(page, "cancelled"), 2);
    await waitForText(page, "#show-run-1", "cancelled");
    await space.file("go", "");
    await page.click("#rerun");
    await waitForText(page, "#verdict", "Run 2: passed");
    assertEquals(await count(page, "passed"), 2); // the result of the first was reused
    // The command reruns the last run of the same tasks: only that run can be rerun.
    await page.click("#show-run-1");
    await waitForText(page, "#verdict", "Run 1: cancelled");
    assert(await page.isDisabled("#rerun"));
    assertMatch((await page.getAttribute("#rerun", "title"))!, /A later run has the same tasks/);
    await page.click("#show-run-2");
    await page.click("#tab-state");
    await waitForText(page, "#after", "gone!");
  });
});

inChromium(
  "tdrun ui misses no event after a reconnect or a reload",
  async () => {
    await using space = await TestSpace.create();
    await space.module("patient.ts", BLOCKING_TASKS);
    const { command, url } = await startUi(["patient.ts"], { folder: space.folder });
    await using wire = new CutProxy(Number(url.port));
    url.port = String(wire.port);
    const isExpected = (text: string) => text.includes("net::ERR_");
    await withPage(url.href, async (page) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitUntilBlocked(page);
      wire.cut();
      await waitForText(page, "#verdict", "reconnecting");
      await waitForText(page, "#verdict", "running on");
      await page.reload();
      await waitForText(page, "#verdict", "running on");
      assertEquals(await count(page, "passed"), 1);
      wire.cut();
      await space.file("go", "");
      await waitForText(page, "#verdict", "passed");
      assertEquals(await count(page, "passed"), 3);
      await page.click("#tab-log");
      await waitForText(page, "#log-count", "4 lines");
    }, { isExpected });
    command.kill("SIGINT");
    assertEquals((await command.ended).code, 0);
  },
);

inChromium(
  "tdrun ui runs one task with mocks, and runs with tags, names, workers and state",
  async () => {
    await using space = await TestSpace.create();
    await space.module("patient.ts", BLOCKING_TASKS);
    await space.file("state.yaml", "word: filed\nsize: 3\n");
    await space.file("go", "");
    await withUi(["patient.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      await page.click("#tab-tasks");
      await page.click("#tasks .link >> text=last");
      await page.click("#run-one");
      await page.fill("#mock-wait", "mocked");
      await screenshot(page, "run-one");
      await page.click("#run-one-go");
      await waitForText(page, "#verdict", "Run 1: passed");
      assertEquals(await count(page, "tasks"), 1);
      await page.click("#tab-state");
      await waitForText(page, "#after", "mocked!");

      await page.click("#show-module");
      assertEquals(await count(page, "tasks"), 3);
      await page.click(".chip >> text=early");
      await page.fill("#workers", "1");
      await page.fill("#state-file", "sta");
      await page.click("#state-file-list li >> text=state.yaml");
      await page.locator("#before .source.file").nth(1).waitFor();
      assertEquals(await page.inputValue('[aria-label="Value of word"]'), "filed");
      await page.fill("#new-key", "word");
      await page.fill("#new-value", "typed");
      await page.click("#add-key");
      await page.locator("#before .source.user").waitFor();
      await page.fill("#new-key", "results");
      await page.click("#add-key");
      await waitForText(page, ".add-key .problem", "reserved");
      await page.fill("#new-key", "");
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 2: passed");
      assertEquals(await count(page, "tasks"), 1);
      await page.click("#tab-state");
      await waitForText(page, "#after", '"typed"');
      await page.click('button[aria-label="Remove word"]');
      await page.locator("#before .source.user").waitFor({ state: "detached" });
      await page.fill("#state-file", "");
      await page.press("#state-file", "Enter");
      await page.locator("#before .source.file").first().waitFor({ state: "detached" });
      await page.fill("#tags", "");
      await page.fill("#names", "first, w*");
      await page.uncheck("#skip");
      await page.check("#log");
      await page.click("#run");
      await waitForText(page, "#verdict", "Run 3: passed");
      assertEquals(await count(page, "tasks"), 2);
      await page.click("#tab-state");
      await waitForText(page, "#after", '"none"');
      const files = [...Deno.readDirSync(space.folder)].map(({ name }) => name);
      assert(files.some((name) => name.endsWith(".log")), files.join());
      await page.click("#show-run-1");
      await waitForText(page, "#verdict", "Run 1: passed");
    });
  },
);

inChromium("tdrun ui replays a recording that is dropped, chosen, or of this session", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "work.ts",
    `export const a = mark(() => new Promise((r) => setTimeout(r, 300)));
     export const b = mark({ after: ["a"] }, () => { throw new Error("no luck"); });`,
  );
  await space.tdrun(["work.ts", "--reporter=json=run.ndjson"]);
  const text = await Deno.readTextFile(`${space.folder}/run.ndjson`);
  await withUi([], space.folder, async (page) => {
    await waitForText(page, ".first-screen", "Open a module");
    await screenshot(page, "empty");
    await page.fill("#recording", "run.ndjson");
    await page.press("#recording", "Enter");
    await waitForText(page, "#verdict", "Replay: ");
    await page.selectOption("#speed", "1000");
    await waitForText(page, "#verdict", "1 task failed");
    await waitForText(page, "#task-title", "b"); // the first failure is selected
    await page.locator("#position").fill("0");
    await waitForText(page, "#verdict", "paused");
    assertEquals(await count(page, "failed"), 0);
    await page.selectOption("#speed", "0.1");
    await page.click("#play");
    await waitForText(page, "#verdict", "playing");
    await page.click("#play");
    await waitForText(page, "#verdict", "paused");
    await page.locator("#position").fill("1000");
    await waitForText(page, "#verdict", "1 task failed");
    await screenshot(page, "replay");

    const drop = async (name: string, content: string) => {
      const data = await page.evaluateHandle(`(() => {
        const data = new DataTransfer();
        data.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(name)}));
        return data;
      })()`);
      await page.dispatchEvent("body", "drop", { dataTransfer: data });
    };
    await drop("dropped.ndjson", text);
    await waitForText(page, "#replay-at", "of ");
    await drop("broken.ndjson", `${text.split("\n")[0]}\nnot json\n`);
    await waitForText(page, "#problem", "line 2 is not an event of a run");
    await drop("state.json", '{"env":"dropped"}');
    await waitForText(page, "#before", "env");
    assertEquals(await page.inputValue('[aria-label="Value of env"]'), "dropped");

    await page.fill("#module", "wo");
    await waitForText(page, "#module-list", "work.ts");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: 1 task failed");
    await page.click("#replay");
    await waitForText(page, "#verdict", "Replay: ");
    await waitForText(page, "#verdict", "1 task failed");
  });
});

inChromium(
  "tdrun ui shows errors in one line and reloads an edited module",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", `export const a = mark({ after: ["lod"] }, () => {});`);
    const refused = { isExpected: (text: string) => text.includes("400 (Bad Request)") };
    await withUi(["work.ts"], space.folder, async (page, command) => {
      await waitForText(
        page,
        "#problem",
        'Cannot order tasks: "a" depends on "lod", which is not a task',
      );
      await screenshot(page, "problem");
      assert(await page.isDisabled("#run"));
      await page.click('#problem button[aria-label="Dismiss"]');
      await page.locator("#problem").waitFor({ state: "detached" });
      await space.module(
        "work.ts",
        `export const a = mark(() => {}); export const b = mark(() => {});`,
      );
      await page.click("#open");
      await waitUntilReady(page);
      assertEquals(await count(page, "tasks"), 2);
      await page.fill("#tags", "nothing");
      await page.click("#run");
      await waitForText(page, "#verdict", "could not start");
      await waitForText(page, "#problem", "nothing");
      await space.module(
        "work.ts",
        `export function setupState() { throw new Error("no setup"); } export const a = mark(() => {});`,
      );
      await page.click("#open");
      await waitForText(page, "#count-tasks", "1");
      await page.click("#tab-state");
      await waitForText(page, ".state-view .problem", "setupState failed: Error: no setup");
      command.kill("SIGINT");
      await command.ended;
      await page.click("#open");
      await waitForText(page, "#problem", "Cannot reach the server: restart tdrun ui");
    }, { isExpected: (text) => refused.isExpected(text) || text.includes("net::ERR_") });
  },
);

inChromium("tdrun ui stops a task that ignores the signal at the second click", async () => {
  await using space = await TestSpace.create();
  await space.module("busy.ts", `export const busy = mark(() => { for (;;); });`);
  await withUi(["busy.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#count-running", "1");
    await page.click("#cancel");
    await waitForText(page, "#cancel", "Stop now");
    await page.click("#cancel");
    await waitForText(page, "#verdict", "Run 1: was stopped");
    await page.click("#tab-tasks");
    await waitForText(page, "#tasks", "? unfinished");
    await space.module("busy.ts", `export const busy = mark(() => "done");`);
    await page.click("#rerun");
    await waitForText(page, "#verdict", "Run 2: passed");
  });
});

for (const signal of ["SIGINT", "SIGHUP"] as const) {
  inChromium(`tdrun ui ends the active run with the server, by ${signal}`, async () => {
    await using space = await TestSpace.create();
    await space.module(
      "busy.ts",
      `export const busy = mark(() => { Deno.writeTextFileSync("pid", String(Deno.pid)); for (;;); });`,
    );
    await withUi(["busy.ts"], space.folder, async (page, command) => {
      await waitUntilReady(page);
      await page.click("#run");
      await waitForText(page, "#count-running", "1");
      command.kill(signal);
      await command.ended;
    }, { isExpected: (text) => text.includes("net::ERR_") });
    const pid = await Deno.readTextFile(`${space.folder}/pid`);
    assertThrows(() => Deno.kill(Number(pid), "SIGCONT"), Deno.errors.NotFound);
  });
}

inChromium("tdrun ui sorts the table, opens a chosen file and closes the dialog", async () => {
  await using space = await TestSpace.create();
  await space.module("patient.ts", BLOCKING_TASKS);
  await space.file("state.json", '{"word":"chosen"}');
  await space.file("go", "");
  await withUi(["patient.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    await page.click("#tab-tasks");
    const names = () => page.locator("#tasks .row:not(.head) .link").allTextContents();
    assertEquals(await names(), ["first", "last", "wait"]);
    for (const key of ["name", "status", "took", "thread", "after", "tags", "number"]) {
      const head = page.locator(`#tasks [data-key="${key}"]`);
      await head.click();
      const [first, second] = key === "took" ? ["de", "a"] : ["a", "de"];
      const sorted = (way: string) =>
        page.locator(`#tasks [aria-sort=${way}scending]:has([data-key="${key}"])`).waitFor();
      await sorted(first!);
      await head.click();
      await sorted(second!);
    }
    assertEquals(await names(), ["wait", "last", "first"]);
    await page.click("#tasks .link >> text=first");
    await page.click("#run-one");
    await page.click("#run-one-close");
    await page.locator("#run-one-dialog").waitFor({ state: "detached" });
    await page.click("#run-one");
    await page.locator("#run-one-dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#run-one-dialog").waitFor({ state: "detached" });
    const chooser = page.waitForEvent("filechooser");
    await page.click("#choose-file");
    await (await chooser).setFiles(`${space.folder}/state.json`);
    await page.locator("#before .source.file").waitFor();
    assertEquals(await page.inputValue('[aria-label="Value of word"]'), "chosen");
    const value = page.locator('[aria-label="Value of word"]');
    await value.fill('"edited"');
    await value.press("Tab");
    await page.locator("#before .source.user").waitFor();
    await page.click("#run");
    await waitForText(page, "#verdict", "passed");
    await page.click("#tab-state");
    await waitForText(page, "#after", '"edited"');
  });
});

inChromium("tdrun ui ends soon after Ctrl-C although a task does not react", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "slow.ts",
    "export const slow = mark(() => new Promise(() => setInterval(() => {}, 1e6)));",
  );
  await withUi(["slow.ts"], space.folder, async (page, command) => {
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#count-running", "1");
    const before = performance.now();
    command.kill("SIGINT");
    await command.ended;
    const tookMs = performance.now() - before;
    assert(tookMs < 1500, `${tookMs} ms`);
    const [, , ...after] = command.stderr.trimEnd().split("\n");
    assertEquals(after, ["Interrupted: waiting for the run to end. Ctrl-C again to stop now."]);
  }, { isExpected: (text) => text.includes("net::ERR_") });
});

inChromium("tdrun ui ends without an error of its own while a module is loaded", async () => {
  await using space = await TestSpace.create();
  await space.module("slow.ts", "await new Promise(() => setInterval(() => {}, 1e6));");
  await withUi([], space.folder, async (page, command) => {
    await page.fill("#module", "slow.ts");
    const asked = page.waitForRequest(/\/api\/open/);
    await page.press("#module", "Enter");
    await asked;
    command.kill("SIGINT");
    await command.ended;
    assertEquals(command.stderr.trimEnd().split("\n").length, 2, command.stderr);
  }, { isExpected: (text) => text.includes("net::ERR_") });
});

Deno.test("tdrun-ui starts the web UI, and tdrun ui exits with 2 on a usage error", async () => {
  await using space = await TestSpace.create();
  await space.file("work.ts", "");
  const ui = startScript(inRepository("ui.ts"), ["--no-open", "work.ts"], { folder: space.folder });
  await ui.waitFor("Press Ctrl-C to stop");
  assertMatch(ui.stderr, /^The web UI is at http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{64}$/m);
  ui.kill("SIGINT");
  assertEquals((await ui.ended).code, 0);
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (
    const [args, message] of [
      [["--port=x"], "Cannot use --port=x"],
      [["../work.ts"], 'Cannot open "../work.ts": '],
      [["none.ts"], 'Cannot open "none.ts": no such file'],
      [["--prot=1"], "Unknown option --prot; did you mean --port?"],
      [[`--port=${taken.addr.port}`], `Cannot listen on port ${taken.addr.port}: `],
    ] as [string[], string][]
  ) {
    const { code, stderr } = await space.tdrun(["ui", "--no-open", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `Error: ${message}`);
  }
  const help = await space.tdrun(["ui", "--help"]);
  assertStringIncludes(help.stdout, "Usage: tdrun ui [options] [module or folder]");
});

/** 2,000 tasks in twenty levels, each of which takes a few milliseconds. */
const LARGE = `
  const step = (after) => mark({ after }, () => new Promise((r) => setTimeout(r, 3)));
  ${
  Array.from({ length: 2000 }, (_, i) => {
    const after = i < 100 ? [] : [`t${i - 100}`, `t${i - 51 - i % 40}`];
    return `export const t${i} = step(${JSON.stringify(after)});`;
  }).join("\n")
}`;

/** The intervals between frames, in ms, until a run of this title has passed. */
const framesOf = (title: string) =>
  `new Promise((resolve) => {
  const verdict = document.querySelector("#verdict");
  const times = [];
  let last = performance.now();
  const step = (now) => {
    times.push(now - last);
    last = now;
    const isOver = verdict.matches(".passed") && verdict.textContent.startsWith("${title}: ");
    if (isOver) resolve(times); else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

inChromium("tdrun ui shows 2,000 tasks with at least 20 frames a second", async () => {
  await using space = await TestSpace.create();
  await space.module("large.ts", LARGE);
  await withUi(["large.ts"], space.folder, async (page) => {
    await waitUntilReady(page);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    /** The CPU time of the page, in seconds. */
    const taken = async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration")!.value;
    };
    for (const [run, tab] of ["graph", "threads", "tasks", "log"].entries()) {
      const title = `Run ${run + 1}`;
      await page.click(`#tab-${tab}`);
      const before = await taken();
      await page.click("#run");
      // The browser draws without a GPU, next to the run and other load of the machine: a median
      // frame depends on the page, the slowest one on the machine.
      const times = await page.evaluate<number[]>(framesOf(title));
      const own = (await taken() - before) / times.length * 1_000;
      assert(times.length >= 20, `${tab}: ${times.length} frames`);
      const usual = times.toSorted((a, b) => a - b)[times.length >> 1]!;
      const message =
        `${tab}: ${times.length} frames, ${usual} ms by the middle one, ${own} of its own`;
      assert(usual <= 50 && own <= 25, message);
      await waitForText(page, "#verdict", `${title}: passed`);
      assertEquals(await count(page, "passed"), 2000);
      await waitUntilReady(page);
    }
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 1000, 400]) {
    inChromium(
      `tdrun ui fits into ${width} pixels, ${colorScheme}`,
      () =>
        withUi(["examples/surgery.ts"], REPOSITORY, async (page) => {
          await waitUntilReady(page);
          await page.click("#run");
          await waitForText(page, "#verdict", "Run 1: ");
          await page.locator("#cancel[disabled]").waitFor();
          for (const tab of ["graph", "threads", "tasks", "log", "failures", "state"]) {
            await page.click(`#tab-${tab}`);
            const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
            assert(wide <= width, `${tab}: ${wide} pixels`);
            await screenshot(page, `${colorScheme}-${width}-${tab}`);
          }
        }, { width, colorScheme }),
    );
  }
}

inChromium("tdrun ui lists modules and runs, and shows the same place after a reload", async () => {
  await using space = await TestSpace.create();
  await space.module("steps.ts", BLOCKING_TASKS);
  await space.file("go", "");
  await withUi([], space.folder, async (page, _command, url) => {
    await page.locator("#module:focus").waitFor();
    assertEquals(await page.locator(".number:visible, .details:visible").count(), 0);
    await page.click("#modules >> text=steps.ts");
    await waitUntilReady(page);
    await page.click("#run");
    await waitForText(page, "#verdict", "Run 1: passed");
    await page.click("#tab-tasks");
    await page.click("#tasks .link >> text=wait");
    await waitForText(page, "#task-title", "wait");
    await page.waitForURL(/#module=steps\.ts&run=1&tab=tasks&task=wait$/);
    await page.reload();
    await waitForText(page, "#verdict", "Run 1: passed");
    await waitForText(page, "#task-title", "wait");
    await page.locator('#tab-tasks[aria-selected="true"]').waitFor();
    await waitUntilReady(page);
    // A new page of the session offers the run, and then its module.
    await page.goto("about:blank");
    await page.goto(url);
    await page.click(".first-screen >> text=Run 1");
    await waitForText(page, "#verdict", "Run 1: passed");
    await page.click("#open-shown");
    await waitUntilReady(page);
    await page.locator("#open-shown").waitFor({ state: "detached" });
    await page.evaluate("location.hash = 'module=steps.ts&run=1&tab=log'");
    await waitForText(page, "#log-count", "4 lines");
  });
});
