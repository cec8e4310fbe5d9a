/** The graphs of all runners, generated once as JSON. */

/** Shapes of graphs. */
export type Shape = "chain" | "wide" | "layered";

/** Kinds of tasks. */
export type Kind = "noop" | "async" | "cpu" | "counter";

/** A graph in a file. */
export interface Dag {
  readonly kind: Kind;
  /** The dependencies of each task; all have lower numbers. */
  readonly after: readonly (readonly number[])[];
}

const LAYERS = 100;

/** Creates a graph; the same arguments create the same graph. */
export function makeDag(shape: Shape, tasks: number, kind: Kind): Dag {
  return { kind, after: afterOf(shape, tasks) };
}

/** The dependencies of each task. */
export function afterOf(shape: Shape, tasks: number): number[][] {
  if (shape === "layered") return layered(tasks);
  const isChain = shape === "chain";
  return Array.from({ length: tasks }, (_, i) => isChain && i > 0 ? [i - 1] : []);
}

/** 100 layers; each task depends on 1 to 3 tasks of the previous layer. */
function layered(tasks: number): number[][] {
  const random = randomNumbers(1);
  const width = Math.ceil(tasks / LAYERS);
  return Array.from({ length: tasks }, (_, i) => {
    const above = Math.floor(i / width) - 1;
    if (above < 0) return [];
    const parents = Array.from(
      { length: 1 + Math.floor(random() * 3) },
      () => above * width + Math.floor(random() * width),
    );
    return [...new Set(parents)];
  });
}

/** A seeded generator of numbers from 0 to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
