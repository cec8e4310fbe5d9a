import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { TextSink } from "../../src/base/write_all.ts";
import { GithubReporter, withCommandsStopped } from "../../src/report/formats/github_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";
import { assertGolden } from "../support/golden.ts";
import { FOLDER, reported } from "../support/report_of.ts";
import {
  CANCELLED_FACTS,
  HOSTILE_LINES,
  PASSING_FACTS,
  SAMPLE_FACTS,
  type TimedFact,
} from "../support/sample_run.ts";

function run(facts: readonly TimedFact[], workspace = FOLDER) {
  let tokens = 0;
  let summary = "";
  const text = reported((out: TextSink) =>
    new GithubReporter({
      line: (line) => out.write(`${line}\n`),
      workspace,
      token: () => `token-${++tokens}`,
      summary: (markdown) => void (summary += markdown),
    }), facts);
  return { text, summary };
}

/** The workflow commands that a GitHub runner executes, according to its documentation. */
function commandsIn(
  text: string,
): { name: string; properties: Record<string, string>; data: string }[] {
  let stopped: string | undefined;
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    if (stopped !== undefined) {
      if (line === `::${stopped}::`) stopped = undefined;
      return [];
    }
    const found = /^\s*::([\w-]+)(?: (.*?))?::(.*)$/.exec(line) ??
      /##\[([\w-]+)(?: (.*?))?\](.*)$/.exec(line);
    if (!found) return [];
    const [, name = "", list = "", data = ""] = found;
    if (name === "stop-commands") stopped = data;
    const properties = list.split(",").filter((it) => it !== "").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), unescape(pair.slice(at + 1))];
    });
    return [{ name, properties: Object.fromEntries(properties), data: unescape(data) }];
  });
}

function unescape(text: string): string {
  return text.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%3A", ":")
    .replaceAll("%2C", ",").replaceAll("%25", "%");
}

Deno.test("GithubReporter matches the golden output for the sample runs", () => {
  assertGolden("reports/sample.github.txt", run(SAMPLE_FACTS).text.toWellFormed());
  assertGolden("reports/cancelled.github.txt", run(CANCELLED_FACTS).text);
});

Deno.test("GithubReporter writes a failure as an error at the first frame in the workspace", () => {
  const [error] = commandsIn(run(SAMPLE_FACTS).text).filter(({ name }) => name === "error");
  assertEquals(error!.properties, {
    file: "src/deploy.ts",
    line: "12",
    col: "9",
    title: "deploy failed",
  });
  assert(error!.data.startsWith("DeployError: cannot deploy: 2 of 3 hosts refused\n"));
});

Deno.test("GithubReporter names no file when the error is outside of the workspace", () => {
  const { text } = run(SAMPLE_FACTS, "/elsewhere");
  const [error] = commandsIn(text).filter(({ name }) => name === "error");
  assertEquals(error!.properties, { title: "deploy failed" });
});

Deno.test("GithubReporter writes only its own commands when tasks print commands", () => {
  const commands = commandsIn(run(SAMPLE_FACTS).text).map(({ name, properties }) =>
    [name, properties.title].filter((it) => it !== undefined).join(" ")
  );
  assertEquals(commands.filter((it) => !/^(group|endgroup|stop-commands)$/.test(it)), [
    "error deploy failed",
    "error Error outside of tasks on thread_0",
    "warning thread_1",
    "warning double is flaky",
  ]);
  const groups = commands.filter((it) => it === "group").length;
  assertEquals(commands.filter((it) => it === "endgroup").length, groups);
});

Deno.test("GithubReporter writes the output of tasks unchanged", () => {
  const { text } = run(SAMPLE_FACTS);
  assert(text.includes(`\n${HOSTILE_LINES.join("\n")}\n`));
});

Deno.test("GithubReporter escapes task names and messages in its commands", () => {
  const name = "50%: a, b\n::error::x";
  const facts = PASSING_FACTS.map(([ms, fact]): TimedFact => {
    if (fact.type === "run-started") {
      return [ms, { ...fact, tasks: [{ name, after: [], tags: [] }] }];
    }
    if (fact.type !== "task-finished") return [ms, fact];
    const error = { type: "Error", message: "100% :, \r\nno" };
    return [ms, { ...fact, outcome: { status: "failed", error } }];
  });
  const commands = commandsIn(run(facts).text);
  assertEquals(commands, [{
    name: "error",
    properties: { title: `${name} failed` },
    data: "Error: 100% :,\n  no",
  }]);
});

Deno.test("GithubReporter escapes commands in the name of a task without output", () => {
  const name = "50%: a\n::error::x ##[error]y";
  const facts = PASSING_FACTS.map(([ms, fact]): TimedFact =>
    fact.type === "run-started"
      ? [ms, { ...fact, tasks: [{ name, after: [], tags: [] }] }]
      : [ms, fact]
  );
  const { text } = run(facts);
  assertMatch(text, /^\[thread_0\] 50%: a\\n::error::x ## \[error\]y PASSED in \d\.\d\ds\n$/);
  assertEquals(commandsIn(text), []);
});

Deno.test("withCommandsStopped() uses another random token for each call", () => {
  const [one, two] = [withCommandsStopped(["::error::x"]), withCommandsStopped([])];
  assertEquals(one[1], "::error::x");
  assertMatch(one[0]!, /^::stop-commands::[\da-f-]{36}$/);
  assertEquals(one[2], `::${one[0]!.slice("::stop-commands::".length)}::`);
  assertNotEquals(one[0], two[0]);
});

Deno.test("GithubReporter summarizes failed, skipped and flaky tasks in a table", () => {
  assertGolden("reports/sample.summary.md", run(SAMPLE_FACTS).summary);
  assertEquals(
    run(PASSING_FACTS).summary,
    "### tdrun: 1 passed, 0 failed, 0 skipped in 0.00s\n\n",
  );
});

Deno.test("GithubReporter limits the summary and counts the rest when many tasks fail", () => {
  const count = 10_000;
  const tasks = Array.from({ length: count }, (_, i) => ({ name: `t${i}`, after: [], tags: [] }));
  const error = { type: "Error", message: "no | `code` <b>\n".repeat(100) };
  const outcome = { status: "failed", error } as const;
  const { summary } = run([
    [0, { ...PASSING_FACTS[0]![1], tasks } as TimedFact[1]],
    ...tasks.map((_, i): TimedFact => [
      1,
      { type: "task-finished", task: i as TaskId, worker: 0, outcome },
    ]),
    PASSING_FACTS.at(-1)!,
  ]);
  assert(summary.length < 100_000, `${summary.length}`);
  assert(summary.includes("… and 9900 more"));
  assert(summary.includes("Error: no \\| \\`code\\` &lt;b&gt; |"));
});
