/**
 * The results of a task's dependencies, in the shape of its option `after`. The object is created
 * when the task first reads `task.results`; all dependencies have ended by then.
 */
import { quoteList } from "../base/text_format.ts";
import { formatPathStep } from "../state/replica/value_encoder.ts";
import type { ResultMembers, ResultShape, ResultSource } from "../task/dependencies.ts";
import { isProbe } from "./declared_reads.ts";

/** The results of a run, as one task may read them. */
export interface ResultReader {
  /** The name of the task that reads. */
  readonly task: string;
  /** Whether a missing result is read as `undefined`: the type of the results includes it then. */
  readonly mayBeMissing: boolean;
  /** Returns the result of a task; undefined if there is none. */
  resultOf(name: string): { readonly value?: unknown } | undefined;
  /** Returns the reason why a task has no result. */
  missingReason(name: string): string;
}

/** Creates `task.results`. */
export function createTaskResults(shape: ResultShape | undefined, reader: ResultReader): object {
  const { isList = true, sources = [] } = shape ?? {};
  const results: Record<string, unknown> = (isList ? [] : {}) as never;
  const present = new Set<string>();
  for (const source of sources) {
    const found = readSource(source, reader);
    const { key } = source;
    if ("value" in found) present.add(key);
    const property = "missing" in found && !reader.mayBeMissing
      ? { get: () => reject(reader, isList, key, found.missing) }
      : { value: "value" in found ? found.value : found.partial };
    // Configurable: `in` returns false for a missing result, which a fixed property forbids.
    Object.defineProperty(results, key, { ...property, enumerable: true, configurable: true });
  }
  return new Proxy(results, new DeclaredResults(reader.task, isList, present));
}

/** The result of a dependency, or the name of a task that has none. */
type FoundResult = { readonly value: unknown } | {
  readonly missing: string;
  /** The results of the other members of the dependency. */
  readonly partial: unknown;
};

function readSource({ name, members }: ResultSource, reader: ResultReader): FoundResult {
  if (members !== undefined) return readMembers(members, reader);
  const found = reader.resultOf(name);
  return found === undefined ? { missing: name, partial: undefined } : { value: found.value };
}

/** Reads the results of the cases of a task, or of the tasks that a glob matches. */
function readMembers({ isList, items }: ResultMembers, reader: ResultReader): FoundResult {
  const value: Record<string, unknown> = (isList ? [] : {}) as never;
  let missing: string | undefined;
  for (const [index, [key, name]] of items.entries()) {
    const found = reader.resultOf(name);
    if (found === undefined) missing ??= name;
    Object.defineProperty(value, isList ? index : key, { value: found?.value, enumerable: true });
  }
  Object.freeze(value);
  return missing === undefined ? { value } : { missing, partial: value };
}

function reject(reader: ResultReader, isList: boolean, key: string, missing: string): never {
  throw new TypeError(
    `${readText(reader.task, isList, key)}, but "${missing}" has no result: ` +
      reader.missingReason(missing),
  );
}

/** The text of a read: `"report" reads task.results.load`. */
function readText(task: string, isList: boolean, key: string): string {
  const step = isList && /^\d+$/.test(key) ? `[${key}]` : formatPathStep(key);
  return `"${task}" reads task.results${step}`;
}

/** Rejects reads of results that the task has not declared as dependencies. */
class DeclaredResults implements ProxyHandler<Record<string, unknown>> {
  readonly #task: string;
  readonly #isList: boolean;
  readonly #present: ReadonlySet<string>;

  constructor(task: string, isList: boolean, present: ReadonlySet<string>) {
    this.#task = task;
    this.#isList = isList;
    this.#present = present;
  }

  get(target: Record<string, unknown>, key: string | symbol): unknown {
    if (typeof key === "symbol" || key in target || isProbe(key)) return Reflect.get(target, key);
    throw new TypeError(
      `${readText(this.#task, this.#isList, key)}, but "after" ${this.#declared(target, key)}`,
    );
  }

  /** Returns whether there is a result. */
  has(target: Record<string, unknown>, key: string | symbol): boolean {
    if (typeof key === "string" && Object.hasOwn(target, key) && key !== "length") {
      return this.#present.has(key);
    }
    return key in target;
  }

  set(): never {
    return this.#rejectWrite();
  }

  defineProperty(): never {
    return this.#rejectWrite();
  }

  deleteProperty(): never {
    return this.#rejectWrite();
  }

  #rejectWrite(): never {
    throw new TypeError(`Cannot write task.results of "${this.#task}": results are read-only`);
  }

  /** Describes what `after` has instead of the key, and what to do. */
  #declared(target: Record<string, unknown>, key: string): string {
    const keys = Object.keys(target);
    if (keys.length === 0) return "is empty: add the dependency to it";
    if (!this.#isList) return `has no such key: it has ${quoteList(keys, NAMED_MAX)}`;
    return /^\d+$/.test(key)
      ? `has ${keys.length === 1 ? "one item" : `${keys.length} items`}`
      : `is a list: read task.results[0], or use an object, such as { after: { ${key} } }`;
  }
}

/** Maximum number of keys in a message. */
const NAMED_MAX = 5;
