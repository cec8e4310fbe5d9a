/** The parts of a run besides its tasks, measured individually on one thread. */
import type { TextSink } from "../../../src/base/write_all.ts";
import { dryRun } from "../../../src/cli/inspect/dry_run.ts";
import { parseCommand } from "../../../src/cli/args/parse_command.ts";
import { resolveNames } from "../../../src/cli/args/resolve_names.ts";
import { criticalPath } from "../../../src/events/critical_path.ts";
import type { Reporter } from "../../../src/events/reporter.ts";
import { summarize } from "../../../src/events/summary.ts";
import { formatGraph } from "../../../src/graph/format_graph.ts";
import { GRAPH_FORMATS } from "../../../src/graph/graph_format.ts";
import { Graph, GraphError } from "../../../src/graph/graph.ts";
import { selectTasks } from "../../../src/graph/select.ts";
import { parseJournal } from "../../../src/journal/parse_journal.ts";
import { JournalWriter, writeJournalStart } from "../../../src/journal/journal_writer.ts";
import { Plan } from "../../../src/plan/plan.ts";
import { GithubReporter } from "../../../src/report/formats/github_reporter.ts";
import { HtmlReporter } from "../../../src/report/html/html_reporter.ts";
import { JsonReporter } from "../../../src/report/formats/json_reporter.ts";
import { JunitReporter } from "../../../src/report/formats/junit_reporter.ts";
import { LineReporter } from "../../../src/report/text/line_reporter.ts";
import { progress, viewer } from "../../../src/report/live/screens.ts";
import { lineOptions } from "../../../src/report/text/line_options.ts";
import { plainStyle } from "../../../src/report/style.ts";
import { TapReporter } from "../../../src/report/formats/tap_reporter.ts";
import { TraceReporter } from "../../../src/report/formats/trace_reporter.ts";
import { mark, Scheduler } from "../../../mod.ts";
import { discoverTasks } from "../../../src/task/discover.ts";
import type { Ground } from "./ground.ts";
import { deliverTo } from "../../support/report_of.ts";
import { viewOf } from "../../support/view_of.ts";

/** A part of the work: runs once. */
export interface Step {
  readonly name: string;
  readonly run: (ground: Ground) => unknown;
}

const FRAMES = 1000;

/** All parts. */
export const STEPS: readonly Step[] = [
  { name: "`register`", run: register },
  { name: "finding marked tasks", run: discover },
  { name: "graph", run: ({ specs }) => Graph.from(specs) },
  { name: "graph with a cycle of all tasks", run: refusesCycle },
  { name: "selection by a glob, with dependencies", run: selectSome },
  ...GRAPH_FORMATS.map((format): Step => ({
    name: `\`--graph=${format}\``,
    run: ({ graph }) => formatGraph(graph, format),
  })),
  { name: "`--dry-run`", run: ({ graph }) => dryRun(dryRequest(graph), graph, plainStyle) },
  { name: "plan of a run", run: makePlan },
  { name: "fold of the events", run: fold },
  { name: "summary", run: ({ view }) => summarize(view, []) },
  { name: "critical path", run: ({ view }) => criticalPath(view) },
  { name: `\`--viewer\`: ${FRAMES} frames`, run: ({ half }) => draw(viewer, half) },
  { name: `\`--progress\`: ${FRAMES} frames`, run: ({ half }) => draw(progress, half) },
  { name: "journal, written", run: ({ graph, events }) => journal(graph, events) },
  { name: "journal, read", run: ({ journalled }) => parseJournal(journalled, "journal") },
  reporting("lines", (out) => new LineReporter(plainLines(out))),
  reporting("json", (out) => new JsonReporter(out)),
  reporting("junit", (out) => new JunitReporter(out, { module: "growth", folder: "/" })),
  reporting("tap", (out) => new TapReporter(out)),
  reporting("trace", (out) => new TraceReporter(out)),
  reporting("html", (out) => new HtmlReporter(out, { module: "growth.ts", folder: "/" })),
  reporting(
    "github",
    (out) => new GithubReporter({ line: (text) => out.write(`${text}\n`), workspace: "/" }),
  ),
];

/** Writes the journal of a run, as text. */
export function journal(graph: Graph, events: Ground["events"]): string {
  const { out, written } = memorySink();
  writeJournalStart(out, {
    ...{ module: "growth.ts", hash: null, startedAt: new Date(0).toISOString(), pid: 1 },
    ...{ graph, mocks: new Map(), reused: new Map(), wrote: new Map(), cases: new Map() },
    code: new Map(),
    state: { assigned: [], file: null },
  });
  const writer = new JournalWriter(out, graph, () => ({ ok: true }));
  for (const event of events) writer.report(event);
  return written();
}

function register({ specs }: Ground): void {
  const scheduler = new Scheduler({ module: import.meta.url });
  for (const { name, after } of specs) scheduler.register(() => {}, name, { after });
}

function discover({ specs }: Ground): unknown {
  return discoverTasks(
    Object.fromEntries(specs.map(({ name, after }) => [name, mark({ after }, () => {})])),
  );
}

function refusesCycle({ cyclic }: Ground): string {
  try {
    Graph.from(cyclic);
  } catch (error) {
    if (error instanceof GraphError) return error.message;
    throw error;
  }
  throw new Error("A cycle was not found");
}

function selectSome({ graph }: Ground): Graph {
  return selectTasks(graph, { names: ["t*7"], withDeps: true });
}

function dryRequest(graph: Graph) {
  const parsed = parseCommand(["growth.ts", "--dry-run", "--workers=2"]);
  if (parsed.type !== "run") throw new Error("Not a request to run");
  return resolveNames(parsed.request, graph);
}

function makePlan({ graph }: Ground): Plan {
  return Plan.create(graph, { lanes: 2, skipDependents: false }, 1);
}

function fold({ events }: Ground): unknown {
  return viewOf(events);
}

function draw(screen: typeof viewer, view: Ground["half"]): void {
  for (let i = 0; i < FRAMES; i++) {
    screen({ view, nowMs: view.elapsedMs + i, columns: 80, rows: 24, style: plainStyle });
  }
}

function reporting(name: string, make: (out: TextSink) => Reporter): Step {
  const run = ({ events }: Ground) => {
    const { out, written } = memorySink();
    const reporter = make(out);
    deliverTo(reporter, events);
    if (written() === "") throw new Error(`The ${name} reporter has written nothing`);
  };
  return { name: `\`--reporter=${name}\``, run };
}

function plainLines(out: TextSink) {
  const line = (text: string) => out.write(`${text}\n`);
  const now = () => new Date(0);
  const plain = { isColored: false, highlights: undefined, verbose: false };
  return lineOptions({ line, stdout: line, now, ...plain });
}

function memorySink(): { out: TextSink; written: () => string } {
  const parts: string[] = [];
  const out = { write: (text: string) => void parts.push(text), close() {} };
  return { out, written: () => parts.join("") };
}
