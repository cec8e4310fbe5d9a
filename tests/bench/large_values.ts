/** The values that large_results.ts passes on. */

/** A row of a table. */
interface Row {
  readonly id: number;
  readonly name: string;
  readonly score: number;
}

const ROWS = 1_000_000;
const BYTES = 100_000_000;

const CREATE = {
  rows: (): unknown =>
    Array.from({ length: ROWS }, (_, id): Row => ({ id, name: `user ${id}`, score: id / 3 })),
  numbers: (): unknown => new Float64Array(BYTES / 8).fill(0.5),
  text: (): unknown => "abcdefghi\n".repeat(BYTES / 10),
};

/** The name of a value. */
export type ValueName = keyof typeof CREATE;

/** The names of all values. */
export const VALUES = Object.keys(CREATE) as ValueName[];

/** Creates a value. */
export function createValue(name: ValueName): unknown {
  return CREATE[name]();
}

/** Reads all of a value; throws if it is not complete. */
export function iterate(value: unknown): void {
  let sum = 0;
  if (typeof value === "string") {
    for (let index = 0; index < value.length; index += 1000) sum += value.charCodeAt(index);
  } else if (value instanceof Float64Array) {
    for (let index = 0; index < value.length; index++) sum += value[index]!;
  } else {
    for (const row of value as Row[]) sum += row.score + row.name.length;
  }
  if (!(sum > 0)) throw new Error("The value is empty");
}
