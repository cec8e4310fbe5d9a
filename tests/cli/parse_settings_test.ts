/** Settings: errors with their paths, profiles, and what the command line wins over. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import type { TypedRequest } from "../../src/cli/args/request.ts";
import { formatSettings } from "../../src/cli/settings/format_settings.ts";
import { parseSettings, type Settings } from "../../src/cli/settings/parse_settings.ts";

function settings(content: unknown, profile?: string, folder = "/p"): Settings {
  const file = { path: "/p/deno.json", folder: "/p/", root: ["tdrun"], content };
  return parseSettings(file, profile, folder);
}

function request(content: unknown, args: readonly string[], profile?: string): TypedRequest {
  const parsed = parseCommand(args, (typed) => settings(content, typed ?? profile));
  if (parsed.type !== "run") throw new Error(`no request, but ${parsed.type}`);
  return parsed.request;
}

const errors: [content: unknown, message: string][] = [
  [[], 'Cannot use tdrun in "/p/deno.json": expected an object, got []'],
  [{ wrokers: 2 }, 'tdrun.wrokers in "/p/deno.json": no such setting; did you mean "workers"?'],
  [
    { "fail-fast": 1 },
    'tdrun.fail-fast in "/p/deno.json": no such setting; did you mean "failFast"?',
  ],
  [{ workers: 1.5 }, "expected a whole number from 0 to 1000, or a text (n), got 1.5"],
  [{ progress: "yes" }, 'tdrun.progress in "/p/deno.json": expected true or false, got "yes"'],
  [
    { profiles: { ci: { output: "grupped" } } },
    'tdrun.profiles.ci.output in "/p/deno.json": expected one of live, grouped, failed, none; ' +
    'did you mean grouped?, got "grupped"',
  ],
  [
    { profiles: { ci: {}, nightly: { extends: "cy" } } },
    'tdrun.profiles.nightly.extends in "/p/deno.json": no such profile; did you mean "ci"?, got "cy"',
  ],
  [{ profiles: { a: { extends: "b" }, b: { extends: "a" } } }, 'the profile "a" extends itself'],
  [{ reporter: ["dot", "jnit=x"] }, 'did you mean junit?, got "jnit=x"'],
  [{ tags: "a and (" }, "tdrun.tags in"],
  [{ help: true }, "tdrun.help in"],
  [{ extends: "ci" }, "tdrun.extends in"],
  [
    { module: 3 },
    'tdrun.module in "/p/deno.json": expected the path of a module, or a list, got 3',
  ],
];
for (const [content, message] of errors) {
  Deno.test(`parseSettings() rejects ${JSON.stringify(content)} with the path`, () => {
    const error = assertThrows(() => settings(content), UsageError);
    assertEquals(error.message.includes(message), true, error.message);
    assertEquals(error.message.includes("\n"), false);
  });
}

const PROFILES = {
  workers: 2,
  progress: true,
  profiles: {
    ci: { progress: false, retries: 1, reporter: ["junit=out/junit.xml"] },
    nightly: { extends: "ci", retries: "3:1s", workers: null },
  },
};

Deno.test("parseSettings() applies a profile and those that it extends, the nearest last", () => {
  const base = request(PROFILES, ["m.ts"]);
  assertEquals([base.workers, base.screen], [2, "progress"]);
  const ci = request(PROFILES, ["m.ts"], "ci");
  assertEquals([ci.workers, ci.screen, ci.policy.retries?.count], [2, "lines", 1]);
  const nightly = request(PROFILES, ["m.ts", "--profile=nightly"]);
  assertEquals([nightly.workers, nightly.policy.retries?.count], [undefined, 3]);
  assertEquals(nightly.files, [{ name: "junit", file: "out/junit.xml" }]);
  assertThrows(
    () => request(PROFILES, ["m.ts", "--profile=nigtly"]),
    UsageError,
    'Cannot use the profile "nigtly": "/p/deno.json" has the profiles ci, nightly; ' +
      'did you mean "nightly"?',
  );
});

Deno.test("parseSettings() resolves paths by the folder of the file", () => {
  const { modules: [module], entries } = settings(
    { module: "m.ts", stateFile: "a.json", reporter: "junit=b.xml", stateOut: "-" },
    undefined,
    "/p/sub",
  );
  const { stateFile, reporter, stateOut } = Object.fromEntries(entries);
  assertEquals(
    [module, stateFile?.value, reporter?.value, stateOut?.value],
    ["/p/m.ts", "/p/a.json", [{ name: "junit", file: "/p/b.xml" }], "-"],
  );
});

Deno.test("parseCommand() takes the module of the settings when none is given", () => {
  const content = { module: "tasks.ts" };
  assertEquals(request(content, []).module, "tasks.ts");
  const named = request(content, ["::build", "--workers", "2"]);
  assertEquals([named.module, named.selection.names, named.workers], ["tasks.ts", ["build"], 2]);
  assertEquals(request(content, ["other.ts"]).module, "other.ts");
});

Deno.test("parseCommand() prefers the command line, also over settings that conflict with it", () => {
  const all = {
    ...{ viewer: true, workers: 3, isolate: "process", timeout: "1s", reporter: ["dot=a.txt"] },
    ...{ failFast: 2, withDeps: true, keepGoing: true, force: true, journal: false },
  };
  const run = request(all, ["m.ts", "--progress", "--workers=0", "--timeout=2s"]);
  assertEquals(
    [run.screen, run.workers, run.isolate, run.policy.timeoutMs, run.journal, run.keepGoing],
    ["progress", 0, "worker", 2000, false, false],
  );
  assertEquals(request(all, ["m.ts", "--list"]).action, { type: "list", format: "text" });
  assertEquals(request(all, ["m.ts", "--dry-run"]).action, { type: "dry-run" });
  assertEquals(request(all, ["m.ts", "--reporter=dot"]).screen, "dot");
  assertEquals(request(all, ["m.ts::a"]).selection.withDeps, true);
  assertEquals(request(all, ["m.ts", "--verbose"]).screen, "lines");
  assertEquals(request({ graph: true, timeout: 5 }, ["m.ts"]).action, {
    type: "graph",
    format: "text",
  });
  assertEquals(request(all, ["m.ts", "--no-settings"]).screen, "lines");
});

Deno.test("formatSettings() prints each option in force with its source", () => {
  const args = ["--settings", "--profile=nightly", "--tags=a", "--retries=2", "--log"];
  const parsed = parseCommand(
    args,
    (profile) => settings({ ...PROFILES, module: "m.ts" }, profile),
  );
  if (parsed.type !== "settings") throw new Error(parsed.type);
  assertEquals(formatSettings(parsed.inForce).split("\n"), [
    "module    m.ts                 /p/deno.json",
    "log       true                 command line",
    "reporter  junit=out/junit.xml  /p/deno.json, profile ci",
    "retries   2                    command line",
    "tags      a                    command line",
  ]);
  const none = parseCommand(["--settings"], () => settings({}));
  if (none.type !== "settings") throw new Error(none.type);
  assertEquals(formatSettings(none.inForce), "No settings: every option has its default");
});
