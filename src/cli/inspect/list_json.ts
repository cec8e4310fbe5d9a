/** `--list=json`: the tasks for programs, such as the test explorer of an editor. */
import { quoteName } from "../../base/name_syntax.ts";
import { escapeJson } from "../../base/text_format.ts";
import type { MarkLocation } from "../../task/mark_locations.ts";
import type { TaskPolicy } from "../../task/policy.ts";
import type { FoundTask } from "../../task/task.ts";
import type { Target } from "../run/load_target.ts";

/** A task in the list. */
export interface ListedTask extends Partial<MarkLocation> {
  readonly name: string;
  /** The argument of `tdrun` that selects this task alone: `build.ts::check.chrome`. */
  readonly target: string;
  readonly tags: readonly string[];
  /** Names of its dependencies, also of those that are not selected. */
  readonly after: readonly string[];
  /** Name of the task that this is a case of; absent if it is none. */
  readonly caseOf?: string;
  /** The part of the name that is the case: `chrome`. */
  readonly case?: string;
  /** The options of the task's execution that are set. */
  readonly policy: Omit<TaskPolicy, "tokens"> & { readonly tokens?: Record<string, number> };
}

/**
 * The output of `--list=json`. Fields may be added; an incompatible change increments `schema`.
 */
export interface TaskList {
  readonly schema: 1;
  /** The module, as typed. */
  readonly module: string;
  /** The URL of the module. */
  readonly url: string;
  /** The selected tasks, sorted by name. */
  readonly tasks: readonly ListedTask[];
}

/** Formats the selected tasks of a module as {@linkcode TaskList}. */
export function listJson({ request, url, graph, tasks, locations }: Target): string {
  const { module } = request;
  const list: TaskList = {
    schema: 1,
    module,
    url,
    tasks: graph.names.map((name) => listedTask(module, tasks.get(name)!, locations)),
  };
  return escapeJson(JSON.stringify(list, null, 2));
}

function listedTask(
  module: string,
  { spec, case: taskCase }: FoundTask,
  locations: Target["locations"],
): ListedTask {
  const { name, tags, after, caseOf, policy: { tokens, ...policy } = {} } = spec;
  return {
    name,
    target: `${module}::${/^[\w.$-]+$/.test(name) ? name : quoteName(name)}`,
    ...locations?.get(caseOf ?? name),
    tags,
    after,
    ...(caseOf !== undefined && { caseOf }),
    ...(taskCase !== undefined && { case: taskCase.key }),
    policy: { ...policy, ...(tokens && { tokens: Object.fromEntries(tokens) }) },
  };
}
