/** What is measured: graphs by what their tasks do. */
import type { Kind, Shape } from "./dags.ts";

/** One graph. */
export interface Cell {
  readonly shape: Shape;
  readonly tasks: number;
  readonly kind: Kind;
}

/** Graphs of tasks that do nothing, by size. */
export function plainCells(tasks: number): Cell[] {
  return (["layered", "chain", "wide"] as const).map((shape) => ({ shape, tasks, kind: "noop" }));
}

/** Asynchronous tasks that do nothing. */
export const ASYNC: Cell = { shape: "layered", tasks: 10_000, kind: "async" };
/** Tasks of about 20 ms of processor time. */
export const CPU: Cell = { shape: "wide", tasks: 64, kind: "cpu" };
/** One counter, under a lock. */
export const COUNTER: Cell = { shape: "wide", tasks: 1000, kind: "counter" };

/** The name of a cell, also of its file. */
export function cellName({ shape, tasks, kind }: Cell): string {
  const count = tasks >= 1000 ? `${tasks / 1000}k` : `${tasks}`;
  return kind === "noop" ? `${shape} ${count}` : `${shape} ${count} ${kind}`;
}
