/**
 * The module's own project: under an installed command, names in a module mean what the configuration
 * nearest to the module says, on every thread; and the project's files stay as they are.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CLI, type CommandOptions, LIBRARY, statuses } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";
import { npmTest, PACKAGE, Published, VERSION } from "../../support/published_package.ts";

const PUBLISHED = `jsr:${PACKAGE}@${VERSION}`;

/** A package, installed for everybody, and projects in folders of their own. */
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

  /** Writes a project; the result is its folder. */
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

/** A module with a name that its project explains; the task reads it on a thread. */
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

npmTest("tdrun, installed: the configuration nearest to the module holds", async (t) => {
  await using installed = await Installed.create();
  const { published } = installed;

  await t.step(
    "deno.json above the module, from another folder; nothing is written there",
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

  await t.step("deno.jsonc, with comments and an import map in a file", async () => {
    const folder = await installed.project({
      "deno.jsonc": `{ /* "imports": */ "importMap": "./maps/map.json", // "https://x"\n }`,
      "maps/map.json": { imports: { "@thread-order/cli": PUBLISHED, "lib": "../lib.ts" } },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const { stderr } = await installed.tdrun(["module.ts::a"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("scopes; a file is one module, whether by its name or by its path", async () => {
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
    "a configuration that cannot be read is named in one line, exit code 2",
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

  await t.step("what Deno itself refuses is no failed task: exit code 2", async () => {
    const folder = await installed.project({
      "deno.json": { imports: { "lib": "./lib.ts" } },
      "deno.lock": { version: "99" },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const refused = await installed.tdrun([`${folder}/module.ts`]);
    assertStringIncludes(refused.stderr, "Unsupported lockfile version '99'");
    assertEquals(refused.code, 2);
    await Deno.remove(`${folder}/deno.lock`);
    await Deno.writeTextFile(`${folder}/lib.ts`, "export const value = 0;");
    const failed = await installed.tdrun([`${folder}/module.ts`]);
    assertEquals([statuses(failed.stderr), failed.code], [{ a: "FAILED" }, 1]);
  });

  await t.step("a hook may empty the folder of temporary files", async () => {
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

  await t.step("where no files can be made, that is said in one line, exit code 2", async () => {
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

  await t.step("a member of a workspace: names of the root, and of other members", async () => {
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

  await t.step("options of the compiler alone", async () => {
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

  await t.step("a lock that is frozen is not refused, and stays as it is", async () => {
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

  await t.step("a configuration that was named holds, whatever is nearest", async () => {
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

  await t.step("a process that runs again does not do so once more", async () => {
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

  await t.step("exit codes and the standard input are passed through", async () => {
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

  await t.step("--isolate=process: names mean the same in the processes of tasks", async () => {
    const folder = await installed.project({
      "deno.json": { imports: IMPORTS },
      "lib.ts": LIB,
      "module.ts": moduleWith("lib"),
    });
    const { stderr } = await installed.tdrun(["module.ts", "--isolate=process"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("where it cannot be put in force, the error says what would help", async () => {
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

  await t.step("copies of the library understand each other", async () => {
    const own = await installed.project({
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
    "a module that awaits what never comes: Deno says where, and nothing hangs",
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

npmTest("tdrun, installed: the library's name is known where nothing explains it", async (t) => {
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
      await t.step(`${where}: ${how} the folder of the module, and on every thread`, async () => {
        const before = await filesIn(folder);
        const path = how === "in" ? target : `${folder}/${module}`;
        const { code, stderr } = await installed.tdrun([path], { folder: at });
        assertEquals(statuses(stderr), passed, stderr);
        assertEquals(code, 0);
        assertEquals(await filesIn(folder), before, "nothing is written");
      });
    }
  }

  await t.step("in the processes of tasks, and by the name of a door", async () => {
    const folder = await installed.project({
      "module.ts": `${bare} import "${PACKAGE}/cli";`,
    });
    const { stderr } = await installed.tdrun(["module.ts", "--isolate=process"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
  });

  await t.step("--graph prints the graph once, and nothing else", async () => {
    const { code, stdout } = await installed.tdrun(["module.ts", "--list"], { folder: nothing });
    assertEquals([stdout, code], ["a\n", 0]);
  });

  await t.step("signals and the exit code are passed through there, too", async () => {
    const folder = await installed.project({
      "module.ts": PATIENT.replace(/import \{ value \}.*/, "const value = 41;"),
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

  await t.step("without leave to write, too", async () => {
    const run = ["run", "--no-prompt", "--allow-import", "--allow-read", "--allow-run"];
    const { code, stderr } = await published.deno([...run, `jsr:${PACKAGE}`, "module.ts"], {
      folder: nothing,
    });
    assertEquals(statuses(stderr), PASSED, stderr);
    assertEquals(code, 0);
  });

  await t.step("a copy in a folder gives its own, too", async () => {
    const run = ["run", "-A", CLI, "module.ts", "--no-journal"];
    const file = await published.deno(run, { folder: lacking });
    assertEquals(statuses(file.stderr), PASSED, file.stderr);
  });

  await t.step(
    "names that were given hold, and without leave to start a process, none: it says what would help",
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

/** A task that ends when it is told to. */
const PATIENT = moduleWith(
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

npmTest("tdrun, installed: signals reach the process that runs the module, once", async (t) => {
  await using installed = await Installed.create();
  const folder = await installed.project({
    "deno.json": { imports: IMPORTS },
    "lib.ts": LIB,
    "module.ts": PATIENT,
  });
  const [INT, TERM] = ["SIGINT", "SIGTERM"].map((it) => `${it}: waiting for running tasks`);

  for (const [signal, code, said] of [["SIGINT", 130, INT], ["SIGTERM", 143, TERM]] as const) {
    await t.step(`${signal} to the first process alone: tasks end, exit code ${code}`, async () => {
      const running = installed.start(["module.ts"], { folder });
      await running.waitFor("b: runs");
      running.kill(signal);
      const ended = await running.ended;
      assertStringIncludes(ended.stderr, said!);
      assertStringIncludes(ended.stdout, "==== 2 passed, 0 failed, 0 skipped");
      assertEquals(ended.code, code);
    });
  }

  await t.step("SIGKILL to the first process: the other ends as if it was told to", async () => {
    const running = installed.start(["module.ts"], { folder });
    await running.waitFor("b: runs");
    running.kill("SIGKILL");
    const ended = await running.ended; // when nobody has its streams any more
    assertStringIncludes(ended.stderr, TERM!);
    assertStringIncludes(ended.stdout, "==== 2 passed");
  });

  await t.step({
    name: "Ctrl-C on a terminal counts once",
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

npmTest("tdrun: projects with a package.json", async (t) => {
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

  await t.step("tdrun, installed: dependencies are found, and nothing is written", async () => {
    const { stderr } = await installed.tdrun(["src/module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
    assertEquals(await filesIn(folder), ["package.json", "src"]);
  });

  await t.step("--isolate=process: a note says what helps, and it does", async () => {
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

  await t.step("deno run jsr: the command finds its own packages, too", async () => {
    const run = ["run", "-A", "--no-lock", `jsr:${PACKAGE}`];
    const { stderr } = await installed.published.deno([...run, "src/module.ts"], { folder });
    assertEquals(statuses(stderr), PASSED, stderr);
    const version = await installed.published.deno([...run, "--version"], { folder });
    assertEquals(version.stdout, `${VERSION}\n`, version.stderr);
  });

  await t.step("deno run jsr: with less permitted, the error says what would help", async () => {
    const run = ["run", "--no-lock", "--no-prompt", "--allow-import", "--allow-read"];
    const line = [`jsr:${PACKAGE}`, "src/module.ts"];
    const { published } = installed;
    const none = await published.deno([...run, ...line], { folder });
    assertStringIncludes(none.stderr, "Error: Cannot find the command's own packages in node_");
    assertEquals(none.code, 2);
    const aside = await published.deno([...run, "--node-modules-dir=none", ...line], { folder });
    assertEquals(statuses(aside.stderr), PASSED, aside.stderr);
    const again = await published.deno([...run, "--allow-run", ...line], { folder });
    assertEquals(statuses(again.stderr), PASSED, again.stderr);
  });

  await t.step("deno run jsr: a package.json without dependencies", async () => {
    const bare = await installed.project({
      "package.json": { type: "module" },
      "module.ts": `import { mark } from "${PUBLISHED}"; export const a = mark(() => 1);`,
    });
    const run = ["run", "-A", "--no-lock", `jsr:${PACKAGE}`, "module.ts"];
    const { stderr } = await installed.published.deno(run, { folder: bare });
    assertEquals(statuses(stderr), PASSED, stderr);
  });
});

npmTest("tdrun, installed with less than everything: what is permitted is passed on", async () => {
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
  assert(!stderr.includes("┏"), "nobody was asked for leave");
});
