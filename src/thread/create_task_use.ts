/**
 * The values of the resources that a task uses, by the keys of its option `use`. The object is
 * created when the task first reads `task.use`; all set-ups have passed by then.
 */
import { quoteList } from "../base/text_format.ts";
import { formatPathStep } from "../state/replica/value_encoder.ts";
import type { UsedResource } from "../task/dependencies.ts";

/** The values of resources, as one task may read them. */
export interface ResourceReader {
  /** The name of the task that reads. */
  readonly task: string;
  /** Returns the value of a resource; undefined if there is none. */
  valueOf(name: string): { readonly value?: unknown } | undefined;
}

/** Creates `task.use`. */
export function createTaskUse(uses: readonly UsedResource[], reader: ResourceReader): object {
  const values: Record<string, unknown> = {};
  for (const [key, name] of uses) {
    const property = { get: () => readValue(key, name, reader), enumerable: true };
    Object.defineProperty(values, key, property);
  }
  return new Proxy(Object.freeze(values), new DeclaredUse(reader.task));
}

function readValue(key: string, name: string, { task, valueOf }: ResourceReader): unknown {
  const found = valueOf(name);
  if (found !== undefined) return found.value;
  throw new TypeError(
    `"${task}" reads task.use${formatPathStep(key)}, but "${name}" has been disposed of`,
  );
}

/** Rejects reads of resources that the task has not declared. */
class DeclaredUse implements ProxyHandler<Record<string, unknown>> {
  readonly #task: string;

  constructor(task: string) {
    this.#task = task;
  }

  get(target: Record<string, unknown>, key: string | symbol): unknown {
    const isProbe = typeof key === "symbol" || key === "then" || key === "toJSON";
    if (isProbe || key in target) return Reflect.get(target, key);
    const keys = Object.keys(target);
    const has = keys.length === 0 ? "is empty" : `has no such key: it has ${quoteList(keys)}`;
    throw new TypeError(
      `"${this.#task}" reads task.use${formatPathStep(key)}, but "use" ${has}; add the resource`,
    );
  }
}
