/** Adds the resources that a task uses to the task. */
import type { DeclaredResources, DependencyNames, UsedResource } from "./dependencies.ts";
import type { FoundTask } from "./task.ts";

/**
 * Adds the resources that a task declares: it depends on them, and reads their values.
 *
 * @param task The task, with its other dependencies; returned if it declares none.
 * @param names Resolves resources to names.
 * @throws {UsageError} when one is no resource of the module.
 */
export function withResources(
  task: FoundTask,
  declared: DeclaredResources,
  names: DependencyNames,
): FoundTask {
  if (declared.length === 0) return task;
  const { spec } = task;
  const uses = declared.map(([key, resource]): UsedResource => {
    return [key, names.resourceOf(resource, spec.name)];
  });
  const use = [...new Set(uses.map(([, name]) => name))];
  return { ...task, uses, spec: { ...spec, after: [...spec.after, ...use], use } };
}
