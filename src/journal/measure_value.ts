/** A look at a value before it is written down: how large it is, and whether JSON can tell all of it. */
import { errorProperties } from "../state/log/error_properties.ts";
import { isErrorKind, isLeaf, Kind, kindOf } from "../state/log/value_kinds.ts";
import { unwrapProxy } from "../state/replica/object_tag.ts";

/** A result that takes about this many bytes is kept. */
export const RESULT_BYTES_MAX = 1 << 20;

/** What each value is taken for, beside its text: a number and a comma, a key's quotes. */
const VALUE_BYTES = 8;
/** JSON is read and written by recursion. */
const JSON_DEPTH_MAX = 500;

/** What came of looking. */
export interface ValueSize {
  /** Whether it takes more than {@linkcode RESULT_BYTES_MAX}; the rest was not looked at then. */
  readonly isLarge: boolean;
  /** Whether `JSON.parse` gives back what `JSON.stringify` took. */
  readonly isJsonSafe: boolean;
}

/** Looks at a value and all it holds, for as long as it may be small enough. */
export function measureValue(value: unknown): ValueSize {
  const measurement = new Measurement();
  measurement.add(value, 0);
  measurement.run();
  return { isLarge: measurement.bytes > RESULT_BYTES_MAX, isJsonSafe: measurement.isJsonSafe };
}

class Measurement {
  bytes = 0;
  isJsonSafe = true;
  readonly #seen = new Set<object>();
  readonly #pending: [object: object, depth: number][] = [];

  /** Not recursion: a chain may be longer than the stack. */
  run(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      if (this.bytes > RESULT_BYTES_MAX) return;
      this.#members(...next);
    }
  }

  add(value: unknown, depth: number): void {
    this.bytes += VALUE_BYTES;
    switch (typeof value) {
      case "string":
        this.bytes += value.length;
        return;
      case "number":
        if (!Number.isFinite(value) || Object.is(value, -0)) this.isJsonSafe = false;
        return;
      case "boolean":
        return;
      case "bigint":
        this.bytes += value.toString(16).length;
        this.isJsonSafe = false;
        return;
      case "object":
        if (value !== null) this.#pending.push([unwrapProxy(value) ?? value, depth]);
        return;
      default:
        this.isJsonSafe = false;
    }
  }

  #members(object: object, depth: number): void {
    // JSON would make two of what is one, and has no end for what holds itself.
    if (this.#seen.has(object) || depth > JSON_DEPTH_MAX) this.isJsonSafe = false;
    if (this.#seen.has(object)) return;
    this.#seen.add(object);
    const kind = kindOf(object);
    if (kind === Kind.object) return this.#properties(object, depth);
    if (kind === Kind.array) return this.#items(object as unknown[], depth);
    this.isJsonSafe = false;
    if (kind === Kind.nullObject) return this.#properties(object, depth);
    if (isLeaf(kind)) this.bytes += "byteLength" in object ? Number(object.byteLength) : 0;
    else if (kind === Kind.map) this.#entries([...object as Map<unknown, unknown>], depth);
    else if (kind === Kind.set) this.#entries([[...object as Set<unknown>]], depth);
    else if (isErrorKind(kind)) this.#entries(errorProperties(object as Error, kind), depth);
  }

  #properties(object: object, depth: number): void {
    for (const [key, value] of Object.entries(object)) {
      this.bytes += key.length;
      this.add(value, depth + 1);
    }
  }

  /** By its length alone an array may be too large: of one with holes, too, that is no loss. */
  #items(list: readonly unknown[], depth: number): void {
    if (list.length * VALUE_BYTES > RESULT_BYTES_MAX) {
      this.bytes += list.length * VALUE_BYTES;
      return;
    }
    for (const value of list) this.add(value, depth + 1); // a hole is undefined, and no JSON
  }

  #entries(entries: readonly (readonly unknown[])[], depth: number): void {
    for (const entry of entries) for (const part of entry) this.add(part, depth + 1);
  }
}
