/** docs/images/terminal.svg: the terminal during the recorded run of tools/pictures. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { terminalPicture } from "../../tools/pictures/terminal_picture.ts";
import { drawTerminal } from "../../tools/pictures/terminal_svg.ts";

const FILE = new URL("../../docs/images/terminal.svg", import.meta.url);
const OPTIONS = { title: "a title", caption: "a caption", columns: 20 };

Deno.test("docs/images/terminal.svg is current: else run `deno task pictures`", () => {
  const picture = terminalPicture();
  assert(picture === Deno.readTextFileSync(FILE), "run `deno task pictures`, and read the diff");
  assert(picture.length < 60_000, `the picture has ${picture.length} characters`);
});

Deno.test("terminalPicture() shows the summary when nothing is animated", () => {
  const shown = terminalPicture().split("\n").filter((line) =>
    line.startsWith("<g") && !line.includes(' visibility="hidden"')
  );
  const text = shown.join("\n").replaceAll(/<[^>]*>/g, "");
  assertStringIncludes(text, "tdrun nightly.ts --workers=3");
  assertStringIncludes(text, "==== 7 passed (1 flaky), 1 failed, 1 skipped in 5");
  assert(!text.includes("running: "), "the status line is gone");
});

Deno.test("drawTerminal() draws a row once while it does not change", () => {
  const frames = [
    { fromMs: 0, rows: ["a", "<1>"] },
    { fromMs: 1000, rows: ["a", "2"] },
    { fromMs: 2000, rows: ["a", "2", "\x1b[1m\x1b[31mc\x1b[39m\x1b[22md"] },
  ];
  const groups = drawTerminal(frames, OPTIONS).split("\n").filter((line) => line.startsWith("<g"));
  assertEquals(groups.map((group) => group.replaceAll(/ [xy]="\d+"| xml:space="preserve"/g, "")), [
    '<g class="f0"><text>a</text></g>',
    '<g class="f1" visibility="hidden"><text>&lt;1></text></g>',
    '<g class="f2"><text>2</text></g>',
    '<g class="f3"><text><tspan font-weight="700" fill="#ff7b72">c</tspan>d</text></g>',
  ]);
});

Deno.test("drawTerminal() throws when an escape code is unknown", () => {
  const frames = [{ fromMs: 0, rows: ["\x1b[35mmagenta\x1b[39m"] }];
  assertThrows(() => drawTerminal(frames, OPTIONS), Error, "Cannot draw the escape code 35");
});
