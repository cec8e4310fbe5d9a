/** `--dry-run`: what would run, in which order, and how much of it at once. */
import { abbreviateList, onOneLine, plural, quoteList } from "../../base/text_format.ts";
import type { Graph } from "../../graph/graph.ts";
import { graphMetrics } from "../../graph/graph_metrics.ts";
import { Plan, TaskState } from "../../plan/plan.ts";
import { effectivePolicies, ranksOfRun } from "../../run/plan_options.ts";
import { defaultWorkers } from "../../runtime/worker_limits.ts";
import type { Style } from "../../report/style.ts";
import { alignRemarks } from "./align_remarks.ts";
import type { Request } from "../args/request.ts";

/** Describes a run that does not take place. */
export function dryRun(request: Request, graph: Graph, style: Style): string {
  const { levels, longestChains: [chain = []] } = graphMetrics(graph);
  const order = orderOf(request, graph);
  const name = (id: number) => onOneLine(graph.names[id]!);
  const names = (ids: Iterable<number>) => Array.from(ids, name);
  return [
    headline(request, graph.size, order.length),
    ...idle(graph, order, names),
    "",
    style.bold("Order on one thread:"),
    ...rows(order, (id, step) => [step + 1, name(id), after(names, graph, id)], style),
    "",
    style.bold("Levels, each of which may run at once:"),
    ...rows(levels, (ids, level) => [level, names(ids).join(", "), ""], style),
    "",
    style.bold(`Longest chain, ${chain.length} of ${plural(graph.size, "task")}:`),
    `  ${names(chain).join(" -> ")}`,
  ].join("\n");
}

function headline({ workers, mocks }: Request, size: number, running: number): string {
  const threads = workers ?? defaultWorkers(size);
  const where = threads === 0 ? "the main thread" : plural(threads, "thread");
  const mocked = mocks.size === 0
    ? ""
    : `, ${mocks.size} mocked (${[...mocks.keys()].map(onOneLine).join(", ")})`;
  return `Would run ${plural(running, "task")} on ${where}${mocked}`;
}

/** The plan itself is asked: one lane takes every task, and each passes. */
function orderOf({ skipDependents, policy }: Request, graph: Graph): number[] {
  const owner = 1;
  const lane = 0;
  const policies = effectivePolicies(graph, policy);
  const plan = Plan.create(graph, {
    lanes: 1,
    skipDependents,
    policies,
    ranks: ranksOfRun(graph, policies, policy),
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

/** Tasks that wait for a failure, which there is none of here. */
function idle(
  graph: Graph,
  order: readonly number[],
  names: (ids: number[]) => string[],
): string[] {
  if (order.length === graph.size) return [];
  const isTaken = new Uint8Array(graph.size);
  for (const id of order) isTaken[id] = 1;
  const left = Array.from(isTaken.keys()).filter((id) => !isTaken[id]);
  return [`Only after a failure: ${quoteList(names(left))}`];
}

/** More dependencies than this are counted. */
const NAMED_MAX = 4;

function after(names: (ids: Iterable<number>) => string[], graph: Graph, id: number): string {
  const before = graph.dependenciesOf(id);
  if (before.length === 0) return "";
  return `after ${abbreviateList(names(before), NAMED_MAX)}`;
}

type Row = readonly [number: number, text: string, remark: string];

/** Columns: numbers to the right, what they count to the left, and remarks behind. */
function rows<T>(items: readonly T[], toRow: (item: T, i: number) => Row, style: Style): string[] {
  const all = items.map(toRow);
  const digits = String(items.length).length;
  const texts = all.map(([, text]) => text);
  return alignRemarks(texts, (i) => all[i]![2], style)
    .map((line, i) => `  ${String(all[i]![0]).padStart(digits)}  ${line}`);
}
