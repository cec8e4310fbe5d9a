/**
 * Tasks with cases: unusual names and values, on the main thread and on another thread that
 * evaluates `each` again. No case runs with the value of another, and each name refers to one task.
 */
import { assertEquals } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { quoteName } from "../../src/base/name_syntax.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { resolveNames } from "../../src/cli/args/resolve_names.ts";
import { Graph } from "../../src/graph/graph.ts";
import { selectTasks } from "../../src/graph/select.ts";
import { casesOfRun, CaseValueError, describeCases } from "../../src/lane/run_cases.ts";
import { casesOf } from "../../src/task/cases.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { mark } from "../../src/task/mark.ts";
import type { Cases } from "../../src/task/function_types.ts";
import type { FoundTask } from "../../src/task/task.ts";
import type { Random } from "../soak/random.ts";

const LETTERS = [
  ...["a", "b", ".", "::", ":", "=", ":=", ",", " ", '"', "'", "\\", "*", "?", "-", "--", "@", "/"],
  ...["é", "日", "😀", "\ud800", "\n", "\0", "\u202e", "__proto__", "then", "0", "1"],
];

const FUNCTIONS = [() => 1, () => 2, Math.max];

/** Values that can be shared between threads, and others. */
const VALUES: readonly ((random: Random) => unknown)[] = [
  (random) => randomName(random),
  (random) => random.int(0, 3),
  (random) => random.pick([true, false, null, undefined, NaN, -0, 10n, Infinity]),
  (random) => new Date(random.int(0, 3)),
  (random) => new Map([[randomName(random), { deep: [random.int(0, 3)] }]]),
  (random) => [random.int(0, 3), , new Set([randomName(random)])],
  (random) => ({ [randomName(random)]: randomName(random) }),
  (random) => new Uint8Array([random.int(0, 3)]),
  () => {
    const cycle: Record<string, unknown> = {};
    return cycle.self = cycle;
  },
  (random) => new URL(`https://example.com/${random.int(0, 3)}`),
  (random) => random.pick(FUNCTIONS),
  (random) => ({ in: [random.pick([Symbol.iterator, Symbol.for("a")])] }),
  () => new Proxy({}, { ownKeys: () => refuse() }),
  () => ({
    get bad() {
      return refuse();
    },
  }),
];

function refuse(): never {
  throw new Error("trap");
}

function randomName(random: Random): string {
  return Array.from({ length: random.int(0, 4) }, () => random.pick(LETTERS)).join("");
}

function randomValue(random: Random): unknown {
  return random.pick(VALUES)(random);
}

function randomEach(random: Random): Cases {
  const count = random.int(1, 5);
  const values = Array.from({ length: count }, () => randomValue(random));
  if (random.chance(0.5)) return values;
  return Object.fromEntries(values.map((value) => [randomName(random), value]));
}

/** A second evaluation of the same code, in which some values differ, are missing, or are new. */
function evaluatedAgain(each: Cases, random: Random): Cases {
  const other = (value: unknown) => random.chance(0.3) ? randomValue(random) : value;
  const entries = Object.entries(each).filter(() => random.chance(0.9));
  const again = entries.map(([key, value]): [string, unknown] => [key, other(value)]);
  if (random.chance(0.2)) again.unshift([randomName(random), randomValue(random)]);
  return Array.isArray(each) ? again.map(([, value]) => value) : Object.fromEntries(again);
}

/**
 * Checks one task with cases.
 *
 * @returns The problem, if any.
 */
export function tryCases(random: Random): string | undefined {
  const each = randomEach(random);
  try {
    const tasks = discoverTasks({ t: mark({ each }, () => {}) });
    checkValues(tasks, each, evaluatedAgain(each, random));
    checkNames(tasks, random);
  } catch (error) {
    const isRefused = error instanceof UsageError && error.message.includes("two cases named");
    return isRefused ? undefined : `${error}: ${Deno.inspect(each)}`;
  }
  return undefined;
}

function checkValues(tasks: readonly FoundTask[], each: Cases, again: Cases): void {
  const sent = JSON.parse(JSON.stringify(describeCases(tasks)));
  const here = casesOfRun(sent)("t", again);
  const main = casesOf("t", each);
  assertEquals(here.map(({ key }) => key), main.map(({ key }) => key));
  for (const [i, { value }] of here.entries()) {
    let seen: unknown;
    try {
      seen = value();
    } catch (error) {
      if (error instanceof CaseValueError) continue;
      throw error;
    }
    const own = main[i]!.value();
    // Values that throw on access are compared by identity, or by their constructor.
    if (seen !== own && !hasTrap(own)) assertEquals(seen, own);
  }
}

function hasTrap(value: unknown): boolean {
  try {
    Object.values(Object(value));
    return false;
  } catch {
    return true;
  }
}

function checkNames(tasks: readonly FoundTask[], random: Random): void {
  const others = ["a", "t", "a.b"].map((name) => ({ ...tasks[0]!.spec, name, after: [] }));
  const graph = Graph.from([
    ...tasks.map(({ spec }) => spec),
    ...others.filter(({ name }) => tasks.every(({ spec }) => spec.name !== name)),
  ]);
  const { name } = random.pick(tasks).spec;
  const quoted = quoteName(name);
  const request = (...args: string[]) => {
    const parsed = parseCommand(["m.ts", ...args]);
    if (parsed.type !== "run") throw new Error("not a request to run");
    return resolveNames(parsed.request, graph);
  };
  assertEquals(selectTasks(graph, request(`::${quoted}`).selection).names, [name]);
  const { exclude } = request(`--exclude=${quoted}`).selection;
  assertEquals(selectTasks(graph, { exclude }).names, graph.names.filter((it) => it !== name));
  assertEquals([...request(`--result-${quoted}:=1`).mocks], [[name, 1]]);
}
