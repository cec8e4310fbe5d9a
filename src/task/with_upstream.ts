/** Adds what a task depends on to the task: its dependencies, and the resources that it uses. */
import {
  type DeclaredDependencies,
  type DeclaredResources,
  type DependencyNames,
  dependencyNames,
  resultShape,
  usedResources,
} from "./dependencies.ts";
import type { FoundTask, TaskSpec } from "./task.ts";

/** The options `after` and `use` of a task, validated. */
export interface DeclaredUpstream {
  readonly after: DeclaredDependencies;
  readonly use: DeclaredResources;
}

/**
 * Adds the dependencies and the resources that a task declares.
 *
 * @param plain The task without them.
 * @param names Resolves functions, globs and resources to names.
 * @throws {UsageError} when one of them cannot be resolved.
 */
export function withUpstream(
  plain: Omit<TaskSpec, "after" | "use">,
  code: Omit<FoundTask, "spec">,
  { after: declared, use }: DeclaredUpstream,
  names: DependencyNames,
): FoundTask {
  const after = dependencyNames(plain.name, declared, names);
  const results = () => resultShape(plain.name, declared, names);
  const found = declared.items.length === 0 ? code : { ...code, results };
  if (use.length === 0) return { ...found, spec: { ...plain, after } };
  const uses = usedResources(use, names);
  const used = [...new Set(uses.map(([, name]) => name))];
  return { ...found, uses, spec: { ...plain, after: [...after, ...used], use: used } };
}
