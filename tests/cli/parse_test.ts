import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { VERSION } from "../../src/cli/options.ts";
import { parse } from "../../src/cli/parse.ts";
import type { Request } from "../../src/cli/request.ts";
import config from "../../deno.json" with { type: "json" };

function request(...args: string[]): Request {
  const parsed = parse(args);
  if (parsed.type !== "run") throw new Error(parsed.text);
  return parsed.request;
}

function refused(...args: string[]): string {
  return assertThrows(() => parse(args), UsageError).message;
}

function text(...args: string[]): string {
  const parsed = parse(args);
  return parsed.type === "text" ? parsed.text : "";
}

Deno.test("parse() of a module alone has the defaults of the command", () => {
  assertEquals(request("build.ts"), {
    module: "build.ts",
    selecting: { names: [], tags: [], exclude: [], withDeps: false, dependents: false },
    action: { type: "run" },
    workers: undefined,
    skipDependents: true,
    stateFile: undefined,
    state: new Map(),
    mocks: new Map(),
    screen: "lines",
    output: "live",
    data: undefined,
    files: [],
    durations: 0,
    log: false,
    verbose: false,
    notes: [],
  });
});

Deno.test("parse() takes options before and after the module, with = or a space", () => {
  const parsed = request("--workers", "3", "m.ts", "--tags=a, b,,c", "--no-skip-deps", "--graph");
  assertEquals(parsed.workers, 3);
  assertEquals(parsed.selecting.tags, ["a", "b", "c"]);
  assertEquals(parsed.skipDependents, false);
  assertEquals(parsed.action, { type: "graph", format: "text" });
  assertEquals(request("m.ts", "--skip-deps").skipDependents, true);
  assertEquals(request("m.ts", "--workers=0").workers, 0);
});

Deno.test("parse() splits tasks off the target at each :: after the last slash", () => {
  assertEquals(request("m.ts::load").selecting.names, ["load"]);
  assertEquals(request("m.ts::load::b*", "::c").selecting.names, ["load", "b*", "c"]);
  assertEquals(request("https://x.test/a::b/m.ts::load").module, "https://x.test/a::b/m.ts");
  for (const [target, part] of [["m.ts::", "::"], ["m.ts::a::", "::a::"], ["m.ts::::a", "::::a"]]) {
    assertEquals(refused(target!), `Cannot read "${part}": no task after "::"`);
  }
});

Deno.test("parse() reads state as strings with =, as JSON with :=", () => {
  const { state } = request("m.ts", "--env=dev", "--n:=3", "--list:=[1]", "--url=http://a?b=c:=d");
  assertEquals(Object.fromEntries(state), {
    env: "dev",
    n: 3,
    list: [1],
    url: "http://a?b=c:=d",
  });
  assertEquals(refused("m.ts", "--n:=three").startsWith("Cannot read --n:=three as JSON: "), true);
});

Deno.test("parse() reads empty values and values with line breaks", () => {
  assertEquals(request("m.ts", "--a=", "--b=one\ntwo").state.get("a"), "");
  assertEquals(request("m.ts", "--a=", "--b=one\ntwo").state.get("b"), "one\ntwo");
});

Deno.test("parse() reads results apart from state", () => {
  const { state, mocks } = request("m.ts", "--result-load=x", "--result-n:={}");
  assertEquals(state.size, 0);
  assertEquals(Object.fromEntries(mocks), { load: "x", n: {} });
});

Deno.test("parse() refuses reserved keys", () => {
  for (const key of ["results", "_state_lock", "_x"]) {
    assertEquals(
      refused("m.ts", `--${key}=1`),
      `Cannot set state.${key} on the command line: "results" and keys that begin with "_" are reserved`,
    );
  }
});

Deno.test("parse() notes state that looks like a misspelt option", () => {
  assertEquals(request("m.ts", "--worker=3").notes, [
    "--worker= is not an option: it sets state.worker. Did you mean --workers?",
  ]);
  assertEquals(request("m.ts", "--workers:=3").notes, [
    "--workers:= is not an option: it sets state.workers. Did you mean --workers?",
  ]);
  assertEquals(request("m.ts", "--environment=dev").notes, []);
});

Deno.test("parse() names an unknown option, and the one that was meant", () => {
  assertEquals(refused("m.ts", "--worker"), "Unknown option --worker; did you mean --workers?");
  assertEquals(refused("m.ts", "--wet"), "Unknown option --wet; state is set by --key=value");
  assertEquals(refused("m.ts", "-x"), "Unknown option -x; state is set by --key=value");
});

Deno.test("parse() refuses what --workers cannot be, in one line", () => {
  for (const value of ["-1", "x", "1.5", "", "1e3", "64"]) {
    const message = refused("m.ts", `--workers=${value}`);
    assertEquals(message.includes("\n"), false);
    assertEquals(message.includes("--workers"), true);
  }
});

Deno.test("parse() refuses no module, and two", () => {
  assertEquals(refused(), "No module was given: tdrun <module>[::task] (see --help)");
  assertEquals(refused("a.ts", "b.ts"), "One module at a time: there is no place for b.ts");
});

Deno.test("parse() answers --help with every option, --version with the version of deno.json", () => {
  for (
    const option of ["--workers", "--tags", "--graph", "--state-file", "--key:=json", "Exit codes"]
  ) {
    assertEquals(text("--help").includes(option), true, option);
  }
  assertEquals(text("--version"), VERSION);
  assertEquals(VERSION, config.version);
});

Deno.test("parse() takes --graph with a format or without, and leaves the module alone", () => {
  assertEquals(request("--graph", "m.ts").action, { type: "graph", format: "text" });
  assertEquals(request("--graph=dot", "m.ts").action, { type: "graph", format: "dot" });
  assertEquals(request("m.ts", "--list").action, { type: "list" });
  assertEquals(request("m.ts", "--dry-run").action, { type: "dry-run" });
});

Deno.test("parse() decides what is the screen, what takes the standard output, what goes to files", () => {
  const reports = (...args: string[]) => {
    const { screen, data, files } = request("m.ts", ...args);
    return [screen, data, ...files.map(({ name, file }) => `${name}=${file}`)];
  };
  assertEquals(reports("--viewer"), ["viewer", undefined]);
  assertEquals(reports("--reporter=dot"), ["dot", undefined]);
  assertEquals(reports("--reporter=json"), ["none", "json"]);
  assertEquals(reports("--reporter=json", "--reporter", "lines"), ["lines", "json"]);
  assertEquals(reports("--reporter=json", "--progress"), ["progress", "json"]);
  assertEquals(reports("--reporter=junit=a=b.xml", "--reporter=lines=l.txt"), [
    ...["lines", undefined, "junit=a=b.xml", "lines=l.txt"],
  ]);
});

const contradictions: [args: string, message: string][] = [
  ["--progress --viewer", "Cannot use --progress and --viewer together"],
  ["--progress --verbose", "Cannot use --progress and --verbose together"],
  ["--viewer --verbose", "Cannot use --viewer and --verbose together"],
  ["--viewer --reporter=dot", "Cannot use --viewer and --reporter=dot together"],
  ["--reporter=lines --reporter=dot", "Cannot use --reporter=lines and --reporter=dot together"],
  [
    "--reporter=tap --reporter=json",
    "Cannot print both tap and json: give one a file, --reporter=json=FILE",
  ],
  ["--reporter=tap=a --reporter=json=a", 'Cannot write two reports to "a"'],
  ["--graph --list", "Cannot use --graph and --list together"],
  ["--list --dry-run", "Cannot use --list and --dry-run together"],
  ["--dry-run --progress", "Cannot use --progress with --dry-run: nothing runs"],
  ["--graph=dot --reporter=json", "Cannot use --reporter with --graph: nothing runs"],
  ["--with-deps", "Cannot use --with-deps alone: name tasks with module::task, or use --tags"],
  ["--dependents", "Cannot use --dependents alone: name tasks with module::task, or use --tags"],
];
for (const [args, message] of contradictions) {
  Deno.test(`parse() refuses ${args}`, () => {
    assertEquals(refused("m.ts", ...args.split(" ")), message);
  });
}
