/** Following a file: nothing accumulates while it waits, and failed reads are retried. */
import { assertEquals } from "@std/assert";
import { tailLines } from "../../src/cli/ui/tail_lines.ts";
import { bounded } from "../support/bounded.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("tailLines() subscribes to the writer's exit once when it reads many times", async () => {
  await using space = await TestSpace.create();
  await space.file("events.ndjson", "");
  const path = `${space.folder}/events.ndjson`;
  const over = Promise.withResolvers<void>();
  const exited = over.promise;
  // A pending promise keeps its subscribers: in a run of days, one for each read would pile up.
  let subscriptions = 0;
  const then = exited.then.bind(exited);
  exited.then = ((...args: Parameters<typeof then>) => {
    subscriptions++;
    return then(...args);
  }) as typeof exited.then;
  const { prototype } = Deno.FsFile;
  const { read } = prototype;
  const fiveReads = Promise.withResolvers<void>();
  let reads = 0;
  prototype.read = function (bytes) {
    if (++reads === 5) fiveReads.resolve();
    return read.call(this, bytes);
  };
  try {
    const lines = tailLines(path, { exited, onEnd: () => {} });
    const first = lines.next();
    await bounded(fiveReads.promise, "five reads");
    assertEquals(subscriptions, 1);
    await Deno.writeTextFile(path, "one\n");
    assertEquals((await first).value, "one");
    const end = lines.next();
    over.resolve();
    assertEquals((await bounded(end, "the end")).done, true);
  } finally {
    prototype.read = read;
  }
});

Deno.test("tailLines() yields every line when opening and reading fail at first", async () => {
  await using space = await TestSpace.create();
  await space.file("events.ndjson", "one\ntwo\n");
  const { open } = Deno;
  const { prototype } = Deno.FsFile;
  const { read } = prototype;
  let failures = 0;
  const failing = <T>(call: () => Promise<T>): Promise<T> => {
    return failures++ % 2 === 0 ? Promise.reject(new Error("too many open files")) : call();
  };
  Deno.open = (...args) => failing(() => open(...args));
  prototype.read = function (bytes) {
    return failing(() => read.call(this, bytes));
  };
  try {
    const over = Promise.withResolvers<void>();
    const path = `${space.folder}/events.ndjson`;
    const lines = tailLines(path, { exited: over.promise, onEnd: () => {} });
    assertEquals((await bounded(lines.next(), "the first line")).value, "one");
    assertEquals((await bounded(lines.next(), "the second line")).value, "two");
    await lines.return(undefined);
  } finally {
    Deno.open = open;
    prototype.read = read;
  }
});
