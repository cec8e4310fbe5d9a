/** The cache: what is a hit, what a hit restores, and what is never stored. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Ended,
  lastLine,
  RunningCommand,
  statuses,
  tdrunLine,
  TestSpace,
} from "../../support/command.ts";

/** A way in which tasks are run on this machine. */
const WAYS = {
  "on threads": [],
  "in processes": ["--isolate=process"],
  "on the main thread": ["--workers=0"],
} as const;

function inEachLocalWay(name: string, fn: (space: TestSpace) => Promise<void>): void {
  for (const [way, args] of Object.entries(WAYS)) {
    Deno.test(`${name}; ${way}`, async () => {
      await using space = await TestSpace.create(args);
      await fn(space);
    });
  }
}

/** A module each of whose inputs can be changed alone. */
const MODULE = `
  import { one } from "./lib/one.ts";
  const text = Deno.readTextFileSync("case.txt");
  export const before = mark(() => new Map([["at", new Date(Number(Deno.readTextFileSync("before.txt")))]]));
  export const work = mark(
    {
      after: { before },
      each: { only: text },
      cache: { files: ["src/**/*.txt", "!src/ignored.txt"], env: ["MODE"], state: ["mode"] },
    },
    (state, value, task) =>
      [one, value, state.mode, Deno.env.get("MODE"), Deno.inspect(task.results.before)].join(),
  );
`;

async function matrixSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/src/deep`, { recursive: true });
  await Deno.mkdir(`${space.folder}/lib`);
  await space.file("lib/one.ts", `export { one } from "./two.ts";`);
  await space.file("lib/two.ts", `export const one = 1;`);
  await space.file("src/a.txt", "a");
  await space.file("src/deep/b.txt", "b");
  await space.file("src/ignored.txt", "");
  await space.file("case.txt", "case");
  await space.file("before.txt", "1");
  await space.file("deno.lock", lockFile("1.0.0"));
  await space.module("module.ts", MODULE);
  return space;
}

function lockFile(version: string): string {
  return JSON.stringify({ version: "5", specifiers: { "npm:left": version }, npm: {} });
}

/** The conditions of a run. */
interface Conditions {
  args: string[];
  env: Record<string, string>;
  /** Options of Deno. */
  flags: string[];
}

type Change = (space: TestSpace, conditions: Conditions) => Promise<void> | void;

/** Changes of one input each, with the reason that \`--why\` prints. */
const MISSES: Record<string, readonly [why: RegExp, change: Change]> = {
  "a file's content": [/file src\/a\.txt changed/, (space) => space.file("src/a.txt", "A")],
  "a new file that matches": [/file src\/c\.txt was added/, (space) => space.file("src/c.txt", "")],
  "a new file in a new folder": [/file src\/x\/y\/z\.txt was added/, async (space) => {
    await Deno.mkdir(`${space.folder}/src/x/y`, { recursive: true });
    await space.file("src/x/y/z.txt", "");
  }],
  "a deleted file": [
    /file src\/deep\/b\.txt was removed/,
    ({ folder }) => Deno.remove(`${folder}/src/deep/b.txt`),
  ],
  "a renamed file": [
    /file src\/renamed\.txt was added.*file src\/a\.txt was removed/,
    ({ folder }) => Deno.rename(`${folder}/src/a.txt`, `${folder}/src/renamed.txt`),
  ],
  "a file's mode": [
    /file src\/a\.txt changed/,
    ({ folder }) => Deno.chmod(`${folder}/src/a.txt`, 0o755),
  ],
  "the target of a link": [/file src\/link\.txt was added/, async ({ folder }) => {
    await Deno.symlink("../case.txt", `${folder}/src/link.txt`);
  }],
  "a variable of the environment": [/env MODE changed/, (_, { env }) => void (env.MODE = "b")],
  "an unset variable": [/env MODE changed/, (_, { env }) => void (env.MODE = "")],
  "a key of the state": [/state\.mode changed/, (_, { args }) => void args.push("--mode=other")],
  "the kind of a value of the state": [
    /state\.mode changed/,
    (_, { args }) => void args.push("--mode:=1"),
  ],
  "the value of a case": [/case changed/, (space) => space.file("case.txt", "other")],
  "the result of a dependency": [
    /result of before changed/,
    (space) => space.file("before.txt", "2"),
  ],
  "a given result of a dependency": [
    /result of before changed/,
    (_, { args }) => void args.push('--result-before:={"get": 1}', "--no-skip-deps"),
  ],
  "the module": [
    /module .*module\.ts changed/,
    (space) => space.module("module.ts", `${MODULE}\n//`),
  ],
  "an imported module": [
    /module .*lib\/one\.ts changed/,
    (space) => space.file("lib/one.ts", `export const one = 3; import "./two.ts";`),
  ],
  "a module imported two levels deep": [
    /module .*lib\/two\.ts changed/,
    (space) => space.file("lib/two.ts", `export const one = 2;`),
  ],
  "the version of a package in the lock file": [
    /configuration .*deno\.lock changed/,
    (space) => space.file("deno.lock", lockFile("1.0.1")),
  ],
  "the configuration": [
    /configuration .*deno\.json was added/,
    (space) => space.file("deno.json", `{ "compilerOptions": {} }`),
  ],
  "the version of Deno": [/version of Deno changed/, async (space, { flags }) => {
    const version = { deno: "9.9.9", v8: "", typescript: "" };
    await space.file(
      "preload.js",
      `Object.defineProperty(Deno, "version", { value: ${JSON.stringify(version)} });`,
    );
    flags.push("--preload=preload.js");
  }],
  "the permissions": [/permissions changed/, (_, { flags }) => void flags.push("--deny-ffi")],
};

/** Changes of nothing that a task depends on. */
const HITS: Record<string, Change> = {
  "nothing": () => {},
  "the times of files": async ({ folder }) => {
    for (const name of ["src/a.txt", "lib/two.ts", "module.ts", "deno.lock"]) {
      await Deno.utime(`${folder}/${name}`, 1_700_000_000, 1_700_000_000);
    }
  },
  "a file that is written again as it was": (space) => space.file("src/a.txt", "a"),
  "an excluded file": (space) => space.file("src/ignored.txt", "x"),
  "a file that no pattern matches": (space) => space.file("src/other.md", "x"),
  "another variable and another key": (_, { env, args }) => {
    env.OTHER = "x";
    args.push("--other=x");
  },
  "a result that is computed again and is equal": (space) => space.file("before.txt", "1.0"),
};

async function runWith(
  { folder }: TestSpace,
  { args, env, flags }: Conditions,
): Promise<Ended> {
  const [deno = "", run = "", ...rest] = tdrunLine(["module.ts", "--why", "--mode=m", ...args]);
  return await new RunningCommand([deno, run, ...flags, ...rest], { folder, env }).ended;
}

Deno.test("A cached task runs again when any one of its inputs has changed, and only then", async () => {
  const rows: (readonly [string, Change, RegExp | undefined])[] = [
    ...Object.entries(MISSES).map(([name, [why, change]]) => [name, change, why] as const),
    ...Object.entries(HITS).map(([name, change]) => [name, change, undefined] as const),
  ];
  const found = await Promise.all([0, 1].map(async (part) => {
    const results: Record<string, string> = {};
    for (const [name, change, why] of rows.filter((_, i) => i % 2 === part)) {
      await using space = await matrixSpace();
      const conditions: Conditions = { args: [], env: { MODE: "a" }, flags: [] };
      const first = await runWith(space, conditions);
      assertEquals(
        statuses(first.stderr),
        { before: "PASSED", "work.only": "PASSED" },
        first.stderr,
      );
      await change(space, conditions);
      const { stderr } = await runWith(space, conditions);
      results[name] = statuses(stderr)["work.only"] ?? stderr;
      if (why !== undefined) assertMatch(stderr, why, name);
    }
    return results;
  }));
  const expected = rows.map(([name, , why]) => [name, why === undefined ? "CACHED" : "PASSED"]);
  assertEquals({ ...found[0], ...found[1] }, Object.fromEntries(expected));
});

inEachLocalWay("A hit restores the result, the output and the files", async (space) => {
  await space.module(
    "module.ts",
    `
    export const build = mark({ cache: { files: ["in.txt"], outputs: ["dist/**"] } }, async (_state, task) => {
      console.log("one\\ntwo");
      console.error("three");
      task.log.warn("four");
      await new Deno.Command("echo", { args: ["five"] }).spawn().status;
      await Deno.mkdir("dist/deep", { recursive: true });
      await Deno.writeTextFile("dist/deep/out.txt", await Deno.readTextFile("in.txt"));
      await Deno.writeTextFile("dist/run.sh", "#!/bin/sh", { mode: 0o755 });
      return { at: new Date(5), map: new Map([[1, new Set(["x"])]]), bytes: new Uint8Array([1, 2]) };
    });
    export const read = mark({ after: { build } }, (_state, { results: { build } }) =>
      [build.at.getTime(), [...build.map.get(1)], [...build.bytes]].join());
  `,
  );
  await space.file("in.txt", "first");
  const run = async () => {
    const ended = await space.tdrun(["module.ts", "--reporter=json", "--state-out=state.json"]);
    const events = ended.stdout.trim().split("\n").map((line) => JSON.parse(line));
    const output = events.filter(({ type }) => type === "task-output")
      .map(({ channel, level, text, task }) => ({ channel, level, text, task }));
    const finished = events.filter(({ type }) => type === "task-finished");
    return { ...ended, output, cached: finished.map(({ cached }) => cached ?? false) };
  };
  const first = await run();
  assertEquals([first.code, first.cached], [0, [false, false]], first.stderr);
  assertEquals(first.output.length, 5);
  const state = await Deno.readTextFile(`${space.folder}/state.json`);
  await Deno.remove(`${space.folder}/dist/deep`, { recursive: true });
  await space.file("dist/stale.txt", "stale");
  await space.file("dist/run.sh", "damaged");
  const second = await run();
  assertEquals([second.code, second.cached], [0, [true, false]], second.stderr);
  assertEquals(second.output, first.output);
  assertEquals(await Deno.readTextFile(`${space.folder}/state.json`), state);
  const files = `${space.folder}/dist`;
  assertEquals(await Deno.readTextFile(`${files}/deep/out.txt`), "first");
  assertEquals(await Deno.readTextFile(`${files}/run.sh`), "#!/bin/sh");
  assert((await Deno.stat(`${files}/run.sh`)).mode! & 0o100);
  assertEquals(Array.from(Deno.readDirSync(files), ({ name }) => name).sort(), ["deep", "run.sh"]);
});

inEachLocalWay("A task that uses undeclared state is not stored, with a note", async (space) => {
  const uses: Record<string, readonly [use: string, note: string]> = {
    reads: ["state.mode", "it reads state.mode, which its cache does not declare"],
    asks: [`"mode" in state`, "it reads state.mode, which its cache does not declare"],
    lists: ["Object.keys(state).length", "it reads all keys of the state"],
    spreads: ["({ ...state }).mode", "it reads all keys of the state"],
    copies: ["snapshot(state).mode", "it reads all keys of the state"],
    prints: ["void Deno.inspect(state)", "it reads all keys of the state"],
    nests: ["state.list[0]", "it reads state.list, which its cache does not declare"],
    writes: ["state.x = 1", "it writes state.x, which a hit could not repeat"],
    pushes: ["state.list.push(1)", "it reads state.list"],
    updates: [`state.update("n", (n) => (n ?? 0) + 1)`, "state.n"],
    others: [
      "state.results.other",
      "it reads state.results.other, but does not depend on that task",
    ],
    all: ["Object.keys(state.results).length", "it reads all results"],
    declared: ["state.free = state.declared", "it writes state.free"],
  };
  await space.module(
    "module.ts",
    `import { snapshot } from "${new URL("../../../mod.ts", import.meta.url)}";
    export const other = mark(() => 1);
    ` + Object.entries(uses).map(([name, [use]]) =>
      `export const ${name} = mark({ cache: { state: ["declared"] } }, (state) => { ${use}; });`
    ).join("\n"),
  );
  const args = ["module.ts", "--mode=m", "--list:=[1]", "--declared=x"];
  await space.tdrun(args);
  const { stderr } = await space.tdrun(args);
  const expected = Object.keys(uses).map((name) => [name, "PASSED"]);
  assertEquals(statuses(stderr), { other: "PASSED", ...Object.fromEntries(expected) });
  const notes = stderr.split("\n").filter((line) => line.startsWith("Note: "));
  for (const [name, [, note]] of Object.entries(uses)) {
    const found = notes.filter((line) => line.includes(name) && line.includes(note));
    assertEquals(found.length, 1, `${name}: ${notes.join("\n")}`);
  }
  const strict = await space.tdrun([...args, "--strict", "--exclude=other"]);
  assertEquals(new Set(Object.values(statuses(strict.stderr))), new Set(["FAILED"]), strict.stderr);
  assertEquals(strict.code, 1);
});

inEachLocalWay("Failures, flaky passes and skips are never stored", async (space) => {
  await space.module(
    "module.ts",
    `
    export const fails = mark({ cache: true }, () => { throw new Error("no"); });
    export const flaky = mark({ cache: true, retries: 1 }, (_state, task) => {
      if (task.attempt === 1) throw new Error("once");
    });
    export const skips = mark({ cache: true }, (_state, task) => task.skip("not today"));
    export const changes = mark({ cache: { files: ["in.txt"] } }, () => Deno.writeTextFile("in.txt", "2" + Math.random()));
    export const opaque = mark({ each: { fn: () => 1 }, cache: true }, () => {});
  `,
  );
  await space.file("in.txt", "1");
  const expected = {
    fails: "FAILED",
    flaky: "PASSED",
    skips: "SKIPPED",
    changes: "PASSED",
    "opaque.fn": "PASSED",
  };
  for (let run = 0; run < 2; run++) {
    const { stderr } = await space.tdrun(["module.ts"]);
    assertEquals(statuses(stderr), expected);
    assertStringIncludes(stderr, "not cached: file in.txt changed while the task was running");
    assertStringIncludes(stderr, "opaque.fn not cached: the value of its case cannot be compared");
  }
});

Deno.test("--no-cache runs cached tasks and stores nothing; --repeat does, too", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", `export const a = mark({ cache: true }, () => 1);`);
  for (const args of [["--no-cache"], ["--repeat=2"], []]) {
    const { stderr } = await space.tdrun(["module.ts", ...args]);
    assertEquals(statuses(stderr), { a: "PASSED" });
  }
  const { stderr, stdout } = await space.tdrun(["module.ts"]);
  assertEquals(statuses(stderr), { a: "CACHED" });
  assertEquals(lastLine(stdout), "==== 1 passed (1 cached), 0 failed, 0 skipped");
});

Deno.test("A damaged or foreign entry is a miss, and is replaced", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark({ cache: { outputs: ["dist/**"] } }, async () => {
      await Deno.mkdir("dist", { recursive: true });
      await Deno.writeTextFile("dist/a", "content");
    });`,
  );
  const cache = `${space.folder}/.tdrun/cache`;
  const only = (folder: string): string => {
    const [{ name, isDirectory } = { name: "", isDirectory: false }] = [
      ...Deno.readDirSync(folder),
    ];
    return isDirectory ? only(`${folder}/${name}`) : `${folder}/${name}`;
  };
  const damages: Record<string, () => void> = {
    cut: () => Deno.truncateSync(only(`${cache}/entries`), 100),
    changed: () => {
      const path = only(`${cache}/entries`);
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("dist/a", "dist/b"));
    },
    foreign: () => Deno.writeTextFileSync(only(`${cache}/entries`), "not an entry"),
    empty: () => Deno.truncateSync(only(`${cache}/entries`), 0),
    "blob changed": () => {
      Deno.removeSync(`${space.folder}/dist/a`);
      Deno.writeTextFileSync(only(`${cache}/blobs`), "CONTENT");
    },
    "blob missing": () => {
      Deno.removeSync(`${space.folder}/dist/a`);
      Deno.removeSync(only(`${cache}/blobs`));
    },
  };
  await space.tdrun(["module.ts"]);
  for (const [name, damage] of Object.entries(damages)) {
    damage();
    const miss = await space.tdrun(["module.ts", "--why"]);
    assertEquals(statuses(miss.stderr), { a: "PASSED" }, name);
    assertMatch(
      miss.stderr,
      /a: (its entry was damaged|an output file of its entry was missing or damaged)/,
    );
    const hit = await space.tdrun(["module.ts"]);
    assertEquals(statuses(hit.stderr), { a: "CACHED" }, name);
    assertEquals(await Deno.readTextFile(`${space.folder}/dist/a`), "content");
  }
});

Deno.test("The cache has no value of the environment or of the state in clear text", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark({ cache: { env: ["TOKEN"], state: ["key"] } }, (state) => Number(state.key === 1));`,
  );
  const { code } = await space.tdrun(["module.ts", "--no-journal", "--key=s3cret-state"], {
    TOKEN: "s3cret-env",
  });
  assertEquals(code, 0);
  const visit = (folder: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) visit(path);
      else assert(!Deno.readTextFileSync(path).includes("s3cret"), path);
    }
  };
  visit(`${space.folder}/.tdrun`);
  assertEquals(Deno.statSync(`${space.folder}/.tdrun/cache/secret`).mode! & 0o777, 0o600);
  assertEquals(await Deno.readTextFile(`${space.folder}/.tdrun/.gitignore`), "*\n");
});

Deno.test("tdrun cache shows the size of the cache, and clears it", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", `export const a = mark({ cache: true }, () => 1);`);
  await space.tdrun(["module.ts", "--cache-dir=other"]);
  const shown = await space.tdrun(["cache", "--cache-dir=other"]);
  assertMatch(
    shown.stdout,
    /^1 entry, \d+ bytes in .*\/other\n$|^1 entry, [\d.]+ KiB in .*\/other\n$/,
  );
  const cleared = await space.tdrun(["cache", "clear", "--cache-dir=other"]);
  assertMatch(cleared.stdout, /^removed 1 entry, /);
  const empty = await space.tdrun(["cache", "--cache-dir=other"]);
  assertMatch(empty.stdout, /^0 entries, 0 bytes in /);
  assertEquals((await space.tdrun(["cache", "clean"])).code, 2);
});

Deno.test("Invalid options of the cache are usage errors that name what is wrong", async () => {
  await using space = await TestSpace.create();
  const wrong: Record<string, string> = {
    '{ cache: { outputs: ["**"] } }': 'with the output "**"',
    '{ cache: { outputs: ["../x/**"] } }': 'with "../x/**" in outputs',
    '{ cache: { files: ["/etc/*"] } }': 'with "/etc/*" in files',
    "{ cache: { file: [] } }": 'did you mean "files"?',
    '{ cache: { env: "MODE" } }': "with env: ",
    '{ cache: true, when: "always" }': 'with when: "always"',
    '{ cache: true, permissions: "none" }': "with `permissions`",
    "{ cache: () => true }": "only a task with `each` has cases",
  };
  for (const [options, message] of Object.entries(wrong)) {
    const { code, stderr } = await space.tdrunModule(
      `export const a = mark(${options}, () => {});`,
    );
    assertEquals(code, 2, options);
    assertStringIncludes(stderr, message);
  }
  const { code, stderr } = await space.tdrunModule(`
    export const a = mark({ cache: { outputs: ["dist/**"] } }, () => {});
    export const b = mark({ cache: { outputs: ["dist/b/*.js"] } }, () => {});
  `);
  assertEquals(code, 2);
  assertStringIncludes(stderr, `their outputs "dist/**" and "dist/b/*.js" overlap`);
});
