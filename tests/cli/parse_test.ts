import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { VERSION } from "../../src/cli/options.ts";
import { parse, type Request } from "../../src/cli/parse.ts";
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
    only: undefined,
    workers: undefined,
    tags: [],
    log: false,
    verbose: false,
    graph: false,
    skipDependents: true,
    stateFile: undefined,
    state: new Map(),
    mocks: new Map(),
    notes: [],
  });
});

Deno.test("parse() takes options before and after the module, with = or a space", () => {
  const parsed = request("--workers", "3", "m.ts", "--tags=a, b,,c", "--no-skip-deps", "--graph");
  assertEquals(parsed.workers, 3);
  assertEquals(parsed.tags, ["a", "b", "c"]);
  assertEquals(parsed.skipDependents, false);
  assertEquals(parsed.graph, true);
  assertEquals(request("m.ts", "--skip-deps").skipDependents, true);
  assertEquals(request("m.ts", "--workers=0").workers, 0);
});

Deno.test("parse() splits the task off the target at the last ::", () => {
  assertEquals(request("m.ts::load").only, "load");
  assertEquals(request("https://x.test/a::b/m.ts::load").module, "https://x.test/a::b/m.ts");
  assertEquals(refused("m.ts::"), 'Cannot read the target "m.ts::": no task after "::"');
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
    "--worker=3 is not an option: it sets state.worker. Did you mean --workers?".replace("=3", ""),
  ]);
  assertEquals(request("m.ts", "--environment=dev").notes, []);
});

Deno.test("parse() names an unknown option, and the one that was meant", () => {
  assertEquals(refused("m.ts", "--worker"), "Unknown option --worker; did you mean --workers?");
  assertEquals(
    refused("m.ts", "--dry-run"),
    "Unknown option --dry-run; state is set by --key=value",
  );
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
