/** The examples behave as their comments describe. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, order, script, statuses, tdrun } from "../../support/command.ts";

Deno.test("engine/primes.ts counts the primes below a million", async () => {
  const { code, stdout, stderr } = await tdrun(["examples/engine/primes.ts"]);
  assertStringIncludes(stderr, "total: 78498 primes below 1000000\n");
  assertEquals([lastLine(stdout), code], ["==== 17 passed, 0 failed, 0 skipped", 0]);
});

Deno.test("metrics.ts measures four folders and writes a report of two sections", async () => {
  const root = await Deno.makeTempDir({ prefix: "metrics-test-" });
  const files = {
    "src/a.ts": "/** A. */\nexport const a = 1;\n",
    "src/deep/b.ts": "// b\n\nexport const b = 2;\nexport const c = 3;\n",
    "tests/a_test.ts": "a();\n".repeat(5),
    "tools/tool.ts": "tool();\n",
    "examples/example.ts": "\n",
    "src/data.json": "{}\n",
  };
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${root}/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  const { code, stdout, stderr } = await tdrun(["examples/metrics.ts", `--root=${root}`]);
  assertEquals(lastLine(stdout), "==== 8 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
  assertStringIncludes(stderr, "] find_files: 5 files in 4 folders\n");
  assertMatch(stderr, /\] sizes: src {11}6 lines █{24}$/m);
  assertMatch(stderr, /\] sizes: tests {9}5 lines █{20}$/m);
  const [, report = ""] = /\] finish: 5 files measured, report in (.*)$/m.exec(stderr) ?? [];
  const sections = (await Deno.readTextFile(report)).split(/^(?=## )/m).sort();
  assertMatch(
    sections[0]!,
    /^## Longest files\n\n1\. 5 lines in tests.a_test\.ts\n1\. 4 lines in src.deep.b\.ts\n/,
  );
  assertMatch(
    sections[1]!,
    /^## Sizes\n\n.*\n.*\n\| src \| 2 \| 6 \| 2 \| \d+ \|\n\| tests \| 1 \| 5 \| 0 \|/,
  );
  await Deno.remove(report);
  await Deno.remove(root, { recursive: true });
});

Deno.test("surgery.ts passes four tasks, fails one and skips one", async () => {
  const { code, stdout, stderr } = await tdrun(["examples/surgery.ts", "--scale=0"]);
  assertEquals(statuses(stderr), {
    pre_op_assessment_A: "PASSED",
    assign_surgical_staff_B: "PASSED",
    prepare_operating_room_C: "PASSED",
    sterilize_instruments_D: "FAILED",
    equipment_safety_checks_E: "PASSED",
    perform_surgery_F: "SKIPPED",
  });
  assertStringIncludes(stdout, "  sterilize_instruments_D: Error: Intentional failure\n");
  assertMatch(stdout, /^ +at .*examples\/surgery\.ts:\d+:\d+$/m);
  assertStringIncludes(stdout, "  perform_surgery_F: sterilize_instruments_D failed\n");
  assertEquals(lastLine(stdout), "==== 4 passed, 1 failed, 1 skipped");
  assertEquals(code, 1);
});

Deno.test("surgery.ts assigns a different person to each step on four threads", async () => {
  const { stderr } = await tdrun(["examples/surgery.ts", "--scale=0", "--workers=4"]);
  const people = [...stderr.matchAll(/is done by (.*), in/g)].map(([, person]) => person);
  assertEquals(people.length, 5);
  assertEquals(new Set(people).size, 5);
});

Deno.test("surgery.ts runs its last step alone when the results before it are mocked", async () => {
  const { code, stdout, stderr } = await tdrun([
    "examples/surgery.ts::perform_surgery_F",
    "--scale=0",
    "--result-assign_surgical_staff_B=staff",
    "--result-sterilize_instruments_D=instruments",
  ]);
  assertEquals(statuses(stderr), { perform_surgery_F: "PASSED" });
  assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("layers.ts fails three of 35 tasks and skips three", async () => {
  const { code, stdout, stderr } = await tdrun(["examples/layers.ts", "--scale=0"]);
  const failing = Object.entries(statuses(stderr)).filter(([, status]) => status !== "PASSED");
  assertEquals(Object.fromEntries(failing), {
    test_01_05: "FAILED",
    test_02_03: "FAILED",
    test_04_02: "FAILED",
    test_05_01: "SKIPPED",
    test_05_02: "SKIPPED",
    test_06_01: "SKIPPED",
  });
  assertEquals(order(stderr).length, 35);
  assertStringIncludes(stdout, "  3 since test_04_02 failed: test_05_01, test_05_02, test_06_01\n");
  assertEquals(lastLine(stdout), "==== 29 passed, 3 failed, 3 skipped");
  assertEquals(code, 1);
});

Deno.test("layers.ts runs each task after its dependencies on four threads", async () => {
  const { stderr } = await tdrun(["examples/layers.ts", "--scale=0", "--workers=4"]);
  const place = new Map(order(stderr).map((name, index) => [name, index]));
  const before = (a: string, b: string) => assert(place.get(a)! < place.get(b)!, `${a}, then ${b}`);
  before("test_01_03", "test_02_02");
  before("test_02_02", "test_03_01");
  before("test_03_01", "test_04_02");
  before("test_04_02", "test_05_02");
  before("test_01_08", "test_02_08");
  before("test_02_08", "test_03_07");
  before("test_03_07", "test_04_05");
});

Deno.test("layers.ts runs dependents of failed tasks when --no-skip-deps is set", async () => {
  const { code, stdout } = await tdrun(["examples/layers.ts", "--scale=0", "--no-skip-deps"]);
  assertEquals(lastLine(stdout), "==== 32 passed, 3 failed, 0 skipped");
  assertEquals(code, 1);
});

for (const file of ["state.json", "state.yaml"]) {
  Deno.test(`state.ts reads ${file}, and the command line overrides it`, async () => {
    const args = ["examples/state.ts", "--state-file", `examples/${file}`];
    const { code, stderr } = await tdrun([...args, "--aws_region=eu-west-1", "--max_retries:=5"]);
    assertStringIncludes(stderr, "order-service: 4 of 4 deployed");
    for (const storage of ["s3", "ebs", "efs", "glacier"]) {
      assertStringIncludes(stderr, `] report: ${storage} in eu-west-1, 5 retries\n`);
    }
    assertEquals(code, 0);
  });
}

Deno.test("state.ts exits 2 and asks for --state-file when it is missing", async () => {
  const { code, stderr } = await tdrun(["examples/state.ts"]);
  assertStringIncludes(stderr, "Error: setupState failed: Error: this example wants --state-file");
  assertEquals(code, 2);
});

Deno.test("highlights.ts logs without colors when the output is a pipe", async () => {
  const { code, stderr } = await tdrun(["examples/highlights.ts", "--environment=production"]);
  assertStringIncludes(stderr, "] describe: Environment: production\n");
  assertStringIncludes(stderr, "] measure: the disk is 93% full\n");
  assertStringIncludes(stderr, "] warn: CRITICAL: the disk is nearly full\n");
  assertEquals(code, 0);
});

Deno.test("counter.ts loses no count on four threads", async () => {
  const { code, stdout, stderr } = await script("examples/counter.ts");
  assertStringIncludes(stdout, "check: true");
  assertStringIncludes(stdout, "total: 4000");
  assertStringIncludes(stdout, "rounds: { done: 4000 }");
  for (const name of ["north", "east", "south", "west"]) {
    assertStringIncludes(stdout, `"${name}" => 1000`);
    assertStringIncludes(stdout, `"${name} has counted to 1000"`);
  }
  assertEquals(lastLine(stdout), "==== 5 passed, 0 failed, 0 skipped");
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("decorators.ts runs static methods and counts the failure", async () => {
  const { code, stdout, stderr } = await script("examples/scheduler/decorators.ts");
  assertEquals(statuses(stderr), {
    test_a: "PASSED",
    test_b: "PASSED",
    test_c: "PASSED",
    test_d: "FAILED",
    test_e: "PASSED",
    test_f: "PASSED",
  });
  assertStringIncludes(stderr, "] test_f: test_f sees 3 others\n");
  assertMatch(stdout, /^Passed: 5 Failed: 1$/m);
  assertMatch(stdout, /seen: \[ "test_a", "test_[bc]", "test_[bc]" \]/);
  assertEquals(code, 0);
});

Deno.test("register.ts passes all 17 tasks of its table", async () => {
  const { code, stdout, stderr } = await script("examples/scheduler/register.ts");
  assertEquals(order(stderr).sort(), [
    ...["i01", "i02", "i03", "i04", "i05", "i06", "i07", "i08", "i09"],
    ...["i10", "i11", "i12", "i13", "i14", "i15", "i16", "i17"],
  ]);
  assertEquals(lastLine(stdout), "==== 17 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("callbacks.ts calls each callback for each task in the order of events", async () => {
  const { code, stdout, stderr } = await script("examples/scheduler/callbacks.ts");
  const lines = stdout.split("\n");
  assertEquals(lines[0], "Starting 9 tasks on 5 threads");
  for (const name of ["i01", "i02", "i04", "i05", "i06", "i09"]) {
    const started = lines.indexOf(`[start] ${name}`);
    const done = lines.findIndex((line) => line.startsWith(`[done ] ${name} `));
    assert(started > 0 && started < done, `${name}: ${started}, ${done}`);
  }
  for (const name of ["i12", "i13", "i16"]) {
    assertMatch(stdout, new RegExp(`^\\[done \\] ${name} skipped \\d$`, "m"));
  }
  const json = JSON.parse(stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1));
  assertEquals(json.failed, ["i06"]);
  assertEquals(json.failureCounts, { Error: 1, DependencyError: 3 });
  assertMatch(stdout, /^6 tasks ran$/m);
  assertEquals([code, stderr], [0, ""]);
});
