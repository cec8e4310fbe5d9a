/**
 * Application of the log's records to a replica's objects. Nothing in here may fail or run user
 * code.
 *
 * But the stack may overflow here, and then the record is applied once more. So each record is a
 * single step of the engine with no call after it, or is idempotent, or saves the part of a list
 * that it changes before its first step.
 */

import { InternalError } from "../../base/assert.ts";
import { type Decoder, type Properties, setProperty } from "../log/decoder.ts";
import { setErrorPart } from "../log/error_properties.ts";
import { forEachItem } from "../log/for_each_item.ts";
import { Method, Op } from "../log/value_kinds.ts";

/** The result of a call that exceeds a limit of the engine: it changed nothing, in any thread. */
export const NO_ROOM = Symbol("no room");
const MAX_ARRAY_LENGTH = 2 ** 32 - 1;
/** V8 holds 2^24 entries, fewer after deletions; half of that is always possible. */
const MAX_ENTRIES = 2 ** 23;

/** Maximum number of arguments spread into a call; more could overflow the stack. */
const MAX_SPREAD = 1000;

/**
 * Reads one record and applies it.
 *
 * @param find Returns the object with an id; undefined if this thread has swept it. Then the record
 * is read, since the objects in it become known, but has no effect.
 * @returns the result of the called method.
 */
export function applyRecord(reader: Decoder, find: (id: number) => object | undefined): unknown {
  const op = reader.u8();
  if (op === Op.body) return reader.body();
  if (op === Op.leaf) return void reader.value();
  const target = find(reader.id());
  switch (op) {
    case Op.set: {
      const key = reader.key();
      const value = reader.value();
      if (target !== undefined) setMember(target, key, value);
      return undefined;
    }
    case Op.delete: {
      const key = reader.key();
      if (target !== undefined) delete (target as Properties)[key];
      return undefined;
    }
    case Op.clear:
      for (const key of Object.keys(target ?? {})) delete (target as Properties)[key];
      return undefined;
    case Op.length: {
      const length = reader.u32();
      if (target !== undefined) (target as unknown[]).length = length;
      return undefined;
    }
    case Op.permute:
      return permute(reader, target as unknown[] | undefined);
    case Op.call: {
      const method = reader.u8();
      const args: unknown[] = [];
      for (let left = reader.u32(); left > 0; left--) args.push(reader.value());
      return target === undefined ? undefined : callMethod(reader, target, method, args);
    }
  }
  throw new InternalError(`The log has no record of type ${op}`);
}

/** Sets a property, an index or a property of an error. */
export function setMember(target: object, key: string | number, value: unknown): void {
  if (target instanceof Error) setErrorPart(target, String(key), value);
  else setProperty(target as Properties, key, value);
}

function permute(reader: Decoder, list: unknown[] | undefined): void {
  const count = reader.u32();
  const old = reader.savedItems ??= list?.slice() ?? [];
  for (let index = 0; index < count; index++) {
    const from = reader.u32();
    if (list === undefined) continue;
    if (from in old) list[index] = old[from];
    else delete list[index];
  }
  reader.savedItems = undefined;
}

function callMethod(reader: Decoder, target: object, method: number, args: unknown[]): unknown {
  if (method >= Method.setAdd && method <= Method.setClear) {
    return callSet(target as Set<unknown>, method, args);
  }
  if (method >= Method.mapSet) return callMap(target as Map<unknown, unknown>, method, args);
  return callArray(reader, target as unknown[], method, args);
}

function callArray(reader: Decoder, list: unknown[], method: number, args: unknown[]): unknown {
  switch (method) {
    case Method.push:
      if (isTooLong(reader, list, args.length)) return NO_ROOM;
      return args.length <= MAX_SPREAD
        ? list.push(...args)
        : insertMany(reader, list, list.length, 0, args);
    case Method.pop:
      return list.pop();
    case Method.shift:
      return list.shift();
    case Method.unshift:
      if (isTooLong(reader, list, args.length)) return NO_ROOM;
      return args.length <= MAX_SPREAD
        ? list.unshift(...args)
        : insertMany(reader, list, 0, 0, args);
    case Method.splice:
      return splice(reader, list, args);
    case Method.reverse:
      return list.reverse();
    case Method.fill:
      return list.fill(args[0], args[1] as number | undefined, args[2] as number | undefined);
    case Method.copyWithin:
      return list.copyWithin(args[0] as number, args[1] as number, args[2] as number | undefined);
  }
  throw new InternalError(`Arrays have no method ${method}`);
}

/** Whether an array cannot grow by `more` items. */
function isTooLong(reader: Decoder, list: unknown[], more: number): boolean {
  return lengthBefore(reader, list) + more > MAX_ARRAY_LENGTH;
}

/** Returns the length of an array before the current record, which may have been torn. */
function lengthBefore(
  { savedItems, savedFromIndex }: Decoder,
  list: unknown[],
): number {
  return savedItems === undefined ? list.length : savedFromIndex + savedItems.length;
}

/** Splices an array: `args` are none, start, or start, count and new items. */
function splice(reader: Decoder, list: unknown[], args: unknown[]): unknown {
  const length = lengthBefore(reader, list);
  const [start = 0, count = length] = args as [number?, number?];
  const from = start < 0 ? Math.max(0, length + start) : Math.min(start, length);
  const deleteCount = Math.max(0, Math.min(count, length - from));
  if (isTooLong(reader, list, args.length - 2 - deleteCount)) return NO_ROOM;
  if (args.length <= MAX_SPREAD) return list.splice(...args as [number, number, ...unknown[]]);
  const removed = reader.savedItems?.slice(0, deleteCount) ?? list.slice(from, from + deleteCount);
  insertMany(reader, list, from, deleteCount, args.slice(2));
  return removed;
}

/** Replaces `deleteCount` items by more than can be spread. Returns the new length. */
function insertMany(
  reader: Decoder,
  list: unknown[],
  from: number,
  deleteCount: number,
  items: unknown[],
): number {
  if (reader.savedItems === undefined) {
    reader.savedFromIndex = from;
    reader.savedItems = list.slice(from);
  }
  const rest = reader.savedItems.slice(deleteCount);
  list.length = reader.savedFromIndex;
  for (const item of items) list.push(item);
  const base = list.length;
  // Not concat: holes must stay holes, and the array the same object.
  list.length = base + rest.length;
  forEachItem(rest, (item, index) => list[base + index] = item);
  reader.savedItems = undefined;
  return list.length;
}

/** Whether a Map or Set has no room for a new key. */
function isFull(collection: Map<unknown, unknown> | Set<unknown>, key: unknown): boolean {
  return collection.size >= MAX_ENTRIES && !collection.has(key);
}

function callMap(map: Map<unknown, unknown>, method: number, args: unknown[]): unknown {
  switch (method) {
    case Method.mapSet:
      if (isFull(map, args[0])) return NO_ROOM;
      return map.set(args[0], args[1]);
    case Method.mapDelete:
      return map.delete(args[0]);
    case Method.mapClear:
      return map.clear();
    case Method.mapGetOrInsert:
      if (isFull(map, args[0])) return NO_ROOM;
      if (!map.has(args[0])) map.set(args[0], args[1]);
      return map.get(args[0]);
  }
  throw new InternalError(`Maps have no method ${method}`);
}

function callSet(set: Set<unknown>, method: number, args: unknown[]): unknown {
  switch (method) {
    case Method.setAdd:
      if (isFull(set, args[0])) return NO_ROOM;
      return set.add(args[0]);
    case Method.setDelete:
      return set.delete(args[0]);
    case Method.setClear:
      return set.clear();
  }
  throw new InternalError(`Sets have no method ${method}`);
}
