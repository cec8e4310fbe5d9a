/**
 * The project of a module: an installed command applies the configuration nearest to the module, on
 * every thread, and does not change the project's files.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CLI, type CommandOptions, CONFIG, LIBRARY, statuses } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";
import { npmTest, PACKAGE, Published, VERSION } from "../../support/published_package.ts";

const PUBLISHED = `jsr:${PACKAGE}@${VERSION}`;

/** A package, installed globally, and projects in separate folders. */
class Installed implements AsyncDisposable {
  readonly tdrunFile: string;
  #projects = 0;

  private constructor(readonly published: Published) {
    this.tdrunFile = `${published.folder}/installed/bin/tdrun`;
  }

  static async create(permissions: readonly string[] = ["-A"]): Promise<Installed> {
    const published = await Published.create();
    const install = ["install", "-g", ...permissions, "-n", "tdrun", `jsr:${PACKAGE}`];
    const { code, stderr } = await published.deno(install);
    assertEquals(code, 0, stderr);
    return new Installed(published);
  }

  /** Writes a project; returns its folder. */
  async project(files: Record<string, string | object>): Promise<string> {
    const folder = await this.published.makeFolder(`project ${this.#projects++}`);
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/[^/]*$/, ""), { recursive: true });
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return folder;
  }

  start(args: readonly string[], options: CommandOptions = {}) {
    return this.published.start([this.tdrunFile, ...args, "--no-journal"], options);
  }

  tdrun(args: readonly string[], options: CommandOptions = {}) {
    return this.start(args, options).ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.published[Symbol.asyncDispose]();
  }
}

/** A module that imports a name of its project; the task reads it on a thread. */
function moduleWith(name: string, more = ""): string {
  return `
    import { mark } from "@thread-order/cli";
    import { value } from "${name}";
    export const a = mark(() => { if (value !== 41) throw new Error("value is " + value); });
    ${more}
  `;
}

const IMPORTS = { "@thread-order/cli": PUBLISHED, "lib": "./lib.ts" };
const LIB = "export const value = 41;";
const PASSED = { a: "PASSED" };

async function filesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

npmTest("tdrun applies the configuration nearest to the module when installed", async (t) => {
  await using installed = await Installed.create();
  const { published } = installed;

  await t.step(
    "tdrun applies a deno.json above the module, and writes nothing there",
    async () => {
      const folder = await installed.project({
        "deno.json": { imports: IMPORTS },
        "lib.ts": LIB,
        "src/deep/module.ts": moduleWith("lib"),
      });
      const { code, stderr } = await installed.tdrun([
        `${folder}/src/deep/module.ts`,
        "--key=value",
      ]);
      assertEquals(statuses(stderr), PASSED, stderr);
      assertEquals(code, 0);
      assertEquals(await filesIn(folder), ["deno.json", "lib.ts", "src"]);
    },
  );

  await t.step("tdrun applies a deno.jsonc with comments and an import map in a file", async () => {
    const folder = await installed.project({
      "deno.jsonc": `{ /* "imports": */ "importMap": "./maps/map.json", // "https://x"\n }`,
      "maps/map.json": { imports: { "@thread-order/cli": PUBLISHED, "lib": "../lib.ts" } },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const { stderr } = await installed.tdrun(["module.ts::a"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("tdrun applies scopes, and loads a file once by its name and its path", async () => {
    const folder = await installed.project({
      "deno.json": {
        imports: { "lib": "./other.ts", "#side": "./src/side.ts" },
        scopes: { "./src/": { "lib": "./lib.ts" } },
      },
      "lib.ts": LIB,
      "other.ts": "export const value = 0;",
      "src/side.ts": "export {};",
      "src/module.ts": moduleWith(
        "lib",
        `import * as byName from "#side";
         import * as byPath from "./side.ts";
         if (byName !== byPath) throw new Error("two of one file");`,
      ),
    });
    const { stderr } = await installed.tdrun(["src/module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step(
    "tdrun exits 2 with one line when a configuration cannot be read",
    async () => {
      const module = { "module.ts": `import "@thread-order/cli"; export const a = 1;` };
      const lib = { "deno.json": { imports: { "lib": "./lib.ts" } } };
      const expected: [file: string, files: Record<string, string | object>][] = [
        ["deno.json", { "deno.json": `{"imports": {` }],
        ["package.json", { "package.json": `{"dependencies": ` }],
        ["maps/none.json", { "deno.json": { importMap: "./maps/none.json" } }],
        ["deno.lock", { ...lib, "deno.lock": "<<<<<<< HEAD\n{}\n" }],
      ];
      for (const [file, files] of expected) {
        const folder = await installed.project({ ...module, ...files });
        const { code, stderr } = await installed.tdrun([`${folder}/module.ts`]);
        assertStringIncludes(stderr, `Error: Cannot read "${folder}/${file}"`);
        assertEquals([code, stderr.split("\n").length], [2, 2], stderr);
      }
    },
  );

  await t.step("tdrun exits 2 when Deno rejects the lockfile, 1 when a task fails", async () => {
    const folder = await installed.project({
      "deno.json": { imports: { "lib": "./lib.ts" } },
      "deno.lock": { version: "99" },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const rejected = await installed.tdrun([`${folder}/module.ts`]);
    assertStringIncludes(rejected.stderr, "Unsupported lockfile version '99'");
    assertEquals(rejected.code, 2);
    await Deno.remove(`${folder}/deno.lock`);
    await Deno.writeTextFile(`${folder}/lib.ts`, "export const value = 0;");
    const failed = await installed.tdrun([`${folder}/module.ts`]);
    assertEquals([statuses(failed.stderr), failed.code], [{ a: "FAILED" }, 1]);
  });

  await t.step("tdrun keeps its exit code when a hook empties the temporary folder", async () => {
    const folder = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith(
        "lib",
        `export function teardownState() {
           const folder = Deno.env.get("TMPDIR");
           Deno.removeSync(folder, { recursive: true });
           Deno.mkdirSync(folder);
         }`,
      ),
    });
    await Deno.mkdir(`${folder}/tmp`);
    const args = [`${folder}/module.ts`, "--no-journal"];
    const env = { TMPDIR: `${folder}/tmp` };
    const passed = await installed.tdrun(args, { env });
    assertEquals([statuses(passed.stderr), passed.code], [PASSED, 0], passed.stderr);
    await Deno.writeTextFile(`${folder}/lib.ts`, "export const value = 0;");
    const failed = await installed.tdrun(args, { env });
    assertEquals([statuses(failed.stderr), failed.code], [{ a: "FAILED" }, 1], failed.stderr);
  });

  await t.step("tdrun exits 2 with one line when it cannot create temporary files", async () => {
    const named = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const unnamed = await installed.project({ "module.ts": `import "@thread-order/cli";` });
    for (const folder of [named, unnamed]) {
      const env = { TMPDIR: `${folder}/none` };
      const { code, stderr } = await installed.tdrun([`${folder}/module.ts`], { env });
      assertStringIncludes(
        stderr,
        "Error: Cannot restart with the imports of the module's project: ",
      );
      assertEquals([code, stderr.split("\n").length], [2, 2], stderr);
    }
  });

  await t.step("tdrun resolves names of a workspace's root and members", async () => {
    const folder = await installed.project({
      "deno.json": { workspace: ["./one", "./two"], imports: { "@thread-order/cli": PUBLISHED } },
      "one/deno.json": { name: "@own/one", version: "1.0.0", exports: "./module.ts" },
      "one/module.ts": moduleWith("@own/two"),
      "two/deno.json": { name: "@own/two", version: "1.0.0", exports: "./mod.ts" },
      "two/mod.ts": LIB,
    });
    const { stderr } = await installed.tdrun(["one/module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("tdrun applies a configuration with compiler options only", async () => {
    const folder = await installed.project({
      "deno.json": { compilerOptions: { jsx: "react", jsxFactory: "h" } },
      "module.tsx": `
        import { mark } from "${PUBLISHED}";
        const h = (name) => name;
        export const a = mark(() => { if (<p></p> !== "p") throw new Error("no"); });
      `,
    });
    const { stderr } = await installed.tdrun(["module.tsx"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("tdrun accepts a frozen lockfile and does not change it", async () => {
    const lock = JSON.stringify({ version: "5", specifiers: {} });
    const folder = await installed.project({
      "deno.json": { imports: IMPORTS, lock: { frozen: true } },
      "deno.lock": lock,
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const { stderr } = await installed.tdrun(["module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
    assertEquals(await Deno.readTextFile(`${folder}/deno.lock`), lock);
  });

  await t.step("--config overrides the configuration nearest to the module", async () => {
    const folder = await installed.project({
      "deno.json": { imports: { ...IMPORTS, "lib": "./wrong.ts" } },
      "other.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const run = ["run", "-A", "--config", "other.json", `jsr:${PACKAGE}`, "module.ts"];
    const { stderr } = await published.deno(run, { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("TDRUN_RESPAWN_CWD prevents a second respawn", async () => {
    const folder = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const options = { folder, env: { TDRUN_RESPAWN_CWD: folder } };
    const { code, stderr } = await installed.tdrun(["module.ts"], options);
    assertStringIncludes(stderr, `Error: Cannot load module "module.ts": Import "`);
    assertEquals(code, 2);
  });

  await t.step("tdrun passes on exit codes and the standard input", async () => {
    const folder = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith(
        "lib",
        `
        export async function setupState(state) {
          state.typed = (await new Response(Deno.stdin.readable).text()).trim();
        }
        export const b = mark((state) => { throw new Error("typed: " + state.typed); });
      `,
      ),
    });
    const line = [`echo hello | "$@"`, "bash", installed.tdrunFile, "module.ts", "--no-journal"];
    const failed = await published.start(["bash", "-c", ...line], { folder }).ended;
    assertStringIncludes(failed.stderr, "Error: typed: hello\n");
    assertEquals(failed.code, 1);
    assertEquals((await installed.tdrun(["module.ts", "--wrong"], { folder })).code, 2);
    assertEquals((await installed.tdrun(["module.ts::nothing"], { folder })).code, 2);
  });

  await t.step("--isolate=process resolves the project's names in processes", async () => {
    const folder = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const { stderr } = await installed.tdrun(["module.ts", "--isolate=process"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("tdrun suggests a fix when it cannot apply the configuration", async () => {
    const folder = await installed.project({
      "package.json": { type: "module", dependencies: { lib: "1.0.0" } },
      "module.ts": `import "lib";`,
    });
    const file = ["run", "--no-lock", CLI, "module.ts"];
    const all = await published.deno([file[0]!, "-A", ...file.slice(1)], { folder });
    const hint = `; to use its package.json, add a deno.json that contains {} to "${folder}/"\n`;
    assertStringIncludes(all.stderr, hint);
    assertEquals(all.code, 2);
    const read = [file[0]!, "--no-prompt", "--allow-read", ...file.slice(1)];
    const less = await published.deno(read, { folder });
    assertStringIncludes(
      less.stderr,
      `; to use the imports of "${folder}/", run with --allow-run\n`,
    );
    assertEquals(less.code, 2);
  });

  await t.step("mark() and snapshot() work with another copy of the library", async () => {
    const own = await installed.project({
      "deno.json": { imports: JSON.parse(await Deno.readTextFile(CONFIG)).imports },
      "module.ts": `import { mark, snapshot } from "${LIBRARY}";
        export const a = mark((state) => {
          state.list = [{ bytes: new Uint8Array([1]) }];
          const { list, kept } = snapshot({ list: state.list, kept: new Map([["list", state.list]]) });
          list[0].bytes[0] = 2;
          list.push(structuredClone(kept));
          if (kept.get("list") !== list || state.list.length !== 1) throw new Error("not a copy");
        });`,
    });
    const jsrRunsFile = await installed.tdrun([`${own}/module.ts`]);
    assertEquals(statuses(jsrRunsFile.stderr), PASSED, jsrRunsFile.stderr);
    const other = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith(
        "lib",
        `import { logger } from "@thread-order/cli";
        export const b = mark({ after: ["a"] }, (state) => logger.info("b sees", state.x));`,
      ),
    });
    const run = ["run", "-A", "--no-lock", CLI, "module.ts", "--x=1"];
    const fileRunsJsr = await published.deno(run, { folder: other });
    assertEquals(statuses(fileRunsJsr.stderr), { a: "PASSED", b: "PASSED" }, fileRunsJsr.stderr);
    assertStringIncludes(fileRunsJsr.stderr, "b sees 1\n");
  });

  await t.step(
    "tdrun exits 1 with Deno's error when a top-level await never resolves",
    async () => {
      const folder = await installed.project({
        "deno.json": { imports: IMPORTS },
        "lib.ts": LIB,
        "module.ts": moduleWith("lib", "await new Promise(() => {});"),
      });
      const { code, stderr } = await installed.tdrun(["module.ts"], { folder });
      assertStringIncludes(stderr, "Top-level await promise never resolved");
      assertStringIncludes(stderr, "module.ts");
      assertEquals(code, 1);
    },
  );
});

npmTest("tdrun resolves the library's name when no configuration has it", async (t) => {
  await using installed = await Installed.create();
  const { published } = installed;
  const bare = `import { mark } from "${PACKAGE}"; export const a = mark(() => 1);`;
  const nothing = await installed.project({ "module.ts": bare });
  const lacking = await installed.project({
    "deno.json": { imports: { "lib": "./lib.ts" }, lock: { frozen: true } },
    "deno.lock": JSON.stringify({ version: "5", specifiers: {} }),
    "lib.ts": LIB,
    "module.ts": moduleWith("lib"),
  });
  const nodes = await installed.project({
    "package.json": { type: "module", dependencies: { "is-number": "7.0.0" } },
    "module.ts": `import isNumber from "is-number"; ${bare}
      export const b = mark(() => { if (!isNumber(41)) throw new Error("no"); });`,
  });
  const members = await installed.project({
    "deno.json": { workspace: ["./one", "./two"] },
    "one/deno.json": { name: "@own/one", version: "1.0.0", exports: "./module.ts" },
    "one/module.ts": moduleWith("@own/two"),
    "two/deno.json": { name: "@own/two", version: "1.0.0", exports: "./mod.ts" },
    "two/mod.ts": LIB,
  });
  const cases: [where: string, folder: string, module: string, passed: object][] = [
    ["no configuration", nothing, "module.ts", PASSED],
    ["a deno.json without the name", lacking, "module.ts", PASSED],
    ["a package.json without the name", nodes, "module.ts", { ...PASSED, b: "PASSED" }],
    ["a member of a workspace without the name", members, "one/module.ts", PASSED],
  ];
  for (const [where, folder, module, passed] of cases) {
    for (const [how, at, target] of [["in", folder, module], ["outside", "/", folder]] as const) {
      await t.step(`tdrun resolves the name with ${where}, ${how} its folder`, async () => {
        const before = await filesIn(folder);
        const path = how === "in" ? target : `${folder}/${module}`;
        const { code, stderr } = await installed.tdrun([path], { folder: at });
        assertEquals(statuses(stderr), passed, stderr);
        assertEquals(code, 0);
        assertEquals(await filesIn(folder), before, "nothing is written");
      });
    }
  }

  await t.step("--isolate=process resolves the name and the entry point /cli", async () => {
    const folder = await installed.project({
      "module.ts": `${bare} import "${PACKAGE}/cli";`,
    });
    const { stderr } = await installed.tdrun(["module.ts", "--isolate=process"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("--list prints the list once, and nothing else", async () => {
    const { code, stdout } = await installed.tdrun(["module.ts", "--list"], { folder: nothing });
    assertEquals([stdout, code], ["a\n", 0]);
  });

  await t.step("tdrun passes on signals and the exit code", async () => {
    const folder = await installed.project({
      "module.ts": ABORTABLE.replace(/import \{ value \}.*/, "const value = 41;"),
    });
    for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const running = installed.start(["module.ts"], { folder });
      await running.waitFor("b: runs");
      running.kill(signal);
      const { code, stdout } = await running.ended;
      assertStringIncludes(stdout, "==== 2 passed, 0 failed, 0 skipped");
      assertEquals(code, expected);
    }
  });

  await t.step("tdrun resolves the name without write permission", async () => {
    const run = ["run", "--no-prompt", "--allow-import", "--allow-read", "--allow-run"];
    const { code, stderr } = await published.deno([...run, `jsr:${PACKAGE}`, "module.ts"], {
      folder: nothing,
    });
    assertEquals(statuses(stderr), PASSED, stderr);
    assertEquals(code, 0);
  });

  await t.step("tdrun resolves the name when run from a folder of sources", async () => {
    const run = ["run", "-A", "--no-lock", CLI, "module.ts", "--no-journal"];
    const file = await published.deno(run, { folder: lacking });
    assertEquals(statuses(file.stderr), PASSED, file.stderr);
  });

  await t.step(
    "tdrun suggests a fix with --no-config, and without permission to respawn",
    async () => {
      const hint = `; import "jsr:${PACKAGE}", or add the package to the configuration: ` +
        `deno add jsr:${PACKAGE}\n`;
      for (const flags of [["-A", "--no-config"], ["--no-prompt", "--allow-import", "-R"]]) {
        const run = ["run", ...flags, `jsr:${PACKAGE}`, "module.ts", "--no-journal"];
        const { code, stderr } = await published.deno(run, { folder: nothing });
        assertStringIncludes(
          stderr,
          `Error: Cannot load module "module.ts": Import "${PACKAGE}" not`,
        );
        assertStringIncludes(stderr, hint);
        assertEquals(code, 2);
      }
    },
  );
});

/** A module with a task that ends when it is cancelled. */
const ABORTABLE = moduleWith(
  "lib",
  `
  import { logger } from "@thread-order/cli";
  export const b = mark(async (_state, task) => {
    const { promise, resolve } = Promise.withResolvers();
    const timer = setInterval(() => {}, 1000);
    task.signal.addEventListener("abort", resolve);
    logger.info("runs");
    await promise;
    clearInterval(timer);
  });
`,
);

npmTest("tdrun passes signals on to the process that runs the module, once", async (t) => {
  await using installed = await Installed.create();
  const folder = await installed.project({
    "deno.json": { imports: IMPORTS },
    "lib.ts": LIB,
    "module.ts": ABORTABLE,
  });
  const [INT, TERM] = ["Interrupted", "SIGTERM"].map((it) => `${it}: waiting for `);

  for (const [signal, code, line] of [["SIGINT", 130, INT], ["SIGTERM", 143, TERM]] as const) {
    await t.step(`tdrun exits ${code} when the first process gets ${signal}`, async () => {
      const running = installed.start(["module.ts"], { folder });
      await running.waitFor("b: runs");
      running.kill(signal);
      const ended = await running.ended;
      assertStringIncludes(ended.stderr, line!);
      assertStringIncludes(ended.stdout, "==== 2 passed, 0 failed, 0 skipped");
      assertEquals(ended.code, code);
    });
  }

  await t.step("tdrun ends the other process when the first one is killed", async () => {
    const running = installed.start(["module.ts"], { folder });
    await running.waitFor("b: runs");
    running.kill("SIGKILL");
    const ended = await running.ended; // after the other process closed its streams
    assertStringIncludes(ended.stderr, TERM!);
    assertStringIncludes(ended.stdout, "==== 2 passed");
  });

  await t.step({
    name: "Ctrl-C counts once on a terminal",
    ignore: !hasScript,
    fn: async () => {
      await using terminal = new PseudoTerminal(["module.ts", "--no-journal"], {
        folder,
        env: installed.published.env,
        program: [installed.tdrunFile],
      });
      await terminal.showed("b: runs");
      await terminal.type("\x03");
      const { code, text } = await terminal.ended;
      assertStringIncludes(text, INT!);
      assertStringIncludes(text, "==== 2 passed");
      assertEquals(code, 130);
    },
  });
});

npmTest("tdrun runs modules of projects with a package.json", async (t) => {
  await using installed = await Installed.create();
  const dependencies = { "is-number": "7.0.0" };
  const module = `
      import { mark } from "${PUBLISHED}";
      import isNumber from "is-number";
      export const a = mark(() => { if (!isNumber(41)) throw new Error("no"); });
    `;
  const folder = await installed.project({
    "package.json": { type: "module", dependencies },
    "src/module.ts": module,
  });

  await t.step("tdrun finds dependencies of package.json, and writes nothing", async () => {
    const { stderr } = await installed.tdrun(["src/module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
    assertEquals(await filesIn(folder), ["package.json", "src"]);
  });

  await t.step("--isolate=process prints a note with the fix, which helps", async () => {
    const own = await installed.project({
      "package.json": { type: "module", dependencies },
      "module.ts": module,
    });
    const isolated = ["module.ts", "--isolate=process"];
    const note = `Note: processes do not find the packages of "${own}/package.json"; `;
    assertStringIncludes((await installed.tdrun(isolated, { folder: own })).stderr, note);
    await Deno.writeTextFile(`${own}/deno.json`, "{}");
    const { stderr } = await installed.tdrun(isolated, { folder: own });
    assertEquals(statuses(stderr), PASSED, stderr);
    assert(!stderr.includes("Note:"), stderr);
  });

  await t.step("deno run takes the packages from the cache", async () => {
    const run = ["run", "-A", "--no-lock", `jsr:${PACKAGE}`];
    const { stderr } = await installed.published.deno([...run, "src/module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
    const version = await installed.published.deno([...run, "--version"], { folder });
    assertEquals(version.stdout, `${VERSION}\n`, version.stderr);
  });

  await t.step("deno run needs --allow-run, or --node-modules-dir=none", async () => {
    const run = ["run", "--no-lock", "--no-prompt", "--allow-import", "--allow-read"];
    const line = [`jsr:${PACKAGE}`, "src/module.ts"];
    const { published } = installed;
    const none = await published.deno([...run, ...line], { folder });
    assertStringIncludes(none.stderr, `Error: Cannot load module "src/module.ts": `);
    assertStringIncludes(
      none.stderr,
      `; to use the imports of "${folder}/", run with --allow-run\n`,
    );
    assertEquals(none.code, 2);
    const aside = await published.deno([...run, "--node-modules-dir=none", ...line], { folder });
    assertEquals(statuses(aside.stderr), PASSED, aside.stderr);
    const again = await published.deno([...run, "--allow-run", ...line], { folder });
    assertEquals(statuses(again.stderr), PASSED, again.stderr);
  });

  await t.step("deno run takes the packages from the cache beside a deno.json, too", async () => {
    const both = await installed.project({
      "package.json": { type: "module", dependencies },
      "deno.json": { imports: { lib: "./lib.ts" } },
      "lib.ts": LIB,
      "module.ts": module,
    });
    const run = ["run", "-A", "--no-lock", `jsr:${PACKAGE}`, "module.ts"];
    const { stderr } = await installed.published.deno(run, { folder: both });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("deno run loads the engine in a project with a package.json", async () => {
    const bare = await installed.project({
      "package.json": { type: "module" },
      "module.ts": `import { mark } from "${PUBLISHED}"; export const a = mark(() => 1);`,
    });
    const engine = "--engine=redis://127.0.0.1:1";
    for (const args of [["module.ts", engine], ["worker", "module.ts", engine]]) {
      const run = ["run", "-A", "--no-lock", `jsr:${PACKAGE}`, ...args];
      const { code, stderr } = await installed.published.deno(run, { folder: bare });
      assertStringIncludes(stderr, "Cannot use the engine at redis://127.0.0.1:1");
      assertEquals(code, 2);
    }
  });

  await t.step("deno run works with a package.json without dependencies", async () => {
    const bare = await installed.project({
      "package.json": { type: "module" },
      "module.ts": `import { mark } from "${PUBLISHED}"; export const a = mark(() => 1);`,
    });
    const run = ["run", "-A", "--no-lock", `jsr:${PACKAGE}`, "module.ts"];
    const { stderr } = await installed.published.deno(run, { folder: bare });
    assertEquals(statuses(stderr), PASSED, stderr);
  });
});

npmTest("tdrun passes on its permissions when it was installed with fewer", async () => {
  const importing = "--allow-import";
  await using installed = await Installed.create(["-R", "--allow-run", importing, "--deny-sys"]);
  const folder = await installed.project({
    "deno.json": { imports: IMPORTS },
    "lib.ts": LIB,
    "module.ts": moduleWith(
      "lib",
      `
      export const b = mark((state) => {
        const kinds = ["read", "write", "net", "env", "run", "sys", "import"];
        const granted = (name) => Deno.permissions.querySync({ name }).state === "granted";
        throw new Error("granted: " + kinds.filter(granted));
      });
    `,
    ),
  });
  const { code, stderr } = await installed.tdrun(["module.ts"], { folder });
  assertEquals(statuses(stderr), { a: "PASSED", b: "FAILED" }, stderr);
  assertStringIncludes(stderr, "granted: read,run,import\n");
  assertEquals(code, 1);
  assert(!stderr.includes("┏"), "no permission was prompted for");
});
