/** Random graphs, and a model of the outcomes of their runs. */
import fc from "fast-check";
import type { TaskSpec } from "../../src/task/task.ts";
import { task } from "./graphs.ts";

/** Tasks in any declaration order, and the names of those that fail when run. */
export interface RandomDag {
  readonly specs: readonly TaskSpec[];
  readonly failing: ReadonlySet<string>;
}

/** The outcome of each task in a run without a cancellation. */
export type ModelOutcomes = ReadonlyMap<string, "passed" | "failed" | "skipped">;

/** The model: runs tasks one by one, each after its dependencies. */
export function modelOutcomes(dag: RandomDag, skipDependents: boolean): ModelOutcomes {
  const ended = new Map<string, "passed" | "failed" | "skipped">();
  while (ended.size < dag.specs.length) {
    for (const { name, after } of dag.specs) {
      if (!after.every((other) => ended.has(other))) continue;
      const isFree = !skipDependents || after.every((other) => ended.get(other) === "passed");
      ended.set(name, !isFree ? "skipped" : dag.failing.has(name) ? "failed" : "passed");
    }
  }
  return ended;
}

/** 0 to `max` tasks with shuffled names; `after` may have duplicates. */
export function randomDag(max = 40): fc.Arbitrary<RandomDag> {
  const row = fc.record({
    after: fc.array(fc.nat(1_000_000), { maxLength: 4 }),
    fails: fc.nat(9).map((roll) => roll < 2),
    nameKey: fc.nat(1_000_000),
    placeKey: fc.nat(1_000_000),
  });
  return fc.array(row, { maxLength: max, size: "max" }).map((rows) => {
    const byName = rows.map((_, i) => i).sort((a, b) => rows[a]!.nameKey - rows[b]!.nameKey);
    const names = rows.map((_, i) => `n${String(byName.indexOf(i)).padStart(3, "0")}`);
    const specs = rows.map(({ after }, i) =>
      task(names[i]!, i === 0 ? [] : after.map((other) => names[other % i]!))
    );
    return {
      specs: specs.map((_, i) => i).sort((a, b) => rows[a]!.placeKey - rows[b]!.placeKey)
        .map((i) => specs[i]!),
      failing: new Set(names.filter((_, i) => rows[i]!.fails)),
    };
  });
}
