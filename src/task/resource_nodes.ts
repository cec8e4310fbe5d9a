/**
 * The two nodes of a resource in a graph: its set-up and its tear-down. Both are called on the same
 * thread and share one instance there, so that what `fn` returns never leaves its thread; only the
 * value does, as the result of the set-up.
 *
 *     none --(fn returns)--> made --(dispose, or the set-up does not pass)--> none
 *
 * The instance of a resource that outlives its run, in a watch, is disposed of later, by `discard`.
 *
 * When a lost resource is set up again, the set-up first disposes of what the lost instance left.
 *
 * Race prevented: `fn` returns after its attempt was aborted, and nothing would dispose of its
 * result. So an instance that is made too late is disposed of by its own set-up, and a set-up that
 * cannot share its value is discarded by the loop that called it.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { isThenable } from "../base/is_instance.ts";
import { errorText, onOneLine } from "../base/text_format.ts";
import type { ResourceMark } from "./resource.ts";
import type { FoundTask, TaskFunction, TaskSpec } from "./task.ts";
import type { TaskContext } from "./context.ts";

/** The name of the tear-down of a resource. */
export function tearDownName(resource: string): string {
  return `${resource} (teardown)`;
}

/** The name of the set-up of a resource on one thread. */
export function threadNodeName(resource: string, lane: number): string {
  return `${resource} [thread_${lane}]`;
}

/** The name under which the code of a node is found: that of the resource, without a thread. */
export function codeName(node: string): string {
  return node.replace(/ \[thread_\d+\]( \(teardown\))?$/, "$1");
}

/** The set-up of a resource, as plain data. */
export function setUpSpec(
  spec: Pick<TaskSpec, "name" | "after" | "withState">,
  { tags, policy, restarts, scope }: Pick<ResourceMark, "tags" | "policy" | "restarts" | "scope">,
): TaskSpec {
  return {
    ...spec,
    kind: "resource",
    tags,
    ...(policy === undefined ? {} : { policy }),
    ...(restarts === 0 ? {} : { restarts }),
    ...(scope === "thread" ? { scope } : {}),
  };
}

/** The tear-down of a set-up, as plain data; its dependencies follow from the selection. */
export function tearDownSpec({ name, lane, policy = {} }: TaskSpec): TaskSpec {
  const { retries: _retries, ...limits } = policy;
  return {
    name: tearDownName(name),
    kind: "teardown",
    ...(lane === undefined ? {} : { lane }),
    after: [],
    tags: [],
    withState: false,
    policy: { ...limits, when: "always" },
  };
}

/**
 * Creates the nodes of a resource.
 *
 * @param setUp The set-up, whose `call` returns what the function of the resource returns.
 * @returns The set-up and the tear-down, for one thread.
 */
export function resourceNodes(setUp: FoundTask): [setUp: FoundTask, tearDown: FoundTask] {
  const instance = new ResourceInstance(setUp.call);
  return [
    {
      ...setUp,
      call: (...args) => instance.setUp(args),
      discard: () => instance.dispose(),
    },
    {
      spec: tearDownSpec(setUp.spec),
      call: (...args) => instance.tearDown(args.at(-1) as ResourceContext),
    },
  ];
}

/** The context of a set-up or a tear-down, as the thread's loop creates it. */
export interface ResourceContext extends TaskContext {
  /** Reports that what the set-up made is gone, while tasks may use it. */
  reportLost(error: ErrorRecord): void;
  /** Decides, in a tear-down, whether what was made outlives the run. */
  keep(): boolean;
}

/** The instance of a resource on this thread. */
class ResourceInstance {
  readonly #call: TaskFunction;
  #dispose: (() => unknown) | undefined;
  /** The attempt that made what there is; undefined if there is nothing. */
  #attempt: number | undefined;
  #wasSetUp = false;
  #isLost = false;

  constructor(call: TaskFunction) {
    this.#call = call;
  }

  /** Sets the resource up. Resolves with its value. */
  async setUp(args: Parameters<TaskFunction>): Promise<unknown> {
    const context = args.at(-1) as ResourceContext;
    const { signal } = context;
    this.#wasSetUp = true;
    this.#isLost = false;
    await this.dispose();
    const call = this.#call; // without a `this`, which stacks would show
    const made = await call(...args);
    this.#attempt = context.attempt;
    this.#dispose = disposerOf(made);
    if (!signal.aborted) {
      this.#watch(made, context);
      return valueOf(made);
    }
    await this.dispose();
    throw signal.reason;
  }

  /** Disposes of what was made, if it was made on this thread and does not outlive the run. */
  async tearDown(context: ResourceContext): Promise<void> {
    if (!this.#wasSetUp) {
      throw new Error("the resource was not disposed of: its thread was lost");
    }
    if (this.#isLost || !context.keep()) await this.dispose();
  }

  /** Disposes of what was made, once. */
  async dispose(): Promise<void> {
    this.#attempt = undefined;
    const dispose = this.#dispose;
    this.#dispose = undefined;
    await dispose?.();
  }

  /** Reports the loss of the resource when its promise `lost` settles before it is disposed of. */
  async #watch(made: unknown, context: ResourceContext): Promise<void> {
    if (!isObject(made) || !isThenable(made.lost)) return;
    let message: string;
    try {
      message = endText(await made.lost);
    } catch (error) {
      message = errorText(error);
    }
    if (this.#attempt !== context.attempt) return;
    this.#isLost = true;
    context.reportLost({ type: "Error", message });
  }
}

/** Describes the end of a resource; that of a child process has an exit code. */
function endText(ended: unknown): string {
  if (ended === undefined) return "it ended";
  if (isObject(ended) && "code" in ended) return `it exited with code ${ended.code}`;
  return `it ended: ${onOneLine(Deno.inspect(ended))}`;
}

/** An object that the function of a resource returns. */
interface Made {
  readonly [Symbol.asyncDispose]?: unknown;
  readonly [Symbol.dispose]?: unknown;
  readonly value?: unknown;
  readonly lost?: unknown;
}

function disposerOf(made: unknown): (() => unknown) | undefined {
  if (!isObject(made)) return undefined;
  const dispose = made[Symbol.asyncDispose] ?? made[Symbol.dispose];
  return typeof dispose === "function" ? () => dispose.call(made) : undefined;
}

function valueOf(made: unknown): unknown {
  if (!isObject(made)) return made;
  if ("value" in made) return made.value;
  return disposerOf(made) === undefined ? made : undefined;
}

function isObject(made: unknown): made is Made {
  return made !== null && (typeof made === "object" || typeof made === "function");
}
