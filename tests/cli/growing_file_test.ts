/** The lines of a file that grows, for as long as nothing is written to it. */
import { assertEquals } from "@std/assert";
import { linesOf } from "../../src/cli/ui/growing_file.ts";
import { bounded } from "../support/bounded.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("linesOf: however often it looks, it keeps nothing of that", async () => {
  await using space = await TestSpace.create();
  await space.file("events.ndjson", "");
  const path = `${space.folder}/events.ndjson`;
  const over = Promise.withResolvers<void>();
  const isOver = over.promise;
  // What waits for a promise is kept until that is settled: for a run that goes on for days, each look of it.
  let kept = 0;
  const then = isOver.then.bind(isOver);
  isOver.then = ((...args: Parameters<typeof then>) => {
    kept++;
    return then(...args);
  }) as typeof isOver.then;
  const { prototype } = Deno.FsFile;
  const { read } = prototype;
  const looked = Promise.withResolvers<void>();
  let looks = 0;
  prototype.read = function (bytes) {
    if (++looks === 5) looked.resolve();
    return read.call(this, bytes);
  };
  try {
    const lines = linesOf(path, { isOver, onRead: () => {} });
    const first = lines.next();
    await bounded(looked.promise, "five looks");
    assertEquals(kept, 1);
    await Deno.writeTextFile(path, "one\n");
    assertEquals((await first).value, "one");
    const end = lines.next();
    over.resolve();
    assertEquals((await bounded(end, "the end")).done, true);
  } finally {
    prototype.read = read;
  }
});
