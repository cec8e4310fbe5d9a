/** The options of `tdrun ui`, and the arguments of the runs that the web UI starts. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import type { System } from "../../src/cli/system/system.ts";
import { resolveNames } from "../../src/cli/args/resolve_names.ts";
import { expandFileArgs } from "../../src/cli/args/expand_file_args.ts";
import { runArgs } from "../../src/cli/ui/run_args.ts";
import { subcommandHelp } from "../../src/cli/help/help_text.ts";
import { parseUiArgs, UI_COMMAND } from "../../src/cli/ui/ui_args.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { RunRequest } from "../../src/gui/ui_protocol.ts";

Deno.test("parseUiArgs() reads the module, --port, --no-open, --engine, --editor and --help", () => {
  const usual = {
    type: "serve",
    module: undefined,
    port: 0,
    engine: undefined,
    editorUrl: "vscode://file{file}:{line}:{column}",
    watch: false,
    opensBrowser: true,
  };
  assertEquals<unknown>(parseUiArgs([]), usual);
  const all = ["a.ts", "--port=8080", "--no-open", "--engine=redis://host", "--editor=none"];
  assertEquals(parseUiArgs(all), {
    type: "serve",
    module: "a.ts",
    port: 8080,
    engine: "redis://host",
    editorUrl: "",
    watch: false,
    opensBrowser: false,
  });
  assertEquals<unknown>(parseUiArgs(["--watch"]), { ...usual, watch: true });
  assertEquals(parseUiArgs(["-h"]), { type: "help" });
  assertStringIncludes(subcommandHelp(UI_COMMAND), "--no-open");
});

Deno.test("parseUiArgs() throws one line when an argument is invalid", () => {
  for (
    const args of [["--port=x"], ["--port=70000"], ["--editor=vcode"], ["--prot=1"], [
      "a.ts",
      "b.ts",
    ]]
  ) {
    const { message } = assertThrows(
      () => parseUiArgs(args),
      UsageError,
      undefined,
      args.join(" "),
    );
    assert(!message.includes("\n"), message);
  }
  assertEquals(
    assertThrows(() => parseUiArgs(["--prot"]), UsageError).message,
    "Unknown option --prot; did you mean --port?",
  );
  assertEquals(
    assertThrows(() => parseUiArgs(["--no-open=1"]), UsageError).message,
    "Cannot use --no-open=1: --no-open takes no value", // a server has no state to set
  );
  assertEquals(
    assertThrows(() => parseUiArgs(["a.ts", "--port=1", "b.ts"]), UsageError).message,
    'Unexpected argument "b.ts": only one module can be given',
  );
});

const files = {
  initialState: "/tmp/before.json",
  finalState: "/tmp/after.json",
  events: "/tmp/events.ndjson",
  mock: (at: number) => `/tmp/result-${at}.json`,
};
const plain: RunRequest = {
  module: "src/build.ts",
  workers: null,
  tags: "",
  names: [],
  skipDependents: true,
  log: false,
  state: {},
  mocks: {},
  rerunFailed: false,
};

function request(more: Partial<RunRequest>) {
  const mocks = Object.values(more.mocks ?? {}).map((it) => JSON.stringify(it));
  const readTextFile = (path: string) => mocks[Number(/result-(\d+)/.exec(path)![1])]!;
  const system = { readTextFile } as unknown as System;
  const parsed = parseCommand(expandFileArgs(runArgs({ ...plain, ...more }, files), system));
  assert(parsed.type === "run");
  return resolveNames(parsed.request, Graph.from([])); // no name depends on which tasks there are
}

Deno.test("runArgs() passes the engine to the command", () => {
  const parsed = parseCommand(runArgs(plain, files, "redis://host:6379"));
  assert(parsed.type === "run");
  assertEquals(parsed.request.engine, { address: "redis://host:6379", runId: undefined });
});

Deno.test("runArgs() returns arguments that the command parses to the same request", () => {
  const all = request({
    workers: 3,
    tags: "db and not slow",
    names: ["a", "b_*"],
    skipDependents: false,
    log: true,
    rerunFailed: true,
    mocks: { load: { rows: 3 }, text: "yes" },
  });
  assertEquals(all.module, "./src/build.ts");
  assertEquals(all.selection.names, ["a", "b_*"]);
  assertEquals(all.selection.tags?.text, "db and not slow");
  assertEquals([all.workers, all.skipDependents, all.log, all.rerunFailed], [3, false, true, true]);
  assertEquals([...all.mocks], [["load", { rows: 3 }], ["text", "yes"]]);
  assertEquals(all.files, [{ name: "json", file: files.events }]);
  assertEquals([all.stateFile, all.stateOut], [files.initialState, files.finalState]);
  assertEquals(request({}).workers, undefined);
});

Deno.test("runArgs() keeps names, tags and modules that look like options as values", () => {
  assertEquals(request({ module: "--verbose.ts" }).module, "./--verbose.ts");
  assertEquals(request({ names: ["--log", "--state-out=x"] }).selection.names, [
    "--log",
    "--state-out=x",
  ]);
  assertEquals(request({ names: ["--log"] }).log, false);
  const tagged = request({ tags: "--log" });
  assertEquals([tagged.log, tagged.selection.tags?.text], [false, "--log"]);
  const mocked = request({ mocks: { "x --log": 1 } });
  assertEquals([mocked.log, [...mocked.mocks]], [false, [["x --log", 1]]]);
  const names = ["a::b", "a,b", 'say "hi"', "t.x=y:=z", "é\n", "t."];
  assertEquals(request({ names }).selection.names, names);
  const mocks = Object.fromEntries(names.map((name, value) => [name, value]));
  assertEquals(Object.fromEntries(request({ mocks }).mocks), mocks);
});
