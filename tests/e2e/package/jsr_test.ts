/**
 * The package from JSR: packed from the working tree, published to a local registry, and used in
 * folders without files of this repository, with an empty cache.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { matchesOutput, stepsOf } from "../../docs/console.ts";
import { readPage } from "../../docs/markdown.ts";
import { inRepository, lastLine, printed, statuses } from "../../support/command.ts";
import { npmTest, PACKAGE, Published, VERSION } from "../../support/published_package.ts";
import { isInstalled, Server } from "../../support/servers.ts";

const MODULE = `
  import { logger, mark } from "jsr:${PACKAGE}";

  export function setupState(state) { state.items = new Map(); }
  export const load = mark((state) => { state.items.set("a", [1, 2]); return 2; });
  export const double = mark({ after: ["load"] }, (state) => {
    using _lock = state._state_lock.acquire();
    state.items.get("a").push(3);
    return state.results.load * 2;
  });
  export const last = mark({ after: ["double"] }, (state) => {
    if (state.fail) throw new Error("as asked");
    logger.info("items", state.items.get("a")?.length, "double", state.results.double);
  });
`;

/** The npm packages in a cache of Deno. */
function npmPackagesIn(cache: string): string[] {
  const registries = [...Deno.readDirSync(cache)].some(({ name }) => name === "npm")
    ? [...Deno.readDirSync(`${cache}/npm`)]
    : [];
  return registries.flatMap(({ name }) =>
    [...Deno.readDirSync(`${cache}/npm/${name}`)].map((it) => it.name)
  );
}

npmTest("jsr:@thread-order/cli works in a folder without its files", async (t) => {
  await using published = await Published.create(true);
  const folder = await published.makeFolder("empty");
  await Deno.writeTextFile(`${folder}/module.ts`, MODULE);
  const run = ["run", "-A", `jsr:${PACKAGE}`, "module.ts"];
  const tdrun = (...args: string[]) => published.deno([...run, ...args], { folder });
  const read = (file: string) => Deno.readTextFile(`${folder}/${file}`);

  await t.step(
    "deno publish includes the intended files, and all imports have versions",
    () => {
      const files = published.registry.filesOf(PACKAGE, VERSION);
      const rooms = new Set(files.map((path) => path.split("/")[1]));
      assertEquals(
        [...rooms],
        [
          "CHANGELOG.md",
          "LICENSE",
          "README.md",
          ...["bullmq.js", "bullmq.ts", "cli.js", "cli.ts"],
          ...["deno.json", "docs"],
          ...["mod.js", "mod.ts", "offline.js", "offline.ts"],
          "src",
          ...["ui.d.ts", "ui.js", "ui.ts"],
          "workers",
        ],
      );
      const bare = files.filter((path) => /(\.ts|[^e]\.js)$/.test(path)).flatMap((path) => {
        const text = published.registry.textOf(PACKAGE, VERSION, path);
        return [
          ...text.matchAll(/^(?:import|export) .*?from "([^".][^"]*)"|^import "([^".][^"]*)"/gm),
        ]
          .map(([, from, effect]) => `${path} ${from ?? effect}`)
          .filter((it) => !/ (node:|(npm|jsr):\/?(@[\w-]+\/)?[\w-]+@\^?\d)/.test(it));
      });
      assertEquals(bare, []);
      // Imports of the user's modules and imports by URL cannot be analyzed; others are rewritten.
      const warned = [...published.warnings.matchAll(
        /^ *--> .*?\/((?:(?:src|workers)\/[^:]+|[a-z]+)\.ts):/gm,
      )].map(([, path]) => path!);
      const step = Deno.readTextFileSync(inRepository("RELEASING.md")).split("\n4. ")[1]!;
      const known = step.split("\n5. ")[0]!.match(/\b[\w/]+\.ts\b/g);
      assertEquals(warned.sort(), known?.sort(), "RELEASING.md lists them");
    },
  );

  await t.step(
    "deno run executes tasks on threads with shared state and an empty cache",
    async () => {
      const { code, stdout, stderr } = await tdrun();
      assertEquals(
        statuses(stderr),
        { load: "PASSED", double: "PASSED", last: "PASSED" },
        stderr,
      );
      assertMatch(stderr, /\[thread_\d\] last: items 3 double 4\n/);
      assertStringIncludes(
        stderr,
        `Download ${published.registry.url}${PACKAGE}/${VERSION}/mod.js`,
      );
      assertEquals(lastLine(stdout), "==== 3 passed, 0 failed, 0 skipped");
      assertEquals(code, 0);
      // Only an engine needs packages of npm, and the run has none.
      assertEquals(npmPackagesIn(`${published.folder}/cache`), []);
    },
  );

  await t.step("deno run loads reporters on demand", async () => {
    const files = [
      "json=run.ndjson",
      "junit=run.xml",
      "html=run.html",
      "trace=run.json",
      "tap=run.tap",
    ];
    const { code, stderr } = await tdrun(
      ...files.map((it) => `--reporter=${it}`),
      "--reporter=dot",
    );
    assertEquals(code, 0, stderr);
    const events = (await read("run.ndjson")).trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(events.filter((it) => it.type === "task-finished").length, 3);
    assertStringIncludes(await read("run.xml"), `<testsuite name="module" tests="3"`);
    assertStringIncludes(
      await read("run.html"),
      Deno.readTextFileSync(inRepository("src/report/html/table_bundle.js")),
    );
    assert(JSON.parse(await read("run.json")).traceEvents.length > 3);
    assertStringIncludes(await read("run.tap"), "1..3\n");
  });

  await t.step("deno run accepts --graph, --completions, --state-file, --progress", async () => {
    const graph = await tdrun("--graph=dot");
    assertStringIncludes(graph.stdout, `n0 [label="double"]`);
    const completions = await published.deno([
      "run",
      "-A",
      `jsr:${PACKAGE}/cli`,
      "--completions=bash",
    ]);
    assertStringIncludes(completions.stdout, "complete -F _tdrun tdrun");
    await Deno.writeTextFile(`${folder}/state.yaml`, "fail: true\n");
    const failed = await tdrun("--state-file=state.yaml", "--progress");
    assertStringIncludes(failed.stderr + failed.stdout, "as asked");
    assertEquals(failed.code, 1);
  });

  await t.step("deno run reruns only the failed task with --rerun-failed", async () => {
    const { code, stderr } = await tdrun("--rerun-failed", "--fail:=false");
    assertEquals(statuses(stderr), { last: "PASSED" }, stderr);
    assertEquals(code, 0);
  });

  await t.step("mark() and Scheduler work in a script that imports the package", async () => {
    const script = `
      import { mark, Scheduler } from "jsr:${PACKAGE}@${VERSION}";
      const double = mark({ after: ["one"] }, (state) => state.results.one * 2);
      const scheduler = new Scheduler({ workers: 2 });
      scheduler.register(() => 1, "one");
      scheduler.register((state) => state.results.one * 2, "two", { after: ["one"], withState: true });
      const { passed } = await scheduler.start();
      console.log(JSON.stringify([typeof double, passed, scheduler.state.results.two]));
    `;
    await Deno.writeTextFile(`${folder}/script.ts`, script);
    const ended = await published.deno(["run", "-A", "script.ts"], { folder });
    assertEquals(printed(ended), ["function", ["one", "two"], 2]);
  });

  await t.step("deno check uses the types of the sources", async () => {
    const script = `
      import { mark, resource, type RunEvent, Scheduler } from "jsr:${PACKAGE}";
      const one: number = mark((state: { n: number }) => state.n)({ n: 1 });
      const two: string = one;
      new Scheduler({ workers: "two" });
      const event: RunEvent = { type: "nonsense" };
      export const db = resource(() => ({ value: { port: 1 }, [Symbol.dispose]() {} }));
      export const api = resource({ use: { db }, restart: 1 }, (_state, task) => task.use.db.port);
      mark({ use: { db, api } }, (_state, task) => {
        const port: number = task.use.api;
        const text: string = task.use.db.port;
      });
      resource({ scope: "thread" }, () => 1);
    `;
    await Deno.writeTextFile(`${folder}/types.ts`, script);
    const { stderr } = await published.deno(["check", "types.ts"], { folder });
    const lines = [...stderr.matchAll(/^TS(\d+).*\n.*?(\w+)/gm)];
    assertEquals(lines.map((it) => it.slice(1)), [
      ["2322", "const"],
      ["2322", "new"],
      ["2322", "const"],
      ["2322", "const"],
      ["2322", "resource"],
    ], stderr);
    assertStringIncludes(stderr, `'"nonsense"' is not assignable to type '"run-started" | `);
  });

  await t.step(
    "deno run resolves npm packages in static and dynamic imports of the module",
    async () => {
      await Deno.writeTextFile(
        `${folder}/npm.ts`,
        `import { mark } from "jsr:${PACKAGE}";
      import isNumber from "npm:is-number@7.0.0";
      export const a = mark(() => isNumber(1));
      export const b = mark({ after: ["a"] }, async (state) => {
        const { default: again } = await import("npm:is-number@7.0.0");
        if (!state.results.a || !again(2)) throw new Error("no number");
      });`,
      );
      for (const isolate of ["worker", "process"]) {
        const run = ["run", "-A", `jsr:${PACKAGE}`, "npm.ts", `--isolate=${isolate}`];
        const { stderr } = await published.deno(run, { folder });
        assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" }, stderr);
      }
    },
  );

  await t.step("deno run rejects a module by URL, and runs a file that exports it", async () => {
    const text = `import { mark } from "jsr:${PACKAGE}"; export const a = mark(() => 1);`;
    const headers = { "content-type": "text/typescript" };
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(text, { headers }),
    );
    const url = `http://127.0.0.1:${server.addr.port}/tasks.ts`;
    const run = ["run", "-A", `jsr:${PACKAGE}`];
    const rejected = await published.deno([...run, url], { folder });
    assertStringIncludes(rejected.stderr, `; run a file with: export * from "${url}"\n`);
    assertEquals(rejected.code, 2);
    await Deno.writeTextFile(`${folder}/entry.ts`, `import "jsr:${PACKAGE}/none";`);
    const { stderr: unknownExport } = await published.deno([...run, "entry.ts"], { folder });
    assertStringIncludes(
      unknownExport,
      `Error: Cannot load module "entry.ts": Unknown export './none'`,
    );
    await Deno.writeTextFile(`${folder}/address.ts`, `export * from "${url}";`);
    const { stderr } = await published.deno([...run, "address.ts"], { folder });
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
  });

  await t.step("deno cache of /offline lets every feature work without a network", async () => {
    const env = { DENO_DIR: `${published.folder}/offline` };
    const cached = await published.deno(["cache", `jsr:${PACKAGE}/offline`], { folder, env });
    assertEquals(cached.code, 0, cached.stderr);
    const names = npmPackagesIn(env.DENO_DIR);
    assert(names.includes("bullmq") && names.includes("ioredis"), names.join());
    const run = ["run", "-A", "--cached-only", `jsr:${PACKAGE}`, "module.ts"];
    const reporters = ["html=run.html", "junit=run.xml", "trace=run.json", "tap=run.tap", "dot"];
    const uses = [[], ["--isolate=process"], ["--workers=0"], ["--state-file=state.yaml"]];
    for (const use of [...uses, reporters.map((it) => `--reporter=${it}`), ["--dry-run"]]) {
      const args = [...run, ...use, "--fail:=false"];
      const { code, stdout, stderr } = await published.deno(args, { folder, env });
      assertEquals(code, 0, `${use}:\n${stderr}${stdout}`);
    }
  });

  await t.step("tdrun reports the file that is missing from the cache when offline", async () => {
    const env = { DENO_DIR: `${published.folder}/half` };
    await published.deno(["cache", `jsr:${PACKAGE}`, `jsr:${PACKAGE}/cli`], { folder, env });
    await Deno.writeTextFile(
      `${folder}/one.ts`,
      `import { mark } from "jsr:${PACKAGE}"; export const one = mark(() => 1);`,
    );
    const run = ["run", "-A", "--cached-only", `jsr:${PACKAGE}/cli`, "one.ts"];
    const thread = await published.deno(run, { folder, env });
    assertEquals(statuses(thread.stderr), { one: "FAILED" }, thread.stderr);
    assertMatch(thread.stdout, /one: WorkerError: Specifier not found in cache: .*task_worker\.js/);
    assertEquals(thread.code, 1);
    const { code, stderr } = await published.deno([...run, "--isolate=process"], { folder, env });
    assertStringIncludes(
      stderr,
      "Error: Cannot load src/pool/process_pool.js of the command: not in Deno's cache; " +
        `run "deno cache jsr:${PACKAGE}/offline"\n`,
    );
    assertEquals(code, 2);
  });

  await t.step(
    "deno compile includes the worker's code when --include names it",
    async () => {
      const folder = await published.makeFolder("compiled");
      await Deno.writeTextFile(
        `${folder}/program.ts`,
        `import { Scheduler } from "jsr:${PACKAGE}"; await new Scheduler().start();`,
      );
      // The executable does not work without the runtime it should have; what is in it is the same.
      const env = { DENORT_BIN: await Deno.realPath(Deno.execPath()) };
      const compile = async (...args: string[]) => {
        const line = ["compile", "-A", "--no-check", ...args, "-o", "program", "program.ts"];
        const { code, stdout, stderr } = await published.deno(line, { folder, env });
        assertEquals(code, 0, stderr);
        return Number(/^Remote modules: ([\d.]+)KB$/m.exec(stdout + stderr)?.[1]);
      };
      const [without, whole] = [
        await compile(),
        await compile("--include", `jsr:${PACKAGE}/worker`),
      ];
      assert(whole > without, `${whole} KB with the code of threads, ${without} without`);
    },
  );

  await t.step("README.md has a first example with its real output", async () => {
    const { blocks } = readPage("README.md");
    const at = blocks.findIndex(({ file }) => file === "build.ts");
    const [first, second] = blocks.slice(at);
    const folder = await published.makeFolder("newcomer");
    await Deno.writeTextFile(`${folder}/${first!.file}`, first!.text);
    const [step, ...others] = stepsOf(second!.text);
    assertEquals([step!.command, others], ["deno run -A jsr:@thread-order/cli build.ts", []]);
    const run = ["bash", "-c", `${step!.command} 2>&1`];
    const { stdout, code } = await published.start(run, { folder }).ended;
    const lines = stdout.trimEnd().split("\n").filter((line) => !line.startsWith("Download "));
    assert(matchesOutput(step!.output, lines, folder), stdout);
    assertEquals(code, 0);
    const checked = await published.deno(["check", first!.file!], { folder });
    assertEquals(checked.code, 0, checked.stderr);
  });

  await t.step("README.md has an example of Scheduler that works after deno add", async () => {
    const block = readPage("README.md").blocks.find(({ file }) => file === "embed.ts");
    const folder = await published.makeFolder("project");
    const added = await published.deno(["add", "jsr:@thread-order/cli"], { folder });
    assertEquals(added.code, 0, added.stderr);
    await Deno.writeTextFile(`${folder}/embed.ts`, block!.text);
    const { stdout, stderr } = await published.deno(["run", "-A", "embed.ts"], { folder });
    assertMatch(stdout, /^==== 2 passed, 0 failed, 0 skipped in .* 20$/m, stderr);
  });

  await t.step("docs/guide.md has a first module that runs without an installation", async () => {
    const [first] = readPage("docs/guide.md").blocks;
    const folder = await published.makeFolder("guide");
    await Deno.writeTextFile(`${folder}/${first!.file}`, first!.text);
    const guided = ["run", "-A", "jsr:@thread-order/cli", first!.file!];
    const { code, stderr } = await published.deno(guided, { folder });
    assertEquals(statuses(stderr), { orders: "PASSED", prices: "PASSED", total: "PASSED" }, stderr);
    assertEquals(code, 0);
  });

  await t.step("deno install creates a tdrun that runs a module of another folder", async () => {
    const install = ["install", "-g", "-A", "-n", "tdrun", `jsr:${PACKAGE}`];
    const installed = await published.deno(install);
    assertEquals(installed.code, 0, installed.stderr);
    const tdrunFile = `${published.folder}/installed/bin/tdrun`;
    const other = await published.makeFolder("else where");
    const { code, stderr } = await published.start(
      [tdrunFile, "../empty/module.ts::load"],
      { folder: other },
    ).ended;
    assertEquals(statuses(stderr), { load: "PASSED" }, stderr);
    assertEquals(code, 0);
    const version = await published.start([tdrunFile, "--version"], { folder: other }).ended;
    assertEquals(version.stdout, `${VERSION}\n`);
  });

  await t.step("deno install creates a tdrun-ui that serves a page and runs tasks", async () => {
    const install = ["install", "-g", "-A", "-n", "tdrun-ui", `jsr:${PACKAGE}/ui`];
    const installed = await published.deno(install);
    assertEquals(installed.code, 0, installed.stderr);
    const running = published.start(
      [`${published.folder}/installed/bin/tdrun-ui`, "--no-open", "module.ts"],
      { folder },
    );
    await running.waitFor("?token=");
    const [address = ""] = /http:\S+/.exec(running.stderr) ?? [];
    const page = await fetch(address);
    assertEquals(page.status, 200);
    assertStringIncludes((await page.text()).toLowerCase(), "<!doctype html>");
    const [origin, token = ""] = address.split("/?token=");
    const post = async (path: string, body: unknown) => {
      const headers = {
        authorization: `Bearer ${token}`,
        origin: origin!,
        "content-type": "application/json",
      };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      return await (await fetch(`${origin}${path}`, request)).json();
    };
    const module = "bare.ts";
    await Deno.writeTextFile(
      `${folder}/${module}`,
      `import { mark } from "${PACKAGE}"; export const a = mark(() => 1);`,
    );
    const opened = await post("/api/open", { module });
    assertEquals(opened.tasks, [{ name: "a", after: [], tags: [] }], JSON.stringify(opened));
    const { id } = await post("/api/runs", { module });
    const events = await fetch(`${origin}/api/events?${new URLSearchParams({ token, run: id })}`);
    let text = "";
    for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('"run-finished"') || text.includes('"code":')) break;
    }
    assertStringIncludes(text, '"outcome":{"status":"passed"}');
    running.kill("SIGTERM");
    assertEquals((await running.ended).code, 0);
  });

  await t.step({
    name: "deno run executes tasks on an engine, also from the offline cache",
    ignore: !isInstalled("redis-server"),
    async fn() {
      await using server = await Server.start("redis-server");
      const engine = `--engine=${server.url}`;
      // The second time from the cache alone, as `deno cache jsr:…/offline` has left it before.
      const caches = [{ flags: [], env: {} }, {
        flags: ["--cached-only"],
        env: { DENO_DIR: `${published.folder}/offline` },
      }];
      for (const { flags, env } of caches) {
        const start = (...args: string[]) =>
          published.start([Deno.execPath(), "run", "-A", ...flags, `jsr:${PACKAGE}`, ...args], {
            folder,
            env,
            limitMs: 120_000,
          });
        const worker = start("worker", "module.ts", engine, "--workers=2");
        await worker.waitFor("Waiting for runs");
        const { code, stdout, stderr } = await start("module.ts", engine).ended;
        assertEquals(code, 0, stderr);
        assertEquals(lastLine(stdout), "==== 3 passed, 0 failed, 0 skipped");
        worker.kill("SIGTERM");
        assertEquals((await worker.ended).code, 143);
      }
    },
  });
});
