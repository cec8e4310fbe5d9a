/**
 * `resource` describes a pair of set-up and tear-down that follows the selection: it is set up if a
 * selected task uses it, and disposed of when no task can use it any more. Like `mark`, it
 * registers nothing: discover.ts finds resources among a module's exports.
 */
import { rejectGenerator } from "./reject_invalid_task.ts";
import {
  checkDependencies,
  type DeclaredDependencies,
  type DeclaredResources,
} from "./dependencies.ts";
import {
  checkPolicy,
  type PolicyOptions,
  RETRIES_MAX,
  type TaskPolicy,
  wholeNumber,
} from "./policy.ts";
import { type KnownOptions, validateOptions } from "./validate_options.ts";
import { realm } from "./realm.ts";
import type { State, TaskContext } from "./context.ts";
import type {
  AnyFunction,
  ContextOf,
  Dependencies,
  NoResources,
  Resource,
  Resources,
  ValueOf,
} from "./function_types.ts";

/**
 * Options of a resource. The type parameters are inferred from the options' values.
 *
 * @typeParam A The type of `after`.
 * @typeParam U The type of `use`.
 */
export interface ResourceOptions<
  A extends Dependencies = Dependencies,
  U extends Resources = Resources,
> extends Pick<PolicyOptions, "timeout" | "retries" | "mutex" | "permissions"> {
  /** The dependencies of the set-up, as those of a task. */
  readonly after?: A;
  /** Other resources that this one uses: it is set up after them, and disposed of before them. */
  readonly use?: U;
  /**
   * `"run"`, the default: one instance for the run, on a thread of its own, whose `value` is shared
   * like a result. `"thread"`: one in each thread that runs a user, set up before the first one;
   * its `value` may be anything, such as a connection.
   */
  readonly scope?: "run" | "thread";
  /**
   * Maximum number of times that the resource is set up again after it was lost while tasks could
   * use it; by default 0, from 0 to 1000. Users that are running fail, and later ones wait. The
   * lost instance is disposed of before.
   */
  readonly restart?: number;
  /** Tags: `--tags` takes them for tags of the tasks that use the resource. */
  readonly tags?: readonly string[] | string;
}

/** The scope of a resource. */
type ResourceScope = NonNullable<ResourceOptions["scope"]>;

const RESOURCE_OPTIONS: KnownOptions<ResourceOptions> = {
  after: true,
  use: true,
  scope: true,
  timeout: true,
  retries: true,
  mutex: true,
  permissions: true,
  restart: true,
  tags: true,
};

/** The description of a resource. */
export interface ResourceMark {
  readonly fn: AnyFunction;
  readonly after: DeclaredDependencies;
  readonly use: DeclaredResources;
  readonly tags: readonly string[];
  readonly policy: TaskPolicy | undefined;
  /** Maximum number of times that it is set up again after it was lost. */
  readonly restarts: number;
  readonly scope: ResourceScope;
  /** Sequence number among the marks of this thread. */
  readonly order: number;
}

/** The property that holds the description: a registered symbol, as for tasks. */
const RESOURCE: unique symbol = Symbol.for("thread-order.resource") as never;

/**
 * Describes a resource of the module: something that is set up before the tasks that use it, and
 * disposed of after them. Its name is the name it is exported under.
 *
 * `fn` returns the resource's `value` in an object, with `Symbol.asyncDispose` or `Symbol.dispose`
 * to dispose of it. The value is shared with the threads of the users, so it is plain data: a URL,
 * a path, a port.
 *
 * ```ts
 * import { mark, resource } from "@thread-order/cli";
 *
 * export const server = resource(() => {
 *   const running = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 *   return {
 *     value: { url: `http://localhost:${running.addr.port}` },
 *     [Symbol.asyncDispose]: () => running.shutdown(),
 *   };
 * });
 *
 * export const greets = mark({ use: { server } }, async (_state, task) => {
 *   const response = await fetch(task.use.server.url);
 *   return await response.text();
 * });
 * ```
 *
 * @returns The resource, for the option `use` of tasks and resources.
 * @throws {TypeError} when an option is unknown or of the wrong kind.
 * @throws {RangeError} when a number or a time is out of bounds.
 */
export function resource<S = State, R = unknown>(
  fn: (state: S, task: TaskContext<readonly [], NoResources>) => R,
): Resource<ValueOf<R>>;
/** Describes a resource, with options. */
export function resource<
  const A extends Dependencies = readonly [],
  U extends Resources = NoResources,
  S = State,
  R = unknown,
>(
  options: ResourceOptions<A, U>,
  fn: (state: S, task: ContextOf<A, never, U>) => R,
): Resource<ValueOf<R>>;
export function resource(first: ResourceOptions | AnyFunction, second?: unknown): Resource {
  const [options, fn] = typeof first === "function" ? [{}, first] : [first, second];
  return createResource(fn, options);
}

/** Validates a resource, and creates its object. */
export function createResource(
  fn: unknown,
  options: ResourceOptions,
  cannot = "Cannot create a resource",
): Resource {
  validateOptions(options, RESOURCE_OPTIONS, cannot);
  if (typeof fn !== "function") {
    throw new TypeError(`${cannot} with ${Deno.inspect(fn)}: expected a function that sets it up`);
  }
  rejectGenerator(fn, cannot);
  const scope = checkScope(options.scope, cannot);
  const { timeout, retries, mutex, permissions } = options;
  const metadata: ResourceMark = {
    fn: fn as AnyFunction,
    after: checkDependencies(options.after, cannot),
    use: checkUsedBy(scope, checkResources(options.use, cannot), cannot),
    tags: checkTags(options.tags, "tag a resource"),
    policy: checkPolicy({
      ...(timeout === undefined ? {} : { timeout }),
      ...(retries === undefined ? {} : { retries }),
      ...(mutex === undefined ? {} : { mutex }),
      ...(permissions === undefined ? {} : { permissions }),
    }),
    restarts: checkRestart(options.restart),
    scope,
    order: realm().markCount++,
  };
  const created = { [Symbol.toStringTag]: "Resource" as const };
  const resource = Object.freeze(Object.defineProperty(created, RESOURCE, { value: metadata }));
  realm().recordResource?.(resource);
  return resource;
}

function checkRestart(restart = 0): number {
  return wholeNumber("restart", restart, 0, RETRIES_MAX);
}

function checkScope(scope: unknown = "run", cannot: string): ResourceScope {
  if (scope === "run" || scope === "thread") return scope;
  throw new TypeError(
    `${cannot} of the scope ${Deno.inspect(scope)}: expected "run" or "thread"`,
  );
}

/** Rejects a resource of a thread among those that the resource of a run uses. */
function checkUsedBy(
  scope: ResourceScope,
  use: DeclaredResources,
  cannot: string,
): DeclaredResources {
  for (const [key, used] of scope === "run" ? use : []) {
    if (resourceMarkOf(used)!.scope === "run") continue;
    throw new TypeError(
      `${cannot} with use.${key}: it is a resource of the scope "thread", and has no instance on ` +
        'the thread of this one; give this one the scope "thread", too',
    );
  }
  return use;
}

/**
 * Validates the option `use`.
 *
 * @param cannot The start of the message: `Cannot mark a task`.
 * @throws {TypeError} when a value is no resource.
 */
export function checkResources(use: unknown, cannot: string): DeclaredResources {
  if (use === undefined) return [];
  const isObject = use !== null && typeof use === "object" && !Array.isArray(use);
  if (!isObject || resourceMarkOf(use) !== undefined) {
    throw new TypeError(
      `${cannot} with use: ${Deno.inspect(use)}: expected resources by key, such as { db }`,
    );
  }
  const items = Object.entries(use);
  for (const [key, value] of items) {
    if (resourceMarkOf(value) === undefined) {
      throw new TypeError(
        `${cannot} with use.${key}: ${Deno.inspect(value)}: expected a resource, the result of ` +
          "resource(fn)",
      );
    }
  }
  return items as [string, Resource][];
}

/**
 * Validates the option `tags`: returns each tag once.
 *
 * @param verb The verb and its object: `tag a task`.
 * @throws {TypeError} when it is neither a string nor an array of strings.
 */
export function checkTags(tags: unknown, verb: string): readonly string[] {
  if (tags === undefined) return [];
  const list = typeof tags === "string" ? tags.split(",") : tags;
  if (!Array.isArray(list) || list.some((tag) => typeof tag !== "string")) {
    throw new TypeError(`Cannot ${verb} ${Deno.inspect(tags)}: expected an array of strings`);
  }
  return [...new Set(list.map((tag: string) => tag.trim()).filter((tag) => tag !== ""))];
}

/** The description of a resource, or undefined if the value is none. */
export function resourceMarkOf(value: unknown): ResourceMark | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { [RESOURCE]?: ResourceMark })[RESOURCE];
}
