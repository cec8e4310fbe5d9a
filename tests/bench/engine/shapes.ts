/** The modules of the benchmarks of an engine. */

/** The source of a module with tasks. */
export interface Shape {
  readonly name: string;
  readonly count: number;
  readonly module: string;
}

/** Tasks with this body, without dependencies or as a chain. */
export function shape(name: string, count: number, body: string, isChain = false): Shape {
  const lines = Array.from({ length: count }, (_, at) => {
    const after = isChain && at > 0 ? `{ after: ["${taskName(at - 1)}"] }, ` : "";
    return `export const ${taskName(at)} = mark(${after}${body});`;
  });
  return { name, count, module: lines.join("\n") };
}

/** Empty tasks without dependencies. */
export function wideOf(count: number): Shape {
  return shape("wide", count, "() => 1");
}

/** Empty tasks, each after the one before. */
export function chainOf(count: number): Shape {
  return shape("chain", count, "() => 1", true);
}

function taskName(at: number): string {
  return `t${String(at).padStart(5, "0")}`;
}
