/** Tests of each row of the tables in docs/state.md. */
import { assert, assertEquals } from "@std/assert";
import { READS } from "./table_reads.ts";
import { VALUES } from "./table_values.ts";
import { WRITES } from "./table_writes.ts";

const ROWS = { ...WRITES, ...VALUES, ...READS };

for (const [row, check] of Object.entries(ROWS)) {
  Deno.test(`SharedState behaves as in the row of docs/state.md ${row}`, async () =>
    void await check());
}

/** The first cells of the tables in the section "Operations and values" of docs/state.md. */
function documentedRows(): string[] {
  const text = Deno.readTextFileSync(new URL("../../docs/state.md", import.meta.url));
  const section = text.split(/^## /m).find((part) => part.startsWith("Operations and values\n"));
  assert(section, "docs/state.md has the section");
  const tables = section.split(/\n\n/).filter((part) => part.startsWith("| "));
  return tables.flatMap((table) =>
    table.trimEnd().split("\n").slice(2).map((line) => line.split(" | ")[0]!.slice(2).trim())
  );
}

Deno.test("docs/state.md has exactly the rows that are tested", () => {
  assertEquals(documentedRows().toSorted(), Object.keys(ROWS).toSorted());
});
