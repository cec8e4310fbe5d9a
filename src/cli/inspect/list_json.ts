/** `--list=json`: the tasks for programs, such as the test explorer of an editor. */
import { quoteName } from "../../base/name_syntax.ts";
import { escapeJson } from "../../base/text_format.ts";
import type { CachePolicy } from "../../task/cache_options.ts";
import type { MarkLocation } from "../../task/mark_locations.ts";
import type { TaskPolicy } from "../../task/policy.ts";
import type { FoundTask } from "../../task/task.ts";
import type { Target } from "../run/load_target.ts";

/** A task in the list. */
export interface ListedTask extends Partial<MarkLocation> {
  readonly name: string;
  /** The argument of `tdrun` that selects this task alone: `build.ts::check.chrome`. */
  readonly target: string;
  /** `"resource"` for a resource; absent for a task. */
  readonly kind?: "resource";
  /** The path of the task's module, if there are several. */
  readonly module?: string;
  readonly tags: readonly string[];
  /** Names of its dependencies, also of those that are not selected. */
  readonly after: readonly string[];
  /** Names of the resources that it uses; absent for none. */
  readonly use?: readonly string[];
  /** Name of the task that this is a case of; absent if it is none. */
  readonly caseOf?: string;
  /** The part of the name that is the case: `chrome`. */
  readonly case?: string;
  /** The declared inputs and outputs of a cached task; absent if the task is not cached. */
  readonly cache?: CachePolicy;
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
  /** The URL of the module; absent if there are several. */
  readonly url?: string;
  /** The modules, with the prefixes of their tasks' names; absent if there is one. */
  readonly modules?: readonly ListedModule[];
  /** The selected tasks, sorted by name. */
  readonly tasks: readonly ListedTask[];
}

/** A module in the list. */
export interface ListedModule {
  readonly path: string;
  /** `users::`. */
  readonly prefix: string;
}

/** Formats the selected tasks of a module as {@linkcode TaskList}. */
export function listJson({ request, url, graph, tasks, locations, modules }: Target): string {
  const { module } = request;
  const placeOf = (name: string) => {
    const { path, prefix } = modules.find((it) => name.startsWith(it.prefix)) ?? {};
    return {
      path: path ?? module,
      local: name.slice(prefix?.length ?? 0),
      isOne: path === undefined,
    };
  };
  const list: TaskList = {
    schema: 1,
    module,
    ...(modules.length === 0
      ? { url }
      : { modules: modules.map(({ path, prefix }) => ({ path, prefix })) }),
    tasks: graph.names.map((name) => listedTask(placeOf(name), tasks.get(name)!, locations)),
  };
  return escapeJson(JSON.stringify(list, null, 2));
}

/** The module of a task, and its name there. */
interface TaskPlace {
  readonly path: string;
  readonly local: string;
  /** Whether there is one module. */
  readonly isOne: boolean;
}

function listedTask(
  { path, local, isOne }: TaskPlace,
  { spec, case: taskCase }: FoundTask,
  locations: Target["locations"],
): ListedTask {
  const { name, kind, tags, after, use, caseOf, cache, policy: { tokens, ...policy } = {} } = spec;
  return {
    name,
    target: `${path}::${/^[\w.$-]+$/.test(local) ? local : quoteName(local)}`,
    ...(kind === "resource" && { kind }),
    ...(!isOne && { module: path }),
    ...locations?.get(caseOf ?? name),
    tags,
    after,
    ...(use !== undefined && { use }),
    ...(caseOf !== undefined && { caseOf }),
    ...(taskCase !== undefined && { case: taskCase.key }),
    ...(cache !== undefined && { cache }),
    policy: { ...policy, ...(tokens && { tokens: Object.fromEntries(tokens) }) },
  };
}
