/**
 * Encoding of values that a user writes into the state. It runs before the internal lock is
 * acquired, since getters and Proxies of the user run here; a failure changes nothing.
 */

import { StateCloneError } from "../state_errors.ts";
import { ObjectGraphWriter } from "../log/object_graph_writer.ts";
import type { ReplacedBuiltIns } from "../log/intrinsics.ts";
import { type Binary, isErrorKind, isLeaf, Kind, kindOf, Op } from "../log/value_kinds.ts";
import { isDetached } from "../log/opaque_values.ts";
import { ObjectTag, unwrapProxy } from "./object_tag.ts";
import type { Properties } from "../log/decoder.ts";

/** The source of ids of new objects. */
export interface IdSource {
  /** Returns an id that no object has had in any thread. */
  newId(): number;
}

/** Encodes values that a user writes into the state. */
export class ValueEncoder extends ObjectGraphWriter {
  /** The objects of the state that the bytes refer to; all readers must know them. */
  readonly mentioned: object[] = [];
  /** The replacements of built-ins to reinstate after the write. */
  replacedBuiltIns: ReplacedBuiltIns | undefined = undefined;
  #origin: () => string = () => "state";
  readonly #ids: IdSource;

  constructor(ids: IdSource) {
    super();
    this.#ids = ids;
  }

  /** Starts an encoding. `origin` returns the path of the target, for an error. */
  begin(origin: () => string): void {
    if (this.length > 0) this.rewind(); // a stack overflow prevented it before
    this.#origin = origin;
    if (this.mentioned.length > 0) this.mentioned.length = 0;
  }

  protected override object(value: object): void {
    const object = unwrapProxy(value) ?? value;
    const shared = ObjectTag.idOf(object, this.#ids);
    if (shared !== 0) {
      this.mentioned.push(object);
      return this.reference(ObjectTag.kindOf(object), shared);
    }
    const visit = this.visited(object);
    if (visit !== undefined) return this.reference(visit.kind, visit.id);
    const kind = kindOf(object);
    if (kind === Kind.none) this.refuse(object);
    if (kind <= Kind.nullObject) rejectSymbols(object, () => this.#path());
    if (kind >= Kind.binary && isDetached(object as Binary)) this.refuse(object);
    this.firstVisit(object, kind, this.#ids.newId(), isLeaf(kind));
  }

  protected override refuse(value: unknown): never {
    throw unshareableError(this.#path(), value);
  }

  #path(): string {
    let path = "";
    if (this.parent !== undefined) path = pathStep(this.parent.kind, this.key);
    for (let visit = this.parent; visit?.parent !== undefined; visit = visit.parent) {
      path = pathStep(visit.parent.kind, visit.key) + path;
    }
    return this.#origin() + path;
  }
}

/** The part of a replica that the removal of a result needs. */
interface ResultSource extends IdSource {
  readonly cursor: { sync(): void };
  readonly results: Properties;
  idOf(object: object): number;
}

/**
 * Encodes the removal of a result.
 *
 * @returns the operation to append; undefined if there is no such result.
 */
export function encodeResultRemoval(replica: ResultSource, name: string): Uint8Array | undefined {
  replica.cursor.sync();
  const { results } = replica;
  if (!Object.hasOwn(results, name)) return undefined;
  const encoder = new ValueEncoder(replica);
  encoder.u8(Op.delete);
  encoder.id(replica.idOf(results));
  encoder.string(name);
  return encoder.content.slice();
}

/** Throws for an object that has symbols as keys. */
export function rejectSymbols(object: object, path: () => string): void {
  const symbol = Object.getOwnPropertySymbols(object)[0];
  if (symbol === undefined) return;
  throw new StateCloneError(
    `${path()}: the key ${String(symbol)} is a symbol and cannot be shared`,
  );
}

/** Formats the step from an object of a kind to one of its members. */
export function pathStep(kind: number, key: unknown): string {
  if (kind === Kind.map) return `.get(${describeKey(key)})`;
  if (kind === Kind.set) return ".<member>";
  if (kind <= Kind.array || isErrorKind(kind)) return formatPathStep(key);
  return "";
}

/** Formats a step of a path: `.name`, `["a name"]` or `[3]`. */
export function formatPathStep(key: unknown): string {
  if (typeof key === "number") return `[${key}]`;
  const text = String(key);
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text)
    ? `.${text}`
    : `[${JSON.stringify(text)}]`;
}

function describeKey(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  return typeof key === "object" && key !== null ? "<object>" : String(key);
}

/** Creates the error of a value that cannot be shared. */
export function unshareableError(path: string, value: unknown): StateCloneError {
  return new StateCloneError(`${path}: ${reasonNotShareable(value)}`);
}

function reasonNotShareable(value: unknown): string {
  if (typeof value === "symbol") return `${String(value)} cannot be shared between threads`;
  if (typeof value === "function") {
    return `a function${value.name ? ` (${value.name})` : ""} cannot be shared between threads`;
  }
  if (value instanceof Promise) return "a Promise cannot be shared between threads: await it first";
  if (value instanceof SharedArrayBuffer) {
    return "a SharedArrayBuffer cannot be in the state, which copies bytes: assign a typed array";
  }
  if (kindOf(value as object) !== Kind.none) {
    return "the bytes of the value were transferred";
  }
  const type = (value as object).constructor?.name;
  const what = type ? `an instance of ${type}` : "an object with a prototype of its own";
  return `${what} cannot be shared between threads (it would lose its methods)`;
}
