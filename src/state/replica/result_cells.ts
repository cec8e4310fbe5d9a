/**
 * Cells for the results of one run: one per task, outside of the op log. A cell has a number, a
 * boolean, null or undefined itself, since most tasks return nothing; of any other value it has the
 * range in the heap where the value is, packed or as a short text. So a result takes no lock, and
 * only the threads that read it unpack it. Reads of `state.results` check the cell.
 *
 * Words of a cell: its kind (0: none) · length of the range · a 64-bit float in two words, which is
 *                  the number or the position of the range.
 * Writer: the thread that runs the task, once per attempt, before it settles the task. If it does
 * not get there, the thread that settles the task in its place clears the cell.
 * Guarantee: the number is written before the kind, and the kind atomically, so a thread that sees
 * the kind sees the number. A dependent of the task sees the kind, since it starts after the
 * settling.
 */
import { load, store } from "../../sync/atomics.ts";
import { reinstate, restoreBuiltIns, restoreForPrimitives } from "../log/intrinsics.ts";
import { type PackedContent, PackedValue } from "../log/packed_value.ts";
import { ResultHeap } from "../results/result_heap.ts";

/** The cells of a run, as they are posted to a worker. */
export interface ResultCellsBuffer {
  readonly cells: SharedArrayBuffer;
  /** The memory of packed results. */
  readonly heap: SharedArrayBuffer;
}

const CELL_WORDS = 4;
/** Maximum length of a text that is not packed. */
const SHORT_TEXT = 48;

const Kind = {
  NONE: 0,
  UNDEFINED: 1,
  NULL: 2,
  TRUE: 3,
  FALSE: 4,
  NUMBER: 5,
  PACKED: 6,
  LATIN1: 7,
} as const;

/** The cells of the results of one run. */
export class ResultCells {
  /** The names of the tasks by id. */
  readonly names: readonly string[];
  readonly #cells: SharedArrayBuffer;
  readonly #heap: ResultHeap;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  /** The packed values that this thread has read, by id. */
  readonly #packed: { readonly start: number; readonly value: PackedValue }[] = [];
  #ids: ReadonlyMap<string, number> | undefined;
  /** The latest lookup of an id: the cell of a name is mostly read several times in a row. */
  #lastName: string | undefined;
  #lastId: number | undefined;

  /** @param source Existing cells, or the maximum size of the heap of new ones in bytes. */
  constructor(names: readonly string[], source: ResultCellsBuffer | number) {
    const isNew = typeof source === "number";
    this.names = names;
    this.#cells = isNew ? new SharedArrayBuffer(names.length * CELL_WORDS * 4) : source.cells;
    this.#heap = new ResultHeap(isNew ? source : source.heap);
    this.#words = new Int32Array(this.#cells);
    this.#numbers = new Float64Array(this.#cells);
  }

  /** The memory with which other threads join. */
  get buffer(): ResultCellsBuffer {
    return { cells: this.#cells, heap: this.#heap.buffer };
  }

  /**
   * Writes a result if it fits into a cell as it is.
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
    else return typeof value === "string" && this.#writeText(index, value);
    return true;
  }

  /** Writes a short text as it is: packed, it would take some times as long. */
  #writeText(index: number, text: string): boolean {
    if (text.length > SHORT_TEXT) return false;
    const replaced = restoreForPrimitives();
    try {
      const start = this.#heap.writeLatin1(text);
      if (start === undefined) return false;
      this.#numbers[(index >> 1) + 1] = start;
      this.#words[index + 1] = text.length;
      store(this.#words, index, Kind.LATIN1);
      return true;
    } finally {
      if (replaced !== undefined) reinstate(replaced);
    }
  }

  /**
   * Writes a packed result.
   *
   * @throws {StateFullError} if there is no room for it; the cell is unchanged then.
   */
  writePacked(id: number, content: PackedContent): void {
    const index = id * CELL_WORDS;
    const [start, byteLength] = this.#copyToHeap(content);
    this.#numbers[(index >> 1) + 1] = start;
    this.#words[index + 1] = byteLength;
    store(this.#words, index, Kind.PACKED);
  }

  #copyToHeap(content: PackedContent): [start: number, byteLength: number] {
    const replaced = restoreBuiltIns();
    try {
      for (;;) {
        const { byteLength } = content;
        const start = this.#heap.allocate(byteLength);
        if (content.writeTo(this.#heap.range(start, byteLength))) return [start, byteLength];
        this.#heap.release(start, byteLength);
      }
    } finally {
      if (replaced !== undefined) reinstate(replaced);
    }
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

  /** Returns the content of the cell of this name; undefined also if there is none. */
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
      case Kind.LATIN1:
        return this.#heap.readLatin1(this.#numbers[(index >> 1) + 1]!, this.#words[index + 1]!);
      case Kind.PACKED:
        return this.#packedAt(id, index);
      default:
        return undefined;
    }
  }

  /** Returns the names with a result in a cell, in id order. */
  filledNames(): string[] {
    return this.names.filter((_, id) => load(this.#words, id * CELL_WORDS) !== Kind.NONE);
  }

  #packedAt(id: number, index: number): PackedValue {
    const start = this.#numbers[(index >> 1) + 1]!;
    const known = this.#packed[id];
    if (known?.start === start) return known.value;
    const replaced = restoreBuiltIns();
    const value = new PackedValue(this.#heap.range(start, this.#words[index + 1]!));
    if (replaced !== undefined) reinstate(replaced);
    this.#packed[id] = { start, value };
    return value;
  }

  #idOf(name: string): number | undefined {
    if (name === this.#lastName) return this.#lastId;
    this.#ids ??= new Map(this.names.map((known, id) => [known, id]));
    this.#lastName = name;
    return this.#lastId = this.#ids.get(name);
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
