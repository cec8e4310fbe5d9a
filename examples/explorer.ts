// deno-lint-ignore-file no-console -- the example prints its result
/**
 * The tasks of modules as a tree, as the test explorer of an editor shows them, and a run of one
 * task whose events update the tree. It only calls `tdrun`: `--list=json` for the tree and
 * `--reporter=json` for the events, so it can be written in any language.
 *
 *     deno run -A examples/explorer.ts examples/surgery.ts
 *     deno run -A examples/explorer.ts examples/surgery.ts ::pre_op_assessment_A
 */
import type { RunEvent } from "@thread-order/cli";

/** A node of the tree: a file, a task, or a task with cases. */
interface Node {
  readonly label: string;
  /** The target of a click: `file:line`. */
  readonly place: string;
  /** The name of the task, or of that with cases; undefined for a file. */
  readonly task: string | undefined;
  readonly children: Node[];
}

/** The part of `--list=json` that the tree needs. */
interface ListedTask {
  readonly name: string;
  readonly module?: string;
  readonly file?: string;
  readonly line?: number;
  readonly caseOf?: string;
  readonly case?: string;
}

const modules = Deno.args.filter((arg) => !arg.startsWith("::"));
const name = Deno.args.find((arg) => arg.startsWith("::"))?.slice(2);
if (modules.length === 0) throw new Error("expected modules: explorer.ts <module>... [::task]");

const { tasks } = JSON.parse(await textOf(tdrun(...modules, "--list=json"))) as {
  tasks: ListedTask[];
};
for (const file of treeOf(tasks)) print(file, 0);
if (name !== undefined) {
  const task = tasks.find((task) => task.name === name);
  if (task === undefined) throw new Error(`no task "${name}": expected a name as in the tree`);
  await run(task);
}

/** Builds the tree: files, their tasks, and the cases of these. */
function treeOf(tasks: readonly ListedTask[]): Node[] {
  const files = new Map<string, Node>();
  const parents = new Map<string, Node>();
  for (const { name, module, file = module ?? modules[0]!, line = 1, caseOf, case: key } of tasks) {
    const place = `${file}:${line}`;
    const root = files.getOrInsertComputed(file, () => node(file, file));
    if (caseOf === undefined) {
      root.children.push(node(name, place, name));
      continue;
    }
    const parent = parents.getOrInsertComputed(caseOf, () => {
      const created = node(caseOf, place, caseOf);
      root.children.push(created);
      return created;
    });
    parent.children.push(node(key ?? name, place, name));
  }
  return [...files.values()];
}

function node(label: string, place: string, task?: string): Node {
  return { label, place, task, children: [] };
}

function print({ label, place, children }: Node, depth: number): void {
  const where = depth === 0 ? "" : `  ${place.split("/").at(-1)}`;
  console.log(`${"  ".repeat(depth)}${depth === 0 ? label.split("/").at(-1) : label}${where}`);
  for (const child of children) print(child, depth + 1);
}

/** Runs one task as a part of the project, and prints what an editor would show beside its node. */
async function run({ name, file, line }: ListedTask): Promise<void> {
  const names: string[] = [];
  const target = `::${JSON.stringify(name)}`; // in quotes, a name stands for itself
  const events = await textOf(tdrun(...modules, target, "--reporter=json"));
  for (const text of events.trimEnd().split("\n")) {
    const event: RunEvent = JSON.parse(text);
    if (event.type === "run-started") names.push(...event.tasks.map(({ name }) => name));
    if (event.type === "task-started") console.log(`${names[event.task]}: running`);
    if (event.type !== "task-finished") continue;
    const { outcome } = event;
    const why = outcome.status === "failed" ? ` (${outcome.error.message})` : "";
    console.log(`${names[event.task]}: ${outcome.status}${why} ${file?.split("/").at(-1)}:${line}`);
  }
}

function tdrun(...args: string[]): Deno.Command {
  const cli = new URL("../cli.ts", import.meta.url).href; // or `jsr:@thread-order/cli`
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", cli, ...args],
    stderr: "inherit",
  });
}

/** Returns the standard output; a failed task is no error of this program. */
async function textOf(command: Deno.Command): Promise<string> {
  const { code, stdout } = await command.output();
  if (code > 1) Deno.exit(code);
  return new TextDecoder().decode(stdout);
}
