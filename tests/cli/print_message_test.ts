/** Tests of the messages of the command. */
import { assertEquals } from "@std/assert";
import type { Terminal } from "../../src/report/live/region.ts";
import { printError, printNote } from "../../src/cli/system/print_message.ts";

function printed(isColored: boolean, columns?: number): string[] {
  const lines: string[] = [];
  const terminal: Terminal | undefined = columns === undefined
    ? undefined
    : { size: () => ({ columns, rows: 24 }), hasOut: true, write: () => {} };
  const system = { err: (line: string) => lines.push(line), isColored, terminal };
  printError(system, "Cannot load module: no such file");
  printNote(system, "shuffled");
  return lines;
}

Deno.test("printError() and printNote() print one plain line when there is no terminal", () => {
  assertEquals(printed(false), ["Error: Cannot load module: no such file", "Note: shuffled"]);
});

Deno.test("printError() and printNote() color the label alone when colors are supported", () => {
  assertEquals(printed(true), [
    "\x1b[1;31mError:\x1b[0m Cannot load module: no such file",
    "\x1b[1;34mNote:\x1b[0m shuffled",
  ]);
});

Deno.test("printError() wraps the message below its start when it is for a terminal", () => {
  assertEquals(printed(false, 32)[0]!.split("\n"), [
    "Error: Cannot load module: no",
    "       such file",
  ]);
});
