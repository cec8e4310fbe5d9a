/** Plain copies of values of the state. */

import { forEachItem } from "../log/for_each_item.ts";
import { type Binary, isErrorKind, Kind, kindOf } from "../log/value_kinds.ts";
import { PackedObjects } from "../log/packed_value.ts";
import { errorProperties, setErrorPart } from "../log/error_properties.ts";
import { bytesOf, makeBinary } from "../log/opaque_values.ts";
import { createEmptyOrUndefined, type Properties, setProperty } from "../log/decoder.ts";
import { resultNames } from "./result_cells.ts";
import { findResult, type ResultSource } from "../results/find_result.ts";
import { ObjectTag, unwrap, unwrapProxy } from "./object_tag.ts";
import { realm } from "../../task/realm.ts";

/**
 * Returns a deep copy of a value read from the state: ordinary local objects, which no other thread
 * changes, and which `structuredClone` and `postMessage` accept. Identity and cycles are preserved.
 * Values that cannot be shared (a function, an instance of a class) are not copied.
 *
 * ```ts
 * import { mark, snapshot } from "@thread-order/cli";
 *
 * export const keep = mark((state) => {
 *   state.list = [1, 2];
 *   return structuredClone(snapshot(state.list));
 * });
 * ```
 *
 * @param value A value of the state, or any other value.
 * @returns The copy; a primitive value itself.
 */
export function snapshot<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const raw = unwrap(value);
  const owner = ObjectTag.ownerOf(raw) as SnapshotSource | undefined;
  owner?.cursor.sync();
  if (raw === owner?.root || raw === owner?.results) owner.onRootRead?.("*");
  const copies = new Map<object, object>();
  const due: [from: object, to: object, kind: number][] = [];
  const others = [...realm().snapshots].filter((take) => take !== snapshotOfOwn);
  const copy = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    const found = unwrap(part);
    const from = found instanceof PackedObjects ? found.value : found;
    const known = copies.get(from);
    if (known !== undefined) return known;
    for (const take of others) {
      const taken = take(from);
      if (taken === undefined) continue;
      copies.set(from, taken);
      return taken;
    }
    const kind = kindOf(from);
    if (kind === Kind.none) return from;
    const to = createShell(from, kind);
    copies.set(from, to);
    due.push([from, to, kind]);
    return to;
  };
  const result = copy(value);
  // No recursion: a chain may be longer than the stack.
  for (let next = 0; next < due.length; next++) fill(...due[next]!, copy);
  return result as T;
}

/** A replica, as far as a snapshot needs it. */
interface SnapshotSource extends ResultSource {
  readonly root: Properties;
  readonly onRootRead: ((key: string | symbol) => void) | undefined;
}

/** Takes a snapshot for other copies of the library, which do not know the states of this one. */
export function snapshotOfOwn(value: object): object | undefined {
  return unwrapProxy(value) === undefined ? undefined : snapshot(value);
}

function createShell(from: object, kind: number): object {
  if (kind === Kind.date) return new Date((from as Date).getTime());
  if (kind === Kind.regexp) return new RegExp(from as RegExp);
  return createEmptyOrUndefined(kind) ??
    makeBinary(kind, bytesOf(from as Binary).slice().buffer as ArrayBuffer);
}

function fill(from: object, to: object, kind: number, copy: (value: unknown) => unknown): void {
  switch (kind) {
    case Kind.object:
    case Kind.nullObject:
      return fillProperties(from as Properties, to as Properties, copy);
    case Kind.array:
      forEachItem(from as unknown[], (item, index) => (to as unknown[])[index] = copy(item));
      (to as unknown[]).length = (from as unknown[]).length;
      return;
    case Kind.map:
      for (const [key, value] of from as Map<unknown, unknown>) {
        (to as Map<unknown, unknown>).set(copy(key), copy(value));
      }
      return;
    case Kind.set:
      for (const member of from as Set<unknown>) (to as Set<unknown>).add(copy(member));
      return;
  }
  if (!isErrorKind(kind)) return;
  for (const [key, value] of errorProperties(from as Error, kind)) {
    setErrorPart(to as Error, key, copy(value));
  }
}

function fillProperties(
  from: Properties,
  to: Properties,
  copy: (value: unknown) => unknown,
): void {
  const owner = ObjectTag.ownerOf(from) as ResultSource | undefined;
  if (owner?.results !== from) {
    for (const key of Object.keys(from)) setProperty(to, key, copy(from[key]));
    return;
  }
  for (const name of resultNames(from, owner.resultCells)) {
    setProperty(to, name, copy(findResult(owner, name)?.value));
  }
}
