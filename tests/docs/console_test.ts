/** The tests of the pages detect wrong pages. */
import { assert, assertEquals } from "@std/assert";
import { matchesOutput, stepsOf, withTimesOf } from "./console.ts";
import { parsePage } from "./markdown.ts";

const PRINTED = [
  "2026-11-24 04:09:22,944 collected 2 tasks",
  "2026-11-24 04:09:22,989 [thread_0] a ..... PASSED [ 50% ]",
  "2026-11-24 04:09:22,990 [thread_1] b ..... FAILED [100% ]",
  "",
  "==== 1 passed, 1 failed, 0 skipped in 0.05s ====",
];

/** The output of the same run at another time. */
const DOCUMENTED = [
  "2025-01-01 00:00:00,000 collected 2 tasks",
  "2025-01-01 00:00:00,100 [thread_0] b ..... FAILED [ 50% ]",
  "2025-01-01 00:00:00,200 [thread_0] a ..... PASSED [100% ]",
  "",
  "==== 1 passed, 1 failed, 0 skipped in 1.20s ====",
];

Deno.test("matchesOutput() ignores times, threads and the order of task lines", () => {
  assert(matchesOutput(DOCUMENTED, PRINTED, "/tmp/page"));
});

Deno.test("matchesOutput() accepts documented lines without timestamps", () => {
  const untimed = withTimesOf([], DOCUMENTED);
  assertEquals(untimed[0], "collected 2 tasks");
  assert(matchesOutput(untimed, PRINTED, "/tmp/page"));
  for (const [i, line] of untimed.entries()) {
    assert(!matchesOutput(untimed.with(i, `${line}!`), PRINTED, "/tmp/page"));
    assert(!matchesOutput(untimed.toSpliced(i, 1), PRINTED, "/tmp/page"));
  }
});

Deno.test("matchesOutput() ignores how long a set-up takes", () => {
  const lines = ["2026-11-24 04:09:22,944 [thread_0] db ..... SET UP", "ok"];
  assert(matchesOutput(lines, [`${lines[0]} 1.2s`, "ok"], "/tmp/page"));
  assert(!matchesOutput(lines, [lines[0]!.replace("SET UP", "TORN DOWN"), "ok"], "/tmp/page"));
});

Deno.test("matchesOutput() compares everything else", () => {
  const changes: [number, string][] = [
    [0, DOCUMENTED[0]!.replace("2 tasks", "3 tasks")],
    [1, DOCUMENTED[1]!.replace("FAILED", "PASSED")],
    [4, DOCUMENTED[4]!.replace("1 failed", "0 failed")],
  ];
  for (const [line, text] of changes) {
    assert(!matchesOutput(DOCUMENTED.with(line, text), PRINTED, "/tmp"));
  }
  assert(!matchesOutput(DOCUMENTED.slice(0, -1), PRINTED, "/tmp"), "a line is missing at the end");
  assert(
    !matchesOutput(DOCUMENTED.slice(1), PRINTED, "/tmp"),
    "a line is missing at the beginning",
  );
  assert(!matchesOutput([...DOCUMENTED, "more"], PRINTED, "/tmp"), "there is one too many");
});

Deno.test("matchesOutput() matches any lines by …", () => {
  const lines = ["a", "b", "c", "d"];
  for (const documented of [["…"], ["a", "…"], ["…", "d"], ["a", "…", "d"], ["a", "…", "c", "d"]]) {
    assert(matchesOutput(documented, lines, "/tmp"), documented.join());
  }
  for (
    const documented of [["…", "c"], ["b", "…"], ["a", "…", "x", "…", "d"], ["a", "…", "d", "d"]]
  ) {
    assert(!matchesOutput(documented, lines, "/tmp"), documented.join());
  }
});

Deno.test("stepsOf() parses commands with their output", () => {
  assertEquals(stepsOf("$ one \\\n  two\nout\n$ three\n"), [
    { command: "one \\\n  two", output: ["out"] },
    { command: "three", output: [] },
  ]);
});

Deno.test("parsePage() finds blocks, files, commands, reasons, anchors and links", () => {
  const page = parsePage(
    "page.md",
    [
      ...["# A title, `twice`", "# A title, `twice`", "[there](other.md#part) `tdrun x.ts`", ""],
      ...["<!-- $ tdrun a.ts -->", "", "```text", "out", "```", ""],
      ...['<picture><source srcset="a.png"><img alt="A" src="b.png"></picture>', ""],
      ...["- item", "", "  ```ts ignore: it never ends", "  // b.ts", "  for (;;);", "  ```", ""],
    ].join("\n"),
  );
  assertEquals(
    page.blocks.map((
      { language, ignored, source, file, text, line },
    ) => [language, ignored, source, file, text, line]),
    [
      ["text", undefined, "tdrun a.ts", undefined, "out\n", 7],
      ["ts", "it never ends", undefined, "b.ts", "// b.ts\nfor (;;);\n", 15],
    ],
  );
  assertEquals([...page.anchors], ["a-title-twice", "a-title-twice-1"]);
  assertEquals(page.links, [
    { target: "other.md#part", line: 3 },
    { target: "a.png", line: 11 },
    { target: "b.png", line: 11 },
  ]);
  assertEquals(page.snippets.at(-1), { target: "tdrun x.ts", line: 3 });
});
