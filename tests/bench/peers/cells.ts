/** The measured cells: graphs by kind of task. */
import type { Kind, Shape } from "./dags.ts";

/** A graph with a kind of task. */
export interface Cell {
  readonly shape: Shape;
  readonly tasks: number;
  readonly kind: Kind;
}

/** Graphs of no-op tasks, by size. */
export function plainCells(tasks: number): Cell[] {
  return (["layered", "chain", "wide"] as const).map((shape) => ({ shape, tasks, kind: "noop" }));
}

/** Asynchronous no-op tasks. */
export const ASYNC: Cell = { shape: "layered", tasks: 10_000, kind: "async" };
/** Tasks with about 20 ms of CPU time. */
export const CPU: Cell = { shape: "wide", tasks: 64, kind: "cpu" };
/** Tasks that increment one counter under a lock. */
export const COUNTER: Cell = { shape: "wide", tasks: 1000, kind: "counter" };

/** The name of a cell and of its file. */
export function cellName({ shape, tasks, kind }: Cell): string {
  const count = tasks >= 1000 ? `${tasks / 1000}k` : `${tasks}`;
  return kind === "noop" ? `${shape} ${count}` : `${shape} ${count} ${kind}`;
}
