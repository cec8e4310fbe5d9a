/** Checks that a run has the tokens which its tasks take. */
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import type { TaskSpec } from "../task/task.ts";
import type { RunPolicy } from "./run_policy.ts";

/**
 * Checks that each task can get its tokens, which it would wait for without end otherwise.
 *
 * @param specs All tasks, including those that were not selected.
 * @throws {UsageError} when a task takes more tokens than there are, or no task takes a token.
 */
export function checkTokenNeeds(
  specs: Iterable<TaskSpec>,
  { tokens: given }: Pick<RunPolicy, "tokens">,
): void {
  if (given === undefined) return;
  const known = new Set<string>();
  for (const { name: task, policy } of specs) {
    for (const [name, needed] of policy?.tokens ?? []) {
      known.add(name);
      const count = given.get(name);
      if (count === undefined || needed <= count) continue;
      throw new UsageError(
        `Cannot run "${task}": it takes ${needed} tokens "${name}", and the run has ${count}`,
      );
    }
  }
  for (const name of given.keys()) {
    if (known.has(name)) continue;
    throw new UsageError(
      `Cannot use the tokens "${name}": no task takes them${didYouMean(name, [...known])}`,
    );
  }
}
