/**
 * Cells for results of one run that are a number, a boolean, null or undefined: one per task,
 * outside of the op log. Most tasks return nothing, and a log entry that every thread has to apply
 * would cost more than all of their scheduling. Reads of `state.results` check the cell.
 *
 * Words of a cell: its kind (0: none) · unused · a 64-bit float in two words.
 * Writer: the thread that runs the task, once per attempt, before it settles the task. If it does
 * not get there, the thread that settles the task in its place clears the cell.
 * Guarantee: the number is written before the kind, and the kind atomically, so a thread that sees
 * the kind sees the number. A dependent of the task sees the kind, since it starts after the
 * settling.
 */
import { load, store } from "../../sync/atomics.ts";

/** The cells of a run, as they are posted to a worker. */
export type ResultCellsBuffer = SharedArrayBuffer;

const CELL_WORDS = 4;

const Kind = { NONE: 0, UNDEFINED: 1, NULL: 2, TRUE: 3, FALSE: 4, NUMBER: 5 } as const;

/** The cells of the results of one run. */
export class ResultCells {
  /** The memory of the cells. */
  readonly buffer: ResultCellsBuffer;
  /** The names of the tasks by id. */
  readonly names: readonly string[];
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  #ids: ReadonlyMap<string, number> | undefined;

  /** @param buffer The buffer of existing cells; by default, cells are created. */
  constructor(
    names: readonly string[],
    buffer: ResultCellsBuffer = new SharedArrayBuffer(names.length * CELL_WORDS * 4),
  ) {
    this.names = names;
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float64Array(buffer);
  }

  /**
   * Writes a result if it fits into a cell.
   *
   * @returns whether it fits.
   */
  write(id: number, value: unknown): boolean {
    const index = id * CELL_WORDS;
    if (value === undefined) store(this.#words, index, Kind.UNDEFINED);
    else if (typeof value === "number") {
      this.#numbers[(index >> 1) + 1] = value;
      store(this.#words, index, Kind.NUMBER);
    } else if (value === null) store(this.#words, index, Kind.NULL);
    else if (typeof value === "boolean") store(this.#words, index, value ? Kind.TRUE : Kind.FALSE);
    else return false;
    return true;
  }

  /** Removes a result. */
  clear(id: number): void {
    store(this.#words, id * CELL_WORDS, Kind.NONE);
  }

  /** Whether there is a result under this name. */
  has(name: string): boolean {
    const id = this.#idOf(name);
    return id !== undefined && load(this.#words, id * CELL_WORDS) !== Kind.NONE;
  }

  /** Returns the result under this name; undefined also if there is none. */
  get(name: string): unknown {
    const id = this.#idOf(name);
    if (id === undefined) return undefined;
    const index = id * CELL_WORDS;
    switch (load(this.#words, index)) {
      case Kind.NUMBER:
        return this.#numbers[(index >> 1) + 1];
      case Kind.NULL:
        return null;
      case Kind.TRUE:
        return true;
      case Kind.FALSE:
        return false;
      default:
        return undefined;
    }
  }

  /** Returns the names with a result in a cell, in id order. */
  filledNames(): string[] {
    return this.names.filter((_, id) => load(this.#words, id * CELL_WORDS) !== Kind.NONE);
  }

  #idOf(name: string): number | undefined {
    this.#ids ??= new Map(this.names.map((known, id) => [known, id]));
    return this.#ids.get(name);
  }
}

/**
 * Returns the names of all results, sorted, so that the order does not depend on where each is
 * kept.
 */
export function resultNames(
  inLog: object,
  cells: Pick<ResultCells, "filledNames"> | undefined,
): string[] {
  return [...new Set([...Object.keys(inLog), ...cells?.filledNames() ?? []])].sort();
}
