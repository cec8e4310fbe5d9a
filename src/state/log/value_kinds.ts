/**
 * The kinds of shareable objects, and the numbers that encode tags, records and methods in the log.
 */

/** Tags of values in the log. */
export const Tag = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  int32: 4,
  float64: 5,
  bigint: 6,
  latin1: 7,
  utf16: 8,
  utf8: 9,
  /** kind, id: an object that the reader knows, or whose body follows in the same batch. */
  reference: 10,
  /** kind, id, content: an opaque value. */
  leaf: 11,
  /** count: that number of holes in an array. */
  holes: 12,
  /** count, bytes: a value that each thread unpacks when it reads it. */
  packed: 13,
  /** first id, number of ids, count, bytes: objects that each thread unpacks when it needs them. */
  packedObjects: 14,
} as const;

/** Types of records in the log. */
export const Op = {
  set: 1,
  delete: 2,
  call: 3,
  length: 4,
  permute: 5,
  body: 6,
  leaf: 7,
  clear: 8,
} as const;

/** Methods that a record of type `call` may call. */
export const Method = {
  push: 1,
  pop: 2,
  shift: 3,
  unshift: 4,
  splice: 5,
  reverse: 6,
  fill: 7,
  copyWithin: 8,
  mapSet: 9,
  mapDelete: 10,
  mapClear: 11,
  setAdd: 12,
  setDelete: 13,
  setClear: 14,
  mapGetOrInsert: 15,
} as const;

/** A number of {@linkcode Method}. */
export type MethodId = (typeof Method)[keyof typeof Method];

/**
 * Kinds of objects. Numbers from `error` to below `date` are error classes; the rest are leaves.
 */
export const Kind = {
  none: 0,
  object: 1,
  nullObject: 2,
  array: 3,
  map: 4,
  set: 5,
  error: 10,
  date: 32,
  regexp: 33,
  binary: 34,
} as const;

/** Error classes that are kept. A user's class becomes the nearest of them and keeps its name. */
export const ERROR_CLASSES: readonly ErrorConstructor[] = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError as unknown as ErrorConstructor,
];

/** An ArrayBuffer, or a view of one. */
export type Binary = ArrayBuffer | DataView | Uint8Array;

/** A constructor of a {@linkcode Binary}. */
export type BinaryClass = new (buffer: ArrayBuffer) => Binary;

/** The classes of {@linkcode Binary} objects; only the first is not a view. */
export const BINARY_CLASSES: readonly BinaryClass[] = [
  ArrayBuffer,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
] as unknown as readonly BinaryClass[];

/** Whether objects of this kind are opaque values: without members, and immutable. */
export function isLeaf(kind: number): boolean {
  return kind >= Kind.date;
}

/** Whether a kind is that of an error. */
export function isErrorKind(kind: number): boolean {
  return kind >= Kind.error && kind < Kind.date;
}

/** Returns the kind of any object; {@linkcode Kind.none} when the object cannot be shared. */
export function kindOf(value: object): number {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return Kind.object;
  if (prototype === null) return Kind.nullObject;
  // An instance of a user's class that extends Array, Map or Set would lose its methods.
  if (prototype === Array.prototype) return Array.isArray(value) ? Kind.array : Kind.none;
  if (prototype === Map.prototype) return Kind.map;
  if (prototype === Set.prototype) return Kind.set;
  if (value instanceof Error) return errorKind(value);
  if (value instanceof Date) return Kind.date;
  if (value instanceof RegExp) return Kind.regexp;
  return binaryKind(value);
}

function errorKind(error: Error): number {
  for (let index = ERROR_CLASSES.length - 1; index > 0; index--) {
    if (error instanceof ERROR_CLASSES[index]!) return Kind.error + index;
  }
  return Kind.error;
}

/** Reads internal slots, since a program may have changed the prototype of a view. */
function binaryKind(value: object): number {
  if (!ArrayBuffer.isView(value)) return value instanceof ArrayBuffer ? Kind.binary : Kind.none;
  const name = viewPart(value, Symbol.toStringTag) ?? "DataView";
  const index = BINARY_CLASSES.findIndex((type) => type.name === name);
  return index < 0 ? Kind.none : Kind.binary + index;
}

const typedArrays: object = Object.getPrototypeOf(Uint8Array.prototype);

/**
 * Reads a built-in accessor of a view, even if the view has an own property of that name.
 *
 * @param part `buffer`, `byteOffset`, `byteLength`, or the symbol for the name of a typed array.
 */
export function viewPart(view: ArrayBufferView, part: string | symbol): unknown {
  const isTyped = Reflect.get(typedArrays, Symbol.toStringTag, view) !== undefined;
  return Reflect.get(
    isTyped || typeof part === "symbol" ? typedArrays : DataView.prototype,
    part,
    view,
  );
}
