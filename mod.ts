/**
 * A task runner for Deno: declare dependencies between TypeScript functions, and run the graph in
 * parallel on Web Workers, with shared, live state.
 *
 * Mark exported functions with {@linkcode mark}, and run the module with `tdrun tasks.ts` or
 * `deno run -A jsr:@thread-order/cli tasks.ts`:
 *
 * ```ts
 * // tasks.ts
 * import { mark } from "@thread-order/cli";
 *
 * export const load = mark((state) => {
 *   state.items = ["a", "b"];
 *   return state.items.length;
 * });
 *
 * export const double = mark({ after: { load } }, (_state, task) => task.results.load * 2);
 * ```
 *
 * Or register functions with a {@linkcode Scheduler}, in a program:
 *
 * ```ts
 * // program.ts
 * import { Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler({ workers: 2, skipDependents: true });
 * const load = s.register(() => 10, "load");
 * s.register((task) => task.results.load * 2, "double", { after: { load } });
 *
 * if (import.meta.main) {
 *   const { ok } = await s.start();
 *   console.log(ok, s.state.results.double); // true 20
 * }
 * ```
 *
 * Each worker imports the module again, since functions cannot be sent to a thread. So define tasks
 * at the top level, and put code that may run only once into a hook ({@linkcode ModuleHooks}) or
 * behind `import.meta.main`.
 *
 * @module
 */
import { partUrl } from "./src/runtime/package.ts";

export { dmark, mark, markAll } from "./src/task/mark.ts";
export type { MarkOptions } from "./src/task/mark.ts";
export { resource } from "./src/task/resource.ts";
export type { ResourceOptions } from "./src/task/resource.ts";
export type {
  AnyFunction,
  CaseNameOf,
  CaseOf,
  CaseResultsOf,
  Cases,
  ContextOf,
  Dependencies,
  Dependency,
  FunctionOf,
  Marked,
  Marker,
  MissingResult,
  NamedResultOf,
  NoResources,
  Resource,
  Resources,
  ResultOf,
  Results,
  ResultsOf,
  StaticMethodContext,
  Task,
  ValueOf,
  ValuesOf,
} from "./src/task/function_types.ts";
export { logger } from "./src/task/logger.ts";
export type {
  Logger,
  LogLevel,
  SkipOptions,
  State,
  StateLock,
  StateLockGuard,
  StateMembers,
  TaskContext,
} from "./src/task/context.ts";
export type { HookName, ModuleHooks } from "./src/task/hooks.ts";
export type { ResourceNodeKind, TaskId, TaskSpec } from "./src/task/task.ts";
export type {
  PolicyOptions,
  RetryOptions,
  RetryPolicy,
  TaskPolicy,
  When,
} from "./src/task/policy.ts";
export type { CacheOptions, CachePolicy } from "./src/task/cache_options.ts";
export type { TaskPermissions } from "./src/task/task_permissions.ts";
export type { Engine } from "./src/pool/engine.ts";
export type { Isolation } from "./src/pool/isolation.ts";
export type { Duration } from "./src/base/duration.ts";
export type { FailFastMode, RunPolicyOptions, TaskOrder } from "./src/run/run_policy.ts";
export { Scheduler } from "./src/scheduler/scheduler.ts";
export type {
  RegisterOptions,
  SchedulerMode,
  SchedulerOptions,
} from "./src/scheduler/scheduler_options.ts";
export type { CallbackArguments, SchedulerMeta } from "./src/scheduler/callbacks.ts";
export {
  snapshot,
  StateCloneError,
  StateFullError,
  StateLockError,
  ThreadFencedError,
} from "./src/state/shared_state.ts";
export { Graph, GraphError } from "./src/graph/graph.ts";
export type { Adjacency } from "./src/graph/adjacency.ts";
export { formatGraph } from "./src/graph/format_graph.ts";
export type { GraphFormat } from "./src/graph/graph_format.ts";
export type { GraphFormatOptions } from "./src/graph/format_graph.ts";
export { UsageError } from "./src/base/errors.ts";
export type { ErrorRecord } from "./src/base/error_record.ts";
export type { Failure, Summary } from "./src/events/summary.ts";
export type { Counts, RunView, StrayRecord } from "./src/events/run_view.ts";
export type { Reporter } from "./src/events/reporter.ts";
export type {
  CacheNote,
  CancelReason,
  EventStamp,
  OutputChannel,
  RunCancelled,
  RunEvent,
  RunFact,
  RunFinished,
  RunShard,
  RunStarted,
  StrayError,
  TaskFinished,
  TaskInfo,
  TaskOutcome,
  TaskOutput,
  TaskQueued,
  TaskRetried,
  TaskStarted,
  TaskStatus,
  WorkerLost,
} from "./src/events/run_event.ts";

// `deno run jsr:@thread-order/cli module.ts` runs this file. Not awaited: the user's module imports
// this file, and would wait for the command. By URL: Deno loads the target of a literal import in
// every thread that imports this file, which would load the whole command in each worker.
const cli = partUrl("cli").href;
if (import.meta.main) import(cli).then(({ run }: { run: () => unknown }) => run());
