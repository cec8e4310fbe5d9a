/** Tests of each row of the README's table of the state. */
import { assert, assertEquals } from "@std/assert";
import { READS } from "./table_reads.ts";
import { VALUES } from "./table_values.ts";
import { WRITES } from "./table_writes.ts";

const ROWS = { ...WRITES, ...VALUES, ...READS };

for (const [row, check] of Object.entries(ROWS)) {
  Deno.test(`SharedState behaves as in the README row ${row}`, async () => void await check());
}

/** The first cells of the tables in the section "State" of the README. */
function rowsOfReadme(): string[] {
  const text = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const section = text.split(/^## /m).find((part) => part.startsWith("State\n"));
  assert(section, "the README has a section about the state");
  const table = section.split("\n").filter((line) => line.startsWith("| "));
  const begin = table.findIndex((line) => line.includes("what you do"));
  const end = table.findIndex((line, index) => index > begin + 1 && line.includes("---"));
  const rows = table.slice(begin + 2, end < 0 ? undefined : end - 1);
  return rows.map((line) => line.split(" | ")[0]!.slice(2).trim());
}

Deno.test("README.md has exactly the rows of the state table that are tested", () => {
  assertEquals(rowsOfReadme().toSorted(), Object.keys(ROWS).toSorted());
});
