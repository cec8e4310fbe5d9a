import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { WORKERS_MAX } from "../../src/runtime/worker_limits.ts";
import { VERSION } from "../../src/runtime/package.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { parseTagExpression } from "../../src/graph/tag_expression.ts";
import type { TypedRequest } from "../../src/cli/args/request.ts";
import config from "../../deno.json" with { type: "json" };

function request(...args: string[]): TypedRequest {
  const parsed = parseCommand(args);
  if (parsed.type !== "run") throw new Error(`no request, but ${parsed.type}`);
  return parsed.request;
}

function usageError(...args: string[]): string {
  return assertThrows(() => parseCommand(args), UsageError).message;
}

Deno.test("parseCommand() returns the defaults when given only a module", () => {
  assertEquals(request("build.ts"), {
    module: "build.ts",
    modules: [{ path: "build.ts", names: [], isExpanded: false }],
    selection: { names: [], tags: undefined, exclude: [], withDeps: false, dependents: false },
    action: { type: "run" },
    shard: undefined,
    workers: undefined,
    engine: undefined,
    isolate: "worker",
    skipDependents: true,
    stateFile: undefined,
    stateOut: undefined,
    policy: {},
    order: "name",
    isShuffled: false,
    failOnFlaky: false,
    repeat: 1,
    keepGoing: false,
    rerunFailed: false,
    usesLastResults: false,
    force: false,
    journal: true,
    cache: true,
    cacheDir: undefined,
    why: undefined,
    watch: false,
    changed: undefined,
    state: new Map(),
    mocks: [],
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

Deno.test("parseCommand() accepts options before and after the module, with = or a space", () => {
  const parsed = request(
    "--workers",
    "3",
    "m.ts",
    "--tags=a, b,,not c",
    "--no-skip-deps",
    "--graph",
  );
  assertEquals(parsed.workers, 3);
  assertEquals(parsed.selection.tags, parseTagExpression("a, b,,not c"));
  assertEquals(parsed.skipDependents, false);
  assertEquals(parsed.action, { type: "graph", format: "text" });
  assertEquals(request("m.ts", "--skip-deps").skipDependents, true);
  assertEquals(request("m.ts", "--workers=0").workers, 0);
});

Deno.test("parseCommand() reads the options for output, order, rerun and journal", () => {
  const parsed = request(
    ...["--log", "m.ts", "--verbose", "--durations=5", "--output=grouped", "--order=path"],
    ...["--rerun-failed", "--force", "--no-journal"],
  );
  const { log, verbose, durations, output, order, rerunFailed, force, journal } = parsed;
  assertEquals([log, verbose, durations, output], [true, true, 5, "grouped"]);
  assertEquals([order, rerunFailed, force, journal], ["path", true, true, false]);
});

Deno.test("parseCommand() accepts --with-deps and --dependents with names, tags or both", () => {
  const selection = (...args: string[]) => request(...args).selection;
  assertEquals(selection("m.ts::a", "--with-deps").withDeps, true);
  assertEquals(selection("m.ts", "--tags=a", "--dependents").dependents, true);
  assertEquals(selection("m.ts::a", "--tags=a", "--with-deps").withDeps, true);
});

Deno.test("parseCommand() reads --workers, --isolate, --engine and --run-id", () => {
  const threads = (...args: string[]) => {
    const { workers, isolate, engine } = request("m.ts", ...args);
    return [workers, isolate, engine?.address, engine?.runId];
  };
  const none = [undefined, undefined];
  assertEquals(threads("--workers=0"), [0, "worker", ...none]);
  assertEquals(threads("--isolate=inline"), [0, "inline", ...none]);
  assertEquals(threads("--workers=0", "--isolate=inline"), [0, "inline", ...none]);
  assertEquals(threads("--workers=2", "--isolate=process"), [2, "process", ...none]);
  assertEquals(threads("--isolate=process"), [undefined, "process", ...none]);
  const url = "redis://host:6379";
  assertEquals(threads(`--engine=${url}`, "--workers=500", "--repeat=2"), [
    ...[500, "worker", url, undefined],
  ]);
  assertEquals(threads(`--engine=${url}`, "--run-id=x"), [undefined, "worker", url, "x"]);
});

Deno.test("parseCommand() splits the target at the first :: after the module", () => {
  assertEquals(request("m.ts::load").selection.names, ["load"]);
  assertEquals(request("m.ts::load::b*", "::c").selection.names, ["load::b*", "c"]);
  assertEquals(request("https://x.test/a::b/m.ts::load").module, "https://x.test/a::b/m.ts");
  assertEquals(request("dir/m.ts::a.x/y").module, "dir/m.ts");
  assertEquals(request("dir/m.ts::a.x/y", "::b").selection.names, ["a.x/y", "b"]);
  assertEquals(request("jsr:@a/b::load").module, "jsr:@a/b");
  for (const [target, part] of [["m.ts::", "::"], ["m.ts::a::", "::a::"], ["m.ts::::a", "::::a"]]) {
    assertEquals(usageError(target!), `Cannot read "${part}": no task after "::"`);
  }
});

Deno.test("parseCommand() reads state as a string with =, and as JSON with :=", () => {
  const { state } = request("m.ts", "--env=dev", "--n:=3", "--list:=[1]", "--url=http://a?b=c:=d");
  assertEquals(Object.fromEntries(state), {
    env: "dev",
    n: 3,
    list: [1],
    url: "http://a?b=c:=d",
  });
  assertEquals(
    usageError("m.ts", "--n:=three").startsWith("Cannot read --n:=three as JSON: "),
    true,
  );
});

Deno.test("parseCommand() reads empty values and values with line breaks", () => {
  assertEquals(request("m.ts", "--a=", "--b=one\ntwo").state.get("a"), "");
  assertEquals(request("m.ts", "--a=", "--b=one\ntwo").state.get("b"), "one\ntwo");
});

Deno.test("parseCommand() reads --result-NAME into mocks and not into the state", () => {
  const { state, mocks } = request("m.ts", "--result-load=x", "--result-a:b=c:={}");
  assertEquals(state.size, 0);
  assertEquals(mocks, ["load=x", "a:b=c:={}"]);
});

Deno.test("parseCommand() throws when the state has a reserved key", () => {
  for (const key of ["results", "_state_lock", "_x"]) {
    assertEquals(
      usageError("m.ts", `--${key}:=1`),
      `Cannot set state.${key} on the command line: "results" and keys that begin with "_" are reserved`,
    );
  }
});

Deno.test("parseCommand() adds a note when a state key resembles an option", () => {
  assertEquals(request("m.ts", "--worker=3").notes, [
    "--worker= is not an option: it sets state.worker. Did you mean --workers?",
  ]);
  assertEquals(request("m.ts", "--workers:=3").notes, [
    "--workers:= is not an option: it sets state.workers. Did you mean --workers?",
  ]);
  assertEquals(request("m.ts", "--environment=dev").notes, []);
});

Deno.test("parseCommand() names the unknown option, and suggests a similar one", () => {
  assertEquals(usageError("m.ts", "--worker"), "Unknown option --worker; did you mean --workers?");
  assertEquals(usageError("m.ts", "--verb"), "Unknown option --verb; did you mean --verbose?");
  assertEquals(usageError("m.ts", "--prog"), "Unknown option --prog; did you mean --progress?");
  assertEquals(usageError("m.ts", "--wet"), "Unknown option --wet; set state with --key=value");
  assertEquals(
    usageError("m.ts", "--result-a", "5"),
    "Cannot use --result-a without a value: expected --result-a=VALUE",
  );
  assertEquals(usageError("m.ts", "-x"), "Unknown option -x; set state with --key=value");
});

Deno.test("parseCommand() uses the last value of a repeated option, and all of --exclude", () => {
  const twice = request(
    ...["m.ts", "--workers=2", "--workers", "3", "--skip-deps", "--no-skip-deps"],
    ...["--exclude=a,b", "--exclude", "c*", "--state-file=a.json", "--state-file=b.json"],
  );
  assertEquals(twice.workers, 3);
  assertEquals(twice.skipDependents, false);
  assertEquals(twice.selection.exclude, ["a,b", "c*"]);
  assertEquals(twice.stateFile, "b.json");
  assertEquals(request("m.ts", "--graph", "--graph=dot").action, { type: "graph", format: "dot" });
});

Deno.test("parseCommand() throws when the value of an option is an option or an assignment", () => {
  const message = "Cannot use --workers without a value: expected a whole number";
  assertEquals(usageError("m.ts", "--workers", "--verbose"), message);
  assertEquals(usageError("m.ts", "--workers", "--graph=dot"), message);
  assertEquals(usageError("m.ts", "--workers", "--env=3", "3"), message);
  assertEquals(usageError("m.ts", "--workers", "--", "3"), message);
  assertEquals(request("m.ts", "--state-file=--verbose").stateFile, "--verbose");
});

Deno.test("parseCommand() reads arguments after -- as a module and tasks", () => {
  assertEquals(request("--verbose", "--", "-m.ts::a", "::b").module, "-m.ts");
  assertEquals(request("--env=x", "--", "m.ts").state, new Map([["env", "x"]]));
  for (const late of ["--env=dev", "--verbose", "--graph"]) {
    const message =
      `Unexpected argument "${late}": expected a module, such as build.ts; options go before "--"`;
    assertEquals(usageError("m.ts", "--", late), message);
  }
});

Deno.test("parseCommand() throws when --completions has other arguments", () => {
  assertEquals(parseCommand(["--completions", "zsh"]), { type: "completions", of: "zsh" });
  for (const other of ["m.ts", "--verbose", "--a=b"]) {
    assertEquals(
      usageError("--completions=bash", other),
      "Cannot use --completions with other arguments: it only prints a script",
    );
  }
});

const invalidArguments: [args: string[], message: string][] = [
  [["--workers=-1"], "Cannot use --workers=-1: expected a whole number from 0 to 63"],
  [["--workers", "-1"], "Cannot use --workers=-1: expected a whole number from 0 to 63"],
  [["--workers=x"], "Cannot use --workers=x: expected a whole number from 0 to 63"],
  [["--workers=1.5"], "Cannot use --workers=1.5: expected a whole number from 0 to 63"],
  [["--workers=1e3"], "Cannot use --workers=1e3: expected a whole number from 0 to 63"],
  [["--workers=64"], "Cannot use --workers=64: expected a whole number from 0 to 63"],
  [
    ["--engine=redis://h", "--workers=2000"],
    "Cannot use --workers=2000: expected a whole number from 1 to 1000",
  ],
  [
    ["--workers=x", "--engine=redis://h"],
    "Cannot use --workers=x: expected a whole number from 1 to 1000",
  ],
  [["--workers="], "Cannot use --workers without a value: expected a whole number"],
  [["--workers"], "Cannot use --workers without a value: expected a whole number"],
  [["--durations=most"], "Cannot use --durations=most: expected a whole number"],
  [["--state-file"], "Cannot use --state-file without a value: expected a file"],
  [["--state-file="], "Cannot use --state-file without a value: expected a file"],
  [
    ["--graph=foo"],
    "Cannot use --graph=foo: expected one of text, tree, svg, dot, mermaid, json, levels",
  ],
  [
    ["--graph=dott"],
    "Cannot use --graph=dott: expected one of text, tree, svg, dot, mermaid, json, levels; did you mean dot?",
  ],
  [
    ["--graph="],
    "Cannot use --graph=: expected one of text, tree, svg, dot, mermaid, json, levels",
  ],
  [
    ["--graph", "dot"],
    'Unexpected argument "dot": expected a module, such as build.ts; did you mean --graph=dot?',
  ],
  [
    ["--fail-fast", "3:kill"],
    'Unexpected argument "3:kill": expected a module, such as build.ts; did you mean --fail-fast=3:kill?',
  ],
  [
    ["--shuffle", "5"],
    'Unexpected argument "5": expected a module, such as build.ts; did you mean --shuffle=5?',
  ],
  [["5", "--shuffle=3"], 'Unexpected argument "5": expected a module, such as build.ts'],
  [
    ["--output=groups"],
    "Cannot use --output=groups: expected one of live, grouped, failed, none; did you mean grouped?",
  ],
  [
    ["--output"],
    "Cannot use --output without a value: expected one of live, grouped, failed, none",
  ],
  [
    ["--reporter"],
    "Cannot use --reporter without a value: expected one of lines, dot, github, json, junit, tap, trace, html",
  ],
  [
    ["--reporter=jsn"],
    "Cannot use --reporter=jsn: expected one of lines, dot, github, json, junit, tap, trace, html; did you mean json?",
  ],
  [
    ["--reporter=json="],
    "Cannot use --reporter=json=: expected json=FILE, or json alone",
  ],
  [
    ["--reporter=lines=-"],
    'Cannot use --reporter=lines=-: "lines" prints to standard error; write --reporter=lines',
  ],
  [
    ["--completions=csh"],
    "Cannot use --completions=csh: expected one of bash, zsh, fish; did you mean zsh?",
  ],
  [
    ["--tags"],
    'Cannot use --tags without a value: expected a tag, or an expression such as "a and not b"',
  ],
  [
    ["--tags", ""],
    'Cannot use --tags without a value: expected a tag, or an expression such as "a and not b"',
  ],
  [["--tags=,"], 'Cannot read the tags ",": a tag is missing before "," (character 1)'],
  [["--tags=a and (b"], 'Cannot read the tags "a and (b": ")" is missing for "(" (character 7)'],
  [
    ["--tags=a", "--tags=b"],
    'Cannot use --tags twice: write --tags "(a) and (b)", or "or" for "and"',
  ],
  [
    ["--exclude"],
    "Cannot use --exclude without a value: expected task names, separated by commas",
  ],
  [["--exclude=, ,"], "Cannot use --exclude=, ,: expected task names or globs"],
  [["--list=x"], "Cannot use --list=x: expected one of text, json, tags"],
  [["--log=a.txt"], "Cannot use --log=a.txt: --log takes no value (--log:=JSON sets state.log)"],
  [["--help=me"], "Cannot use --help=me: --help takes no value (--help:=JSON sets state.help)"],
];
for (const [args, message] of invalidArguments) {
  Deno.test(`parseCommand() rejects ${args.join(" ")}`, () => {
    assertEquals(usageError("m.ts", ...args), message);
  });
}

Deno.test("parseCommand() reads several modules, each with its own tasks", () => {
  const { module, modules, selection } = request("a.ts::x", "flows/", "b/*.ts", "::y");
  assertEquals(module, "a.ts flows/ b/*.ts");
  assertEquals(modules.map(({ path, names }) => [path, ...names]), [
    ["a.ts", "x"],
    ["flows/"],
    ["b/*.ts"],
  ]);
  assertEquals(selection.names, ["y"]);
});

Deno.test("parseCommand() throws when given no module, or a word after it", () => {
  assertEquals(usageError(), "No module given: expected tdrun <module>[::task] (see --help)");
  assertEquals(
    usageError("a.ts", "b"),
    'Unexpected argument "b": expected a module, such as build.ts',
  );
  assertEquals(
    usageError("a.ts", "mode=fast"),
    'Unexpected argument "mode=fast": expected a module, such as build.ts; did you mean --mode=fast?',
  );
});

Deno.test("parseCommand() accepts --help and --version anywhere before --", () => {
  for (const args of [["--help"], ["m.ts", "--help"], ["-h", "--help"], ["--help", "--a=b"]]) {
    assertEquals(parseCommand(args), { type: "help", isBrief: false }, args.join(" "));
  }
  for (const args of [["-h"], ["m.ts", "-h"], ["-h", "--a=b"]]) {
    assertEquals(parseCommand(args), { type: "help", isBrief: true }, args.join(" "));
  }
  for (const args of [["--version"], ["-V"], ["m.ts", "-V"]]) {
    assertEquals(parseCommand(args), { type: "version" }, args.join(" "));
  }
  assertEquals(VERSION, config.version);
  assertEquals(
    usageError("m.ts", "--", "-h"),
    'Unexpected argument "-h": expected a module, such as build.ts' +
      '; options go before "--"',
  );
});

Deno.test("parseCommand() reads --graph, --list and --dry-run, with options of the run", () => {
  assertEquals(request("--graph", "m.ts").action, { type: "graph", format: "text" });
  assertEquals(request("--graph=dot", "m.ts").action, { type: "graph", format: "dot" });
  assertEquals(request("m.ts", "--list").action, { type: "list", format: "text" });
  assertEquals(request("m.ts", "--list=json").action, { type: "list", format: "json" });
  assertEquals(request("m.ts", "--dry-run").action, { type: "dry-run" });
  for (const action of ["--graph", "--list", "--dry-run"]) {
    assertEquals(request("m.ts", action, "--deadline=1s").policy.deadlineMs, 1000);
  }
  const planned = request("m.ts", "--dry-run", "--order=path", "--deadline=1s", "--state-out=f");
  assertEquals([planned.order, planned.policy.deadlineMs, planned.stateOut], [
    ...["path", 1000, "f"],
  ]);
});

Deno.test("parseCommand() assigns reports to the screen, to standard output and to files", () => {
  const reports = (...args: string[]) => {
    const { screen, data, files } = request("m.ts", ...args);
    return [screen, data, ...files.map(({ name, file }) => `${name}=${file}`)];
  };
  assertEquals(reports("--viewer"), ["viewer", undefined]);
  assertEquals(reports("--reporter=dot"), ["dot", undefined]);
  assertEquals(reports("--reporter=json"), ["none", "json"]);
  assertEquals(reports("--reporter=json=-"), ["none", "json"]);
  assertEquals(reports("--reporter=json=/dev/stdout"), ["none", "json"]);
  assertEquals(reports("--reporter=json", "--reporter", "lines"), ["lines", "json"]);
  assertEquals(reports("--reporter=json", "--progress"), ["progress", "json"]);
  assertEquals(reports("--state-out=-"), ["lines", undefined]);
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
  [
    "--reporter=tap --state-out=-",
    "Cannot print both tap and the state: give one a file, --state-out=FILE",
  ],
  ["--force", "--force requires --rerun-failed or --results=last"],
  ["--workers=0 --isolate=worker", "Cannot use --workers=0 and --isolate=worker together"],
  ["--workers=2 --isolate=inline", "Cannot use --workers=2 and --isolate=inline together"],
  ["--run-id=x", "--run-id requires --engine"],
  ["--engine=redis://h --workers=0", "Cannot use --engine and --workers=0 together"],
  ["--engine=redis://h --isolate=worker", "Cannot use --engine and --isolate=worker together"],
  ["--engine=redis://h --run-id=x --repeat=2", "Cannot use --run-id and --repeat together"],
  [
    "--help --workers=many",
    `Cannot use --workers=many: expected a whole number from 0 to ${WORKERS_MAX}`,
  ],
  ["--graph --list", "Cannot use --graph and --list together"],
  ["--watch --changed", "Cannot use --watch and --changed together"],
  ["--watch --rerun-failed", "Cannot use --watch and --rerun-failed together"],
  ["--watch --repeat=2", "Cannot use --watch and --repeat together"],
  ["--watch --no-journal", "Cannot use --watch and --no-journal together"],
  ["--watch --engine=redis://h", "Cannot use --watch and --engine together"],
  ["--watch --list", "Cannot use --watch with --list: nothing runs"],
  ["--list --dry-run", "Cannot use --list and --dry-run together"],
  ["--dry-run --progress", "Cannot use --progress with --dry-run: nothing runs"],
  ["--graph=dot --reporter=json", "Cannot use --reporter with --graph: nothing runs"],
  ["--with-deps", "--with-deps requires selected tasks: module::task or --tags"],
  ["--dependents", "--dependents requires selected tasks: module::task or --tags"],
];
for (const [args, message] of contradictions) {
  Deno.test(`parseCommand() rejects ${args}`, () => {
    assertEquals(usageError("m.ts", ...args.split(" ")), message);
  });
}

Deno.test("parseCommand() reads time limits, retries, --fail-fast, --shuffle and --repeat", () => {
  const parsed = request(
    ...["m.ts", "--timeout=1.5s", "--retries", "2:100ms", "--fail-fast", "--deadline=2m"],
    ...["--shuffle=7", "--strict", "--repeat=3", "--fail-on-flaky"],
  );
  assertEquals(parsed.policy, {
    timeoutMs: 1500,
    retries: { count: 2, delayMs: 100, factor: 2, maxDelayMs: 60_000, jitter: 0 },
    failFast: { count: 1, mode: "no-new" },
    deadlineMs: 120_000,
    isStrict: true,
    shuffleSeed: 7,
  });
  assertEquals([parsed.isShuffled, parsed.repeat, parsed.failOnFlaky], [true, 3, true]);
  assertEquals(request("--fail-fast=2:kill", "m.ts").policy.failFast, { count: 2, mode: "kill" });
  assertEquals(request("--fail-fast=2:no-new", "m.ts").policy.failFast?.mode, "no-new");
  assertEquals(request("--fail-fast=2:continue", "m.ts").policy.failFast, undefined);
  assertEquals(request("--shuffle", "m.ts").policy, {});
  assertEquals(request("--shuffle", "m.ts").isShuffled, true);
});

const FAIL_FAST = (typed: string) =>
  `Cannot use --fail-fast=${typed}: expected COUNT[:MODE], such as 1, 3, 1:no-new, 1:kill, 1:continue`;
const invalidRunOptions: [args: string, message: string][] = [
  [
    "--timeout=soon",
    'Cannot use the --timeout "soon": expected milliseconds, or a time like "250ms", "30s", "2m", "1h"',
  ],
  ["--deadline=600h", 'Cannot use the --deadline "600h": expected at most 596h'],
  ["--timeout=0", 'Cannot use the timeout 0: leave "timeout" out for none'],
  [
    "--timeout",
    "Cannot use --timeout without a value: expected a duration, such as 500ms, 30s or 2m",
  ],
  ["--retries=x", "Cannot use --retries=x: expected a whole number"],
  [
    "--retries=1:x",
    'Cannot use the delay "x": expected milliseconds, or a time like "250ms", "30s", "2m", "1h"',
  ],
  ["--fail-fast=0", "Cannot fail fast after 0 tasks: expected a positive integer"],
  ["--fail-fast=1:slow", FAIL_FAST("1:slow")],
  ["--fail-fast=1:kill:now", FAIL_FAST("1:kill:now")],
  ["--fail-fast=1:", FAIL_FAST("1:")],
  ["--fail-fast=:kill", FAIL_FAST(":kill")],
  ["--retries=3:", "Cannot use --retries=3:: expected COUNT[:DELAY], such as 3 or 3:500ms"],
  ["--retries=3:1s:2", "Cannot use --retries=3:1s:2: expected COUNT[:DELAY], such as 3 or 3:500ms"],
  ["--repeat=0", "Cannot use --repeat=0: expected a whole number from 1"],
  ["--shuffle=x", "Cannot use --shuffle=x: expected a whole number from 0 to 4294967295"],
  ["--list --strict", "Cannot use --strict with --list: nothing runs"],
  ["--list --order=path", "Cannot use --order with --list: nothing runs"],
  ["--graph --state-out=f", "Cannot use --state-out with --graph: nothing runs"],
  ["--dry-run --fail-fast", "Cannot use --fail-fast with --dry-run: nothing runs"],
];
for (const [args, message] of invalidRunOptions) {
  Deno.test(`parseCommand() rejects ${args}`, () => {
    assertEquals(usageError("m.ts", ...args.split(" ")), message);
  });
}
