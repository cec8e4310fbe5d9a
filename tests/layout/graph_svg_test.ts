/** The picture of a graph: names in their boxes, lines, marks. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import { graphSvg, type PictureMarks, type PictureTask } from "../../src/layout/graph_svg.ts";
import { elementsOf, parseXml } from "../support/junit_schema.ts";
import { layered } from "../support/graphs.ts";
import { randomDag } from "../support/random_dag.ts";

const MARKS: PictureMarks = { titleOf: (task) => `task ${task}` };

/** The elements of a picture, by the grammar of XML. */
function elements(tasks: readonly PictureTask[], marks = MARKS) {
  const { content, ...size } = graphSvg(tasks, marks);
  const root = parseXml(`<svg>${content.text}</svg>`);
  const of = (name: string) => elementsOf(root, name);
  return { size, of, boxes: of("g").filter((it) => it.attributes.class?.startsWith("box")) };
}

function tasksOf(graph: Graph): PictureTask[] {
  return graph.tasks.map(({ name }, id) => ({ name, after: [...graph.dependenciesOf(id)] }));
}

const chain = (names: readonly string[]) =>
  names.map((name, i) => ({ name, after: i === 0 ? [] : [i - 1] }));

Deno.test("graphSvg() draws a box with the name and the tooltip of each task", () => {
  fc.assert(fc.property(randomDag(), ({ specs }) => {
    const graph = Graph.from(specs);
    const { boxes, of } = elements(tasksOf(graph));
    assertEquals(boxes.length, graph.size);
    assertEquals(of("text").map(({ text }) => text).sort(), [...graph.names].sort());
    assertEquals(of("path").length >= graph.edgeCount, true);
  }));
});

Deno.test("graphSvg() keeps every name inside of its box, whatever its characters", () => {
  const names = [
    "a",
    "sterilize_instruments_D",
    "翻訳を確認する",
    "x".repeat(200),
    "<&>\"'",
    "🚀 go",
  ];
  for (const stateOf of [undefined, () => "passed"]) {
    const { of } = elements(chain(names), { ...MARKS, ...(stateOf && { stateOf }) });
    const [frames, texts] = [of("rect"), of("text")];
    assertEquals(texts.length, names.length);
    for (const [i, { attributes, text }] of texts.entries()) {
      const end = Number(attributes.x) + Number(attributes.textLength);
      assert(end <= Number(frames[i]!.attributes.width), text);
    }
    assert(texts.some(({ text }) => text === names[1]), "a name was cut that has room");
  }
});

Deno.test("graphSvg() draws levels from top to bottom when the page is too narrow for them", () => {
  const names = Array.from({ length: 12 }, (_, i) => `a_task_with_a_long_name_${i}`);
  const { size } = elements(chain(names));
  assert(size.width < 400 && size.height > 1000, JSON.stringify(size));
  const short = elements(chain(["a", "b", "c"])).size;
  assert(short.width > short.height, JSON.stringify(short));
});

Deno.test("graphSvg() puts boxes in the picture without overlaps", () => {
  const { boxes, size } = elements(tasksOf(layered(5, 8)));
  const at = boxes.map(({ attributes, children }) => {
    const [, x, y] = /translate\((\S+) (\S+)\)/.exec(attributes.transform!)!.map(Number);
    const frame = children.find(({ name }) => name === "rect")!;
    return { x: x!, y: y!, width: Number(frame.attributes.width) };
  });
  for (const [i, a] of at.entries()) {
    assert(a.x >= 0 && a.x + a.width <= size.width && a.y <= size.height);
    for (const b of at.slice(0, i)) {
      const apart = Math.abs(a.y - b.y) >= 36 || a.x + a.width <= b.x || b.x + b.width <= a.x;
      assert(apart, JSON.stringify([a, b]));
    }
  }
});

Deno.test("graphSvg() marks states, links and lines as the caller says", () => {
  const { boxes, of } = elements(chain(["a", "b", "c"]), {
    titleOf: (task) => `<${task}>`,
    stateOf: (task) => task === 1 ? "failed" : "passed",
    linkOf: (task) => task === 1 ? "#task-1" : undefined,
    isMarked: ({ from }) => from === 1,
  });
  assertEquals(boxes.map(({ attributes }) => attributes.class), [
    "box passed",
    "box failed",
    "box passed",
  ]);
  assertEquals(of("title").map(({ text }) => text), ["<0>", "<1>", "<2>"]);
  assertEquals(of("a").map(({ attributes }) => attributes.href), ["#task-1"]);
  assertEquals(of("path").map(({ attributes }) => attributes.class), ["edge", "edge critical"]);
});
