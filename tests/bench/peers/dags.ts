/** The graphs that every runner goes through: made once, written as JSON, read by each. */

/** How tasks depend on each other. */
export type Shape = "chain" | "wide" | "layered";

/** What tasks do. */
export type Kind = "noop" | "async" | "cpu" | "counter";

/** A graph in a file. */
export interface Dag {
  readonly kind: Kind;
  /** For each task the numbers of those it comes after; all are lower than its own. */
  readonly after: readonly (readonly number[])[];
}

const LAYERS = 100;

/** Makes a graph; the same arguments make the same. */
export function makeDag(shape: Shape, tasks: number, kind: Kind): Dag {
  return { kind, after: afterOf(shape, tasks) };
}

/** For each task the numbers of those it comes after. */
export function afterOf(shape: Shape, tasks: number): number[][] {
  if (shape === "layered") return layered(tasks);
  const isChain = shape === "chain";
  return Array.from({ length: tasks }, (_, i) => isChain && i > 0 ? [i - 1] : []);
}

/** 100 layers; each task comes after 1 to 3 of the layer before. */
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

/** A small generator of numbers from 0 to 1: the same seed gives the same numbers. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
