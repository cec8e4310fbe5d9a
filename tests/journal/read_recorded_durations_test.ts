import { assertEquals } from "@std/assert";
import { JOURNAL_VERSION } from "../../src/journal/journal_format.ts";
import { readRecordedDurations } from "../../src/journal/read_recorded_durations.ts";

/** Writes journals of a key, the oldest first, and reads the durations. */
async function durationsOf(...journals: readonly string[]): Promise<Record<string, number>> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/.tdrun`);
    for (const [index, text] of journals.entries()) {
      await Deno.writeTextFile(`${folder}/.tdrun/key.${index + 1}.ndjson`, text);
    }
    return Object.fromEntries(readRecordedDurations(folder, "key"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function journal(names: readonly string[], ...lines: readonly string[]): string {
  const head = JSON.stringify({ journal: JOURNAL_VERSION, names });
  return [head, ...lines].map((line) => `${line}\n`).join("");
}

Deno.test("readRecordedDurations() reads the last run, and the one before for other tasks", async () => {
  const durations = await durationsOf(
    journal(["a", "b"], '{"passed":0,"ms":10}', '{"failed":1,"ms":7,"error":"Error: no"}'),
    journal(["b", "a"], '{"passed":1,"result":1}', '{"started":0}', '{"passed":0,"ms":30.5}'),
  );
  assertEquals(durations, { a: 10, b: 30.5 });
});

Deno.test("readRecordedDurations() takes skipped tasks as 0 after a run without failures only", async () => {
  const skipped = journal(["a", "b"], '{"passed":0,"ms":10}', '{"skipped":1}');
  assertEquals(await durationsOf(skipped), { a: 10, b: 0 });
  const failed = journal(["a", "b"], '{"failed":0,"ms":10,"error":""}', '{"skipped":1}');
  assertEquals(await durationsOf(failed), { a: 10 });
});

Deno.test("readRecordedDurations() returns nothing for a missing, damaged or other journal", async () => {
  assertEquals(await durationsOf(), {});
  assertEquals(await durationsOf("no journal"), {});
  assertEquals(await durationsOf(journal(["a"], '{"passed":0,"ms":1}').replace(/:\d/, ":1")), {});
  assertEquals([...readRecordedDurations("/nowhere", "key")], []);
});
