/** Tests of the formats of `--graph` other than the text. */
import { assert, assertEquals } from "@std/assert";
import { instance } from "@viz-js/viz";
import fc from "fast-check";
import { formatGraph } from "../../src/graph/format_graph.ts";
import { GRAPH_FORMATS, type GraphFormat } from "../../src/graph/graph_format.ts";
import type { GraphJson } from "../../src/graph/format_json.ts";
import { Graph } from "../../src/graph/graph.ts";
import { graphMetrics } from "../../src/graph/graph_metrics.ts";
import { assertGolden } from "../support/golden.ts";
import { chainOf, graphOf, independent, task } from "../support/graphs.ts";
import { elementsOf, parseXml } from "../support/junit_schema.ts";
import { randomDag } from "../support/random_dag.ts";
import { strangeGraph } from "../support/strange_graph.ts";
import { anyText } from "../support/any_text.ts";

function goldenGraph(name: string): Graph {
  const url = new URL(`../golden/graph/${name}.json`, import.meta.url);
  return graphOf(JSON.parse(Deno.readTextFileSync(url)));
}

const graphs: Record<string, Graph> = {
  strange: strangeGraph(),
  ...Object.fromEntries(
    ["diamond", "empty", "names", "random_12", "surgery"].map((name) => [name, goldenGraph(name)]),
  ),
};
const formats: [GraphFormat, ending: string][] = [
  ["tree", "tree.txt"],
  ["svg", "svg"],
  ["dot", "dot"],
  ["mermaid", "mmd"],
  ["json", "json"],
  ["levels", "levels.txt"],
];
for (const [name, graph] of Object.entries(graphs)) {
  for (const [format, ending] of formats) {
    Deno.test(`formatGraph() matches the golden file for ${name} as ${format}`, () => {
      assertGolden(`graph/formats/${name}.${ending}`, `${formatGraph(graph, format)}\n`);
    });
  }
}

Deno.test("formatGraph() writes conditions and limits of tasks as JSON, where they have some", () => {
  const policy = {
    when: "always",
    mutex: ["db"],
    tokens: [["api", 2], ["gpu", 1]],
    weight: 3,
  } as const;
  const json: GraphJson = JSON.parse(
    formatGraph(Graph.from([task("a", []), { ...task("b", ["a"]), policy }]), "json"),
  );
  const [a, b] = json.tasks;
  assertEquals(Object.keys(a!), ["name", "after", "dependents", "tags", "level"]);
  const { when, mutex, tokens, weight } = b!;
  assertEquals<unknown>({ when, mutex, tokens, weight }, {
    ...policy,
    tokens: { api: 2, gpu: 1 },
  });
});

Deno.test("formatGraph() returns a text without a line break at its end", () => {
  for (const format of GRAPH_FORMATS) {
    for (const graph of Object.values(graphs)) assert(!formatGraph(graph, format).endsWith("\n"));
  }
});

Deno.test("formatGraph() escapes control characters in names in the text format", () => {
  const lines = formatGraph(graphOf({ "a\n\nStats:\x1b[2J": [], b: ["a\n\nStats:\x1b[2J"] })).split(
    "\n",
  );
  assertEquals(lines[6], "  [0] a\\n\\nStats:\\u001b[2J");
  assertEquals(lines.at(-1), "    a\\n\\nStats:\\u001b[2J -> b");
  assertEquals(lines.filter((line) => line === "Stats:").length, 1);
});

Deno.test("formatGraph() writes no control characters in any format", () => {
  const name = "a\x1b[2J\x07\r\x7f\x85\x9b2J\u2028\u2029\u202e\u2066";
  const graph = Graph.from([task(name, [], [name]), task("b", [name])]);
  for (const format of GRAPH_FORMATS) {
    const text = formatGraph(graph, format);
    // deno-lint-ignore no-control-regex -- these are looked for
    assertEquals(text.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g), null, format);
  }
  const json = formatGraph(graph, "json");
  assertEquals(json.match(/[\u2028-\u202e\u2066-\u2069]/g), null);
  assertEquals((JSON.parse(json) as GraphJson).roots, [name]);
});

Deno.test("formatGraph() formats 20,000 tasks quickly in every format", () => {
  for (const format of GRAPH_FORMATS) {
    const start = performance.now();
    formatGraph(chainOf(20_000), format);
    formatGraph(independent(20_000), format);
    assert(performance.now() - start < 20_000, format); // quadratic time: minutes
  }
});

/** The edges by name, sorted. */
function edges(graph: Graph): string[] {
  return graph.names.flatMap((name, id) =>
    [...graph.dependentsOf(id)].map((to) => JSON.stringify([name, graph.names[to]]))
  ).sort();
}

/** The graph as Graphviz reads it: labels with quotes unescaped, and escapes of labels kept. */
interface VizGraph {
  readonly objects?: readonly { readonly _gvid: number; readonly label: string }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number }[];
}

const viz = await instance();

Deno.test("formatGraph() writes DOT that Graphviz draws with every name and edge", () => {
  const graph = strangeGraph();
  const svg = viz.renderString(formatGraph(graph, "dot"), { format: "svg" });
  const drawn = [
    ...svg.matchAll(/<g id="node\d+" class="node">([^]*?)<\/g>\s*(?=<!--|<g id|<\/g>)/g),
  ]
    .map(([, node = ""]) =>
      [...node.matchAll(/<text[^>]*>([^]*?)<\/text>/g)].map(([, text = ""]) => fromXml(text)).join(
        "\n",
      )
    );
  assertEquals(drawn.toSorted(), graph.names.toSorted());
  const tooltips = [...svg.matchAll(/xlink:title="(tags:[^"]*)"/g)].map(([, text = ""]) =>
    fromXml(text)
  );
  const tagged = graph.tasks.filter(({ tags }) => tags.length > 0);
  assertEquals(tooltips, tagged.map(({ tags }) => `tags: ${tags.join(", ")}`));
  const read = viz.renderJSON(formatGraph(graph, "dot")) as VizGraph;
  const nameAt = (gvid: number) => graph.names[gvid];
  const joined = (read.edges ?? []).map(({ tail, head }) =>
    JSON.stringify([nameAt(tail), nameAt(head)])
  );
  assertEquals(joined.sort(), edges(graph));
});

function fromXml(text: string): string {
  const words: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', nbsp: " " };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, number, word) => {
    return number ? String.fromCodePoint(Number(number)) : words[word]!;
  });
}

Deno.test("formatGraph() writes DOT that Graphviz parses with all edges of any graph", () => {
  fc.assert(
    fc.property(randomDag(12), ({ specs }) => {
      const graph = Graph.from(specs);
      const { edges = [] } = viz.renderJSON(formatGraph(graph, "dot")) as VizGraph;
      const found = edges.map(({ tail, head }) => `${tail} ${head}`).sort();
      const ids = graph.names.flatMap((_, id) =>
        [...graph.dependentsOf(id)].map((to) => `${id} ${to}`)
      );
      assertEquals(found, ids.sort());
    }),
    { numRuns: 30 },
  );
});

Deno.test("formatGraph() replaces characters in DOT that XML does not allow", () => {
  const graph = Graph.from([task("\x1b[31mred\0\x07", [], ["\x01\ttag"])]);
  const svg = viz.renderString(formatGraph(graph, "dot"), { format: "svg" });
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assert(!/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(svg), svg);
  assert(svg.includes("\ufffd[31mred\ufffd\ufffd<"), svg);
});

/** Parses a flowchart; throws at anything but the used part of Mermaid's grammar. */
function readMermaid(text: string): { names: string[]; edges: string[] } {
  const [head, ...lines] = text.split("\n");
  assertEquals(head, "flowchart LR");
  const names: string[] = [];
  const edges: string[] = [];
  for (const line of lines) {
    const node = /^ {2}n(\d+)\["((?:[\p{L}\p{M}\p{N} _.-]|#\d+;|<br>)*)"\]$/u.exec(line);
    const edge = /^ {2}n(\d+) --> n(\d+)$/.exec(line);
    assert(node || edge, line);
    if (node) names[Number(node[1])] = fromMermaid(node[2]!);
    else edges.push(JSON.stringify([names[Number(edge![1])], names[Number(edge![2])]]));
  }
  return { names, edges: edges.sort() };
}

function fromMermaid(label: string): string {
  return label.replaceAll("<br>", "\n")
    .replace(/#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)));
}

Deno.test("formatGraph() writes Mermaid that preserves every name and edge", () => {
  for (const graph of Object.values(graphs)) {
    const { names, edges: found } = readMermaid(formatGraph(graph, "mermaid"));
    assertEquals(names, [...graph.names]);
    assertEquals(found, edges(graph));
  }
  fc.assert(
    fc.property(fc.uniqueArray(anyText(), { maxLength: 4 }), (names) => {
      const graph = Graph.from(names.map((name) => task(name.replaceAll("\r\n", "\n"))));
      assertEquals(readMermaid(formatGraph(graph, "mermaid")).names, [...graph.names]);
    }),
  );
});

Deno.test("formatGraph() writes JSON that agrees with the graph", () => {
  fc.assert(fc.property(randomDag(20), ({ specs }) => {
    const graph = Graph.from(specs);
    const json: GraphJson = JSON.parse(formatGraph(graph, "json"));
    const { levels } = graphMetrics(graph);
    assertEquals(json.schema, 1);
    assertEquals(json.edges, graph.edgeCount);
    assertEquals(json.tasks.map(({ name }) => name), [...graph.names]);
    assertEquals(json.levels, levels.map((ids) => ids.map((id) => graph.names[id]!)));
    for (const { name, after, dependents, level } of json.tasks) {
      assertEquals(after, [...new Set(specs.find((it) => it.name === name)!.after)].sort());
      assertEquals(
        dependents,
        specs.filter((it) => it.after.includes(name)).map((it) => it.name).sort(),
      );
      assert(json.levels[level]!.includes(name));
      assertEquals(json.roots.includes(name), after.length === 0);
      assertEquals(json.leaves.includes(name), dependents.length === 0);
    }
    for (const chain of json.longestChains) assertEquals(chain.length, json.levels.length);
  }));
});

Deno.test("formatGraph() writes one line for each level, whatever the names contain", () => {
  for (const graph of Object.values(graphs)) {
    const text = formatGraph(graph, "levels");
    const lines = text === "" ? [] : text.split("\n");
    assertEquals(lines.length, graphMetrics(graph).levels.length);
  }
  assertEquals(
    formatGraph(graphOf({ a: [], "b\x1b[1m\n": [], c: ["a"] }), "levels"),
    [
      "Level 0: a, b\\u001b[1m\\n",
      "Level 1: c",
    ].join("\n"),
  );
});

/** The edges of trees, as `dependency dependent` by name, and the tasks at their tops. */
function readTree(text: string): { edges: string[]; tops: string[] } {
  const tops: string[] = [];
  const edges: string[] = [];
  const path: string[] = [];
  for (const line of text.split("\n").filter((it) => it !== "")) {
    const [, indent = "", branch, name = ""] = /^((?:│ {3}| {4})*)([├└]── )?(\w+)(?: \(\*\))?$/
      .exec(line)!;
    const depth = branch === undefined ? 0 : indent.length / 4 + 1;
    path.length = depth;
    if (depth === 0) tops.push(name);
    else edges.push(JSON.stringify([name, path[depth - 1]]));
    path.push(name);
  }
  return { edges, tops };
}

Deno.test("formatGraph() writes a tree with every edge once, below the final tasks", () => {
  fc.assert(fc.property(randomDag(), ({ specs }) => {
    const graph = Graph.from(specs);
    const found = readTree(formatGraph(graph, "tree"));
    assertEquals(found.edges.sort(), edges(graph));
    const { leaves } = graphMetrics(graph);
    assertEquals(found.tops, leaves.map((id) => graph.names[id]!));
  }));
});

Deno.test("formatGraph() marks dependencies in a tree that are printed at another place", () => {
  const graph = graphOf({ a: [], b: ["a"], c: ["b"], d: ["a", "b", "c"] });
  assertEquals(formatGraph(graph, "tree").split("\n"), [
    "d",
    "├── a",
    "├── b",
    "│   └── a",
    "└── c",
    "    └── b (*)",
  ]);
  assertEquals(formatGraph(graph, "tree", { charset: "ascii" }).split("\n"), [
    "d",
    "|-- a",
    "|-- b",
    "|   `-- a",
    "`-- c",
    "    `-- b (*)",
  ]);
});

Deno.test("formatGraph() starts another tree when a chain is deep", () => {
  const lines = formatGraph(chainOf(100), "tree").split("\n");
  const tops = lines.filter((line) => line.startsWith("t"));
  assertEquals(tops, ["t000099", "t000069", "t000039", "t000009"]);
  assertEquals(lines.filter((line) => line.endsWith("(*)")).map((line) => line.slice(-11, -4)), [
    "t000069",
    "t000039",
    "t000009",
  ]);
  assertEquals(lines.length, 100 + 3);
});

Deno.test("formatGraph() writes SVG with every name, both themes and no reference to a file", () => {
  const svg = formatGraph(strangeGraph(), "svg");
  assertEquals(parseXml(svg).name, "svg");
  const titles = elementsOf(parseXml(svg), "title").map(({ text }) => text);
  const { tasks } = strangeGraph();
  assertEquals(titles.length, tasks.length);
  assert(svg.includes("prefers-color-scheme: dark"));
  assertEquals(svg.match(/(?:href|src|url\(|@import)[^>]*/g), null);
});

Deno.test("formatGraph() shows resources as such in a tree and in a picture", () => {
  const graph = Graph.from([
    { ...task("db"), kind: "resource" },
    { ...task("read", ["db"]), use: ["db"] },
    { ...task("write", ["db", "read"]), use: ["db"] },
  ]);
  assertEquals(formatGraph(graph, "tree").split("\n"), [
    "write",
    "├── db (resource)",
    "└── read",
    "    └── db (resource)",
  ]);
  const svg = parseXml(formatGraph(graph, "svg"));
  assertEquals(elementsOf(svg, "title").map(({ text }) => text), [
    "db (resource)",
    "read",
    "write",
  ]);
  const frames = elementsOf(svg, "rect").filter(({ attributes }) => attributes.class === "frame");
  assertEquals(frames.map(({ attributes }) => attributes.rx), ["18", "8", "8"]);
});

Deno.test("formatGraph() writes DOT whose boxes have room for names in any monospaced font", () => {
  const name = "sterilize_instruments_D";
  const svg = viz.renderString(formatGraph(graphOf({ [name]: [] }), "dot"), { format: "svg" });
  const [, path = ""] = /<path fill="none" stroke="black" d="M([^"]*)"/.exec(svg)!;
  const xs = path.match(/-?[\d.]+(?=,)/g)!.map(Number);
  const [, size = ""] = /font-size="([\d.]+)"/.exec(svg)!;
  assertEquals(Math.max(...xs) - Math.min(...xs) > name.length * 0.61 * Number(size), true);
});
