/** `--dry-run`: describes which tasks would run, in which order, and which in parallel. */
import { abbreviateList, onOneLine, plural, quoteList } from "../../base/text_format.ts";
import type { Graph } from "../../graph/graph.ts";
import { isTask, withoutResources, withTearDowns } from "../../graph/resources.ts";
import { graphMetrics } from "../../graph/graph_metrics.ts";
import { Plan, TaskState } from "../../plan/plan.ts";
import { effectivePolicies, planResources, ranksOfRun } from "../../run/plan_options.ts";
import { defaultWorkers } from "../../runtime/worker_limits.ts";
import type { Style } from "../../report/style.ts";
import { alignRemarks } from "./align_remarks.ts";
import type { Request } from "../args/request.ts";

/** Describes the run that a request would start. */
export function dryRun(request: Request, selected: Graph, style: Style): string {
  const graph = withTearDowns(selected);
  const tasks = withoutResources(selected);
  const { levels, longestChains: [chain = []] } = graphMetrics(graph);
  const order = executionOrder(request, graph);
  const name = (id: number) => onOneLine(graph.names[id]!);
  const names = (ids: Iterable<number>) => Array.from(ids, name);
  return [
    headline(request, tasks.size, order.filter((id) => isTask(graph.tasks[id]!)).length),
    ...resourceLine(selected),
    ...idleTasks(graph, order, names),
    "",
    style.bold("Order on one thread:"),
    ...rows(order, (id, step) => [step + 1, name(id), dependencyRemark(names, graph, id)], style),
    "",
    style.bold("Levels, each of which may run in parallel:"),
    ...rows(levels, (ids, level) => [level, names(ids).join(", "), ""], style),
    "",
    style.bold(`Longest chain, ${chain.length} of ${size(graph)}:`),
    `  ${names(chain).join(" -> ")}`,
  ].join("\n");
}

/** The number of nodes in the figures below: `8 tasks`, or `8 tasks, set-ups and tear-downs`. */
function size(graph: Graph): string {
  return graph.tasks.every(isTask)
    ? plural(graph.size, "task")
    : `${graph.size} tasks, set-ups and tear-downs`;
}

function resourceLine({ tasks }: Graph): string[] {
  const names = tasks.filter((it) => !isTask(it)).map(({ name }) => name);
  return names.length === 0 ? [] : [`Resources, each on a thread of its own: ${quoteList(names)}`];
}

function headline({ workers, mocks }: Request, size: number, running: number): string {
  const threads = workers ?? defaultWorkers(size);
  const where = threads === 0 ? "the main thread" : plural(threads, "thread");
  const mocked = mocks.size === 0
    ? ""
    : `, ${mocks.size} mocked (${[...mocks.keys()].map(onOneLine).join(", ")})`;
  return `Would run ${plural(running, "task")} on ${where}${mocked}`;
}

/** Simulates a run on a plan with one lane, in which every task passes. */
function executionOrder({ skipDependents, policy }: Request, graph: Graph): number[] {
  const owner = 1;
  const lane = 0;
  const policies = effectivePolicies(graph, policy);
  const plan = Plan.create(graph, {
    lanes: 1,
    skipDependents,
    policies,
    ranks: ranksOfRun(graph, policies, policy),
    resources: planResources(graph, undefined),
  }, owner);
  plan.open(lane);
  const order: number[] = [];
  let task = plan.take(lane, 0);
  while (task !== -1) {
    order.push(task);
    task = plan.settleAndTake(lane, task, TaskState.PASSED, 0, 0);
  }
  return order;
}

/** Lists the tasks that run only after a failure, of which the simulation has none. */
function idleTasks(
  graph: Graph,
  order: readonly number[],
  names: (ids: number[]) => string[],
): string[] {
  if (order.length === graph.size) return [];
  const isTaken = new Uint8Array(graph.size);
  for (const id of order) isTaken[id] = 1;
  const untaken = Array.from(isTaken.keys()).filter((id) => !isTaken[id]);
  return [`Only after a failure: ${quoteList(names(untaken))}`];
}

/** Maximum number of dependencies named in a line; the others are counted. */
const NAMED_MAX = 4;

function dependencyRemark(
  names: (ids: Iterable<number>) => string[],
  graph: Graph,
  id: number,
): string {
  const dependencies = graph.dependenciesOf(id);
  if (dependencies.length === 0) return "";
  return `after ${abbreviateList(names(dependencies), NAMED_MAX)}`;
}

type Row = readonly [number: number, text: string, remark: string];

/** Formats rows in columns: right-aligned numbers, texts, remarks. */
function rows<T>(items: readonly T[], toRow: (item: T, i: number) => Row, style: Style): string[] {
  const all = items.map(toRow);
  const digits = String(items.length).length;
  const texts = all.map(([, text]) => text);
  return alignRemarks(texts, (i) => all[i]![2], style)
    .map((line, i) => `  ${String(all[i]![0]).padStart(digits)}  ${line}`);
}
