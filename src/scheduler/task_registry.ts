/**
 * The tasks that a program registers with a scheduler, and their graph. A dependency may be
 * registered later, so functions and globs are resolved when the graph is built.
 */
import { isGlob, matchesGlob } from "../base/glob.ts";
import { quoteList } from "../base/text_format.ts";
import { Graph, GraphError } from "../graph/graph.ts";
import {
  checkDependencies,
  type DeclaredDependencies,
  type DeclaredResources,
  type DependencyNames,
  dependencyNames,
  resultShape,
} from "../task/dependencies.ts";
import { rejectGenerator } from "../task/reject_invalid_task.ts";
import { validateOptions } from "../task/validate_options.ts";
import {
  checkResources,
  createResource,
  resourceMarkOf,
  type ResourceOptions,
} from "../task/resource.ts";
import { resourceNodes, setUpSpec, tearDownName } from "../task/resource_nodes.ts";
import { withResources } from "../task/with_resources.ts";
import type { AnyFunction, Resource } from "../task/function_types.ts";
import { type FoundTask, type TaskFunction, taskSpec } from "../task/task.ts";
import { REGISTER_OPTIONS, type RegisterOptions } from "./scheduler_options.ts";

/** A function as it is registered. */
export interface RegisteredFunction {
  /** The function by which dependents refer to the task. */
  readonly fn: AnyFunction;
  /** The function to call, where it differs: a static method with its class as `this`. */
  readonly call?: AnyFunction;
}

/** The registered tasks of one scheduler. */
export class TaskRegistry {
  readonly #tasks = new Map<string, FoundTask>();
  /** The names under which each function is registered. */
  readonly #namesOf = new Map<AnyFunction, string | string[]>();
  readonly #resources = new Map<Resource, string>();
  /** The dependencies that contain functions or globs, by task name. */
  readonly #deferred = new Map<string, DeclaredDependencies>();
  readonly #names: DependencyNames = {
    nameOf: (fn, task) => this.#nameOf(fn, task),
    casesOf: () => undefined,
    has: (name) => this.#tasks.has(name),
    nameFor: (name) => name,
    matching: (glob, task) =>
      [...this.#tasks.values()].map(({ spec }) => spec)
        .filter(({ name, kind }) => name !== task && kind === undefined && matchesGlob(glob, name))
        .map(({ name }) => [name, name] as const),
    resourceOf: (resource, task) => this.#resourceOf(resource, task),
  };
  #graph: Graph | undefined;
  #isResolved = true;

  /**
   * Registers a function as a task.
   *
   * @throws {TypeError} when an argument has the wrong type.
   * @throws {RangeError} when a number or a duration is out of range.
   * @throws {GraphError} when the name is taken.
   */
  register({ fn, call = fn }: RegisteredFunction, name: string, options: RegisterOptions): void {
    validateOptions(options, REGISTER_OPTIONS, "Cannot register a task");
    const { withState = false } = options;
    if (typeof fn !== "function") {
      throw new TypeError(`Cannot register a ${typeof fn}: only a function can be a task`);
    }
    rejectGenerator(fn, "Cannot register a task");
    this.#rejectName(name, "task");
    const after = checkDependencies(options.after, `Cannot register "${name}"`);
    const use = checkResources(options.use, `Cannot register "${name}"`);
    this.#rejectTaken(name);
    const spec = taskSpec({ name, after: [], tags: [], withState }, options);
    this.#add({ spec, call: call as TaskFunction }, after, use);
    const before = this.#namesOf.get(fn);
    this.#namesOf.set(fn, before === undefined ? name : [before, name].flat());
  }

  /**
   * Registers a resource.
   *
   * @throws {TypeError}, {RangeError} and {GraphError} as {@linkcode register} does.
   */
  addResource(fn: AnyFunction, name: string, options: ResourceOptions): Resource {
    const resource = createResource(fn, options, "Cannot register a resource");
    this.#rejectName(name, "resource");
    this.#rejectTaken(name);
    this.#rejectTaken(tearDownName(name));
    const mark = resourceMarkOf(resource)!;
    const { after, use } = mark;
    const spec = setUpSpec({ name, after: [], withState: false }, mark);
    const [setUp, tearDown] = resourceNodes({ spec, call: fn as TaskFunction });
    this.#tasks.set(tearDown.spec.name, tearDown);
    this.#add(setUp, after, use);
    this.#resources.set(resource, name);
    return resource;
  }

  /** Adds a task with its dependencies, of which functions and globs are resolved later. */
  #add({ spec, ...code }: FoundTask, declared: DeclaredDependencies, use: DeclaredResources): void {
    const { name } = spec;
    const after = plainNames(declared);
    const results = declared.items.length === 0
      ? undefined
      : () => resultShape(name, declared, this.#names);
    const task = { ...code, spec: { ...spec, after: after ?? [] }, results };
    this.#tasks.set(name, withResources(task, use, this.#names));
    if (after === undefined) this.#deferred.set(name, declared);
    this.#isResolved = this.#deferred.size === 0;
    this.#graph = undefined;
  }

  #rejectName(name: unknown, what: string): void {
    if (typeof name === "string" && name !== "") return;
    throw new TypeError(
      `Cannot register a ${what} without a name: pass a string as the second argument`,
    );
  }

  #rejectTaken(name: string): void {
    if (!this.#tasks.has(name)) return;
    throw new GraphError(`Cannot order tasks: "${name}" is registered twice`);
  }

  /** The tasks by name. In a worker, dependencies that are not registered yet are left out. */
  get tasks(): ReadonlyMap<string, FoundTask> {
    try {
      this.#resolve();
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
    }
    return this.#tasks;
  }

  /**
   * The graph of the tasks registered so far.
   *
   * @throws {GraphError} when the dependencies are cyclic or name a missing task.
   */
  get graph(): Graph {
    this.#resolve();
    return this.#graph ??= Graph.from(
      [...this.#tasks.values()].map(({ spec }) => spec).filter(({ kind }) => kind !== "teardown"),
    );
  }

  /** Resolves functions and globs to names. */
  #resolve(): void {
    if (this.#isResolved) return;
    for (const [name, declared] of this.#deferred) {
      const { spec, ...code } = this.#tasks.get(name)!;
      const after = [...dependencyNames(name, declared, this.#names), ...spec.use ?? []];
      this.#tasks.set(name, { ...code, spec: { ...spec, after } });
    }
    this.#isResolved = true;
  }

  #resourceOf(resource: Resource, task: string): string {
    const name = this.#resources.get(resource);
    if (name !== undefined) return name;
    throw new GraphError(
      `Cannot order tasks: "${task}" uses a resource of another scheduler; register it by ` +
        "`resource` of this one",
    );
  }

  #nameOf(fn: AnyFunction, task: string): string {
    const names = this.#namesOf.get(fn);
    if (typeof names === "string") return names;
    const why = names === undefined
      ? "is not registered"
      : `is registered as ${quoteList(names)}: use a name`;
    throw new GraphError(
      `Cannot order tasks: "${task}" depends on the function ${
        fn.name || "without a name"
      }, which ${why}`,
    );
  }
}

/** The names of dependencies, each once; undefined if some are functions or globs. */
function plainNames({ items }: DeclaredDependencies): string[] | undefined {
  const names = new Set<string>();
  for (const item of items) {
    if (typeof item !== "string" || isGlob(item)) return undefined;
    names.add(item);
  }
  return [...names];
}
