/** Permissions that each use needs: runs every row of the table in docs/install.md. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  CLI,
  CONFIG,
  inRepository,
  LIBRARY,
  RunningCommand,
  statuses,
  TestSpace,
} from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";
import { npmTest, PACKAGE, Published } from "../../support/published_package.ts";

interface Row {
  readonly what: string;
  readonly options: readonly string[];
  readonly flags: readonly string[];
}

/** The rows of the table: what it is for, the options of the command, the options of Deno. */
function rowsOfDocs(): Row[] {
  const text = Deno.readTextFileSync(inRepository("docs/install.md"));
  const section = text.split("\n## ").find((it) => it.startsWith("Permissions\n"));
  assert(section !== undefined, "docs/install.md has no section about permissions");
  const lines = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
  return lines.map((line) => {
    const [what = "", options = "", flags = ""] = line.split("|").slice(1, -1);
    const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
    return { what: what.trim(), options: words(options), flags: words(flags) };
  });
}

/** Each permission by itself: `--allow-read=a,b` is two. */
function single(flags: readonly string[]): string[] {
  return flags.flatMap((flag) => {
    const [name, list] = flag.split("=");
    return list === undefined ? [flag] : list.split(",").map((it) => `${name}=${it}`);
  });
}

const MODULE = `
  import { mark } from "jsr:${PACKAGE}";
  export const a = mark(() => 1);
  export const b = mark({ after: ["a"] }, (state) => {
    if (!state.isFixed) throw new Error("not yet");
  });
`;

npmTest("tdrun needs the permissions that docs/install.md lists, and no more", async (t) => {
  await using published = await Published.create();
  // The local registry is not among the hosts that Deno imports from by default.
  const always = ["--no-prompt", `--allow-import=${new URL(published.registry.url).host}`];
  const folder = await published.makeFolder("work");
  const run = (flags: readonly string[], options: readonly string[], env = {}) =>
    published.deno(
      ["run", "--no-lock", ...always, ...flags, `jsr:${PACKAGE}`, "work.ts", ...options],
      { folder, env },
    );

  /** An empty folder but for the module, its state, and the journal of a run that has failed. */
  const prepare = async (hasRun: boolean) => {
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/work.ts`, MODULE);
    await Deno.writeTextFile(`${folder}/state.json`, `{ "isFixed": true }`);
    if (!hasRun) return;
    const { stderr } = await run(["--allow-read", "--allow-write"], []);
    assertEquals(statuses(stderr), { a: "PASSED", b: "FAILED" }, stderr);
  };

  for (const { what, options, flags } of rowsOfDocs()) {
    const name = `${["tdrun", ...options].join(" ")} needs ${flags.join(" ")} to ${what}`;
    await t.step(name, async () => {
      const isRerun = options.includes("--rerun-failed");
      const all = [...options, "--isFixed:=true"];
      await prepare(isRerun);
      const enough = await run(flags, all);
      assertEquals(enough.code, 0, enough.stderr);
      for (const missing of single(flags)) {
        await prepare(isRerun);
        const { code, stderr } = await run(single(flags).filter((it) => it !== missing), all);
        const [permission] = missing.split("=");
        if (isRerun && permission === "--allow-write") {
          assertMatch(stderr, /^Note: Cannot keep a journal .*--allow-write/m);
        } else {
          assertMatch(stderr, new RegExp(`^Error: Cannot [^\\n]*${permission}[^\\n]*\\n$`, "m"));
          assertEquals(code, 2, `without ${missing}:\n${stderr}`);
        }
      }
    });
  }

  await t.step(
    "tdrun ui needs the permissions of docs/install.md, and names one that is missing",
    async () => {
      const text = Deno.readTextFileSync(inRepository("docs/install.md"));
      const flags = /^- `tdrun ui` needs `(--[^`]+)`/m.exec(text)![1]!.split(" ");
      const ui = ["--quiet", "--no-lock", ...always];
      const line = (
        given: readonly string[],
      ) => ["run", ...ui, ...given, `jsr:${PACKAGE}/ui`, "--no-open", "work.ts"];
      await prepare(false);
      for (const missing of flags) {
        const given = flags.filter((flag) => flag !== missing);
        const { code, stdout, stderr } = await published.deno(line(given), { folder });
        const message =
          `Error: Cannot start the web UI, which runs modules in processes: run with ${missing}\n`;
        assertEquals([code, stdout, stderr], [2, "", message]);
      }
      const running = published.start([Deno.execPath(), ...line(flags)], { folder });
      await running.waitFor("?token=");
      const [address = ""] = /http:\S+/.exec(running.stderr) ?? [];
      const [origin = "", token = ""] = address.split("/?token=");
      const opened = await fetch(`${origin}/api/open`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, origin, "content-type": "application/json" },
        body: JSON.stringify({ module: "work.ts" }),
      });
      const { tasks } = await opened.json();
      assertEquals(tasks.map(({ name }: { name: string }) => name), ["a", "b"]);
      running.kill("SIGINT");
      assertEquals((await running.ended).code, 0);
    },
  );

  await t.step("Scheduler needs the permission to read the program", async () => {
    await Deno.writeTextFile(
      `${folder}/program.ts`,
      `import { Scheduler } from "jsr:${PACKAGE}";
      const s = new Scheduler({ workers: 1 });
      s.register(() => 1, "a");
      if (import.meta.main) console.log(JSON.stringify((await s.start()).failures));`,
    );
    const program = async (flags: readonly string[]) =>
      await published.deno(["run", "--no-lock", ...always, ...flags, "program.ts"], { folder });
    assertEquals((await program(["--allow-read=program.ts"])).stdout, "{}\n");
    assertStringIncludes((await program([])).stdout, "run again with the --allow-read flag");
  });

  await t.step("--no-journal prints no note when writing is not permitted", async () => {
    const { code, stderr } = await run(
      ["--allow-read=work.ts"],
      ["--no-journal", "--isFixed:=true"],
    );
    assertEquals(code, 0, stderr);
    assert(!stderr.includes("Note"), stderr);
  });

  await t.step(
    "DENO_NO_PROMPT replaces --no-prompt when the environment may not be read",
    async () => {
      const line = ["run", "--no-lock", always[1]!, "--allow-read=work.ts", `jsr:${PACKAGE}`];
      const { code, stderr } = await published.deno([...line, "work.ts", "--isFixed:=true"], {
        folder,
        env: { DENO_NO_PROMPT: "1", CI: "1" },
      });
      assertEquals(code, 0, stderr);
    },
  );

  await t.step("tdrun names the imported file when it may not be read", async () => {
    await Deno.writeTextFile(`${folder}/work.ts`, `import "./other.ts";`);
    await Deno.writeTextFile(`${folder}/other.ts`, "");
    const { code, stderr } = await run(["--allow-read=work.ts"], []);
    assertStringIncludes(
      stderr,
      `Error: Cannot load module "work.ts": run with --allow-read=${folder}/other.ts\n`,
    );
    assertEquals(code, 2);
  });
});

/** The command by its file, with the permissions given, and leave to read the library. */
function permitted(flags: readonly string[]): string[] {
  const config = ["--config", CONFIG, "--no-lock", "-q"];
  const own = inRepository("").replace(/\/$/, "");
  const hasRead = flags.some((flag) => flag.startsWith("--allow-read="));
  const given = flags.map((flag) => flag.replace(/^--allow-read=/, `--allow-read=${own},`));
  const all = hasRead || flags.includes("--allow-read") ? given : [...given, `--allow-read=${own}`];
  return [Deno.execPath(), "run", ...config, ...all, CLI];
}

async function workSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await space.file("work.ts", `import { mark } from "${LIBRARY}"; export const a = mark(() => 1);`);
  await space.file("state.json", "{}");
  return space;
}

for (const { what, options, flags } of rowsOfDocs().filter(({ options }) => options.length < 2)) {
  if (options[0] === "--rerun-failed") continue; // there is no run to rerun
  Deno.test({
    name: `tdrun does not prompt on a terminal when it is permitted to ${what}`,
    ignore: !hasScript,
    async fn() {
      await using space = await workSpace();
      const program = permitted(flags);
      await using terminal = new PseudoTerminal(["work.ts", ...options], {
        folder: space.folder,
        program,
      });
      const { code, text } = await terminal.ended;
      assert(!text.includes("Deno requests"), text);
      assertEquals(code, 0, text);
    },
  });
}

for (
  const args of [["--help"], ["worker", "--help"], ["ui", "--help"], ["work.ts", "--workers=0"]]
) {
  Deno.test(`tdrun ${args.join(" ")} needs no permission for environment or system`, async () => {
    await using space = await workSpace();
    const line = [...permitted(["--no-prompt", "--allow-read=work.ts"]), ...args];
    const { code, stderr } = await new RunningCommand(line, { folder: space.folder }).ended;
    assertEquals(code, 0, stderr);
  });
}

Deno.test("--order=recorded prints a note when the journals may not be read", async () => {
  await using space = await workSpace();
  const line = [
    ...permitted(["--no-prompt", "--allow-read=work.ts"]),
    "work.ts",
    "--order=recorded",
  ];
  const { code, stderr } = await new RunningCommand(line, { folder: space.folder }).ended;
  assertStringIncludes(
    stderr,
    'Note: no recorded durations: Cannot read the journals in ".tdrun": run with --allow-read=.tdrun\n',
  );
  assertEquals(code, 0);
});

Deno.test({
  name: "tdrun prints the missing permission, without a prompt, on a terminal",
  ignore: !hasScript,
  async fn() {
    await using space = await workSpace();
    const output = async (option: string) => {
      const program = permitted(["--allow-read=work.ts"]);
      const args = ["work.ts", option];
      await using terminal = new PseudoTerminal(args, { folder: space.folder, program });
      const { code, text } = await terminal.ended;
      assertEquals(code, 2, text);
      return text.replaceAll(/\r?\n/g, " ");
    };
    assertStringIncludes(
      await output("--state-file=state.json"),
      "run with --allow-read=state.json",
    );
    assertStringIncludes(await output("--state-out=x"), "run with --allow-write=x");
    assertStringIncludes(await output("--rerun-failed"), "run with --allow-read=.tdrun");
  },
});
