/** Measures a value before it is written to a journal. */
import { errorProperties } from "../state/log/error_properties.ts";
import { isErrorKind, isLeaf, Kind, kindOf } from "../state/log/value_kinds.ts";
import { unwrapProxy } from "../state/replica/object_tag.ts";

/** Maximum size of a stored result, in bytes: a rerun reads all results at once. */
export const RESULT_BYTES_MAX = 1 << 20;

/**
 * Estimated size of a value without its text, in bytes: a number and a comma, or a key's quotes.
 */
const VALUE_BYTES = 8;
/** Maximum nesting depth for JSON, which is parsed and written recursively. */
const JSON_DEPTH_MAX = 500;

/** The result of {@linkcode measureValue}. */
export interface ValueSize {
  /** Whether the value exceeds {@linkcode RESULT_BYTES_MAX}; its rest is not visited then. */
  readonly isLarge: boolean;
  /** Whether the value survives a round trip through JSON. */
  readonly isJsonSafe: boolean;
}

/** Visits a value and all its members until the size limit is exceeded. */
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

  /** Visits pending objects with an explicit stack: a chain may be deeper than the call stack. */
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
    // JSON duplicates a shared object, and cannot represent a circular one.
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

  /** Visits the items of an array, unless its length alone is too large, even of a sparse array. */
  #items(list: readonly unknown[], depth: number): void {
    if (list.length * VALUE_BYTES > RESULT_BYTES_MAX) {
      this.bytes += list.length * VALUE_BYTES;
      return;
    }
    // A hole reads as undefined, which JSON lacks.
    for (const value of list) this.add(value, depth + 1);
  }

  #entries(entries: readonly (readonly unknown[])[], depth: number): void {
    for (const entry of entries) for (const part of entry) this.add(part, depth + 1);
  }
}
