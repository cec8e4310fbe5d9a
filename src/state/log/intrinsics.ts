/**
 * Restores the language's built-in functions while values are encoded and applied. A task may have
 * replaced them in its thread by others that do nothing: all that it stored from then on would
 * arrive empty, or as zeros. Afterwards the task's replacements are reinstated.
 */

/** The places that were restored, and what they had before; undefined for a deleted property. */
export type ReplacedBuiltIns = readonly (readonly [Place, PropertyDescriptor | undefined])[];

type Place = readonly [holder: object, key: PropertyKey];

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { deleteProperty } = Reflect;
const iterator: typeof Symbol.iterator = Symbol.iterator;
const toStringTag: typeof Symbol.toStringTag = Symbol.toStringTag;

const arrays = Array.prototype;
const arrayIterators: Iterator<unknown> = getPrototypeOf([][iterator]());
const mapIterators: Iterator<unknown> = getPrototypeOf(new Map().entries());
const setIterators: Iterator<unknown> = getPrototypeOf(new Set().values());
const maps = Map.prototype;
const sets = Set.prototype;
const strings = String.prototype;
const views = DataView.prototype;
const typed: Uint8Array = getPrototypeOf(Uint8Array.prototype);
const objects = Object;
const reflection = Reflect;
const array = Array;
const buffer = ArrayBuffer;
const math = Math;
const string = String;
const encoders = TextEncoder.prototype;
const decoders = TextDecoder.prototype;
const dates = Date.prototype;
const integers = BigInt.prototype;
const references = WeakRef.prototype;
const functions = Function.prototype;

/** The built-in functions at the time this module is loaded. */
const captured = {
  globals: {
    Array,
    ArrayBuffer,
    BigInt,
    DataView,
    Date,
    Map,
    Math,
    Number,
    Object,
    Reflect,
    RegExp,
    Set,
    String,
    Uint8Array,
    WeakRef,
  },
  arrays: {
    copyWithin: arrays.copyWithin,
    every: arrays.every,
    fill: arrays.fill,
    filter: arrays.filter,
    findIndex: arrays.findIndex,
    includes: arrays.includes,
    forEach: arrays.forEach,
    join: arrays.join,
    map: arrays.map,
    pop: arrays.pop,
    push: arrays.push,
    reverse: arrays.reverse,
    shift: arrays.shift,
    slice: arrays.slice,
    splice: arrays.splice,
    unshift: arrays.unshift,
    [iterator]: arrays[iterator],
  },
  arrayIterators: { next: arrayIterators.next },
  mapIterators: { next: mapIterators.next },
  setIterators: { next: setIterators.next },
  maps: {
    clear: maps.clear,
    delete: maps.delete,
    entries: maps.entries,
    get: maps.get,
    has: maps.has,
    keys: maps.keys,
    set: maps.set,
    values: maps.values,
    [iterator]: maps[iterator],
  },
  sets: {
    add: sets.add,
    clear: sets.clear,
    delete: sets.delete,
    has: sets.has,
    values: sets.values,
    [iterator]: sets[iterator],
  },
  strings: {
    charCodeAt: strings.charCodeAt,
    isWellFormed: strings.isWellFormed,
    slice: strings.slice,
    startsWith: strings.startsWith,
  },
  views: {
    getFloat64: views.getFloat64,
    getInt32: views.getInt32,
    getUint16: views.getUint16,
    getUint32: views.getUint32,
    setFloat64: views.setFloat64,
    setInt32: views.setInt32,
    setUint16: views.setUint16,
    setUint32: views.setUint32,
  },
  typed: { set: typed.set, slice: typed.slice, subarray: typed.subarray },
  objects: {
    create: objects.create,
    defineProperties: objects.defineProperties,
    defineProperty: objects.defineProperty,
    freeze: objects.freeze,
    getOwnPropertyNames: objects.getOwnPropertyNames,
    getOwnPropertySymbols: objects.getOwnPropertySymbols,
    getPrototypeOf: objects.getPrototypeOf,
    hasOwn: objects.hasOwn,
    is: objects.is,
    keys: objects.keys,
    preventExtensions: objects.preventExtensions,
    setPrototypeOf: objects.setPrototypeOf,
  },
  reflection: {
    deleteProperty: reflection.deleteProperty,
    get: reflection.get,
    ownKeys: reflection.ownKeys,
  },
  array: { isArray: array.isArray },
  buffer: { isView: buffer.isView },
  math: { max: math.max, min: math.min },
  string: { fromCharCode: string.fromCharCode },
  encoders: { encode: encoders.encode, encodeInto: encoders.encodeInto },
  decoders: { decode: decoders.decode },
  dates: { getTime: dates.getTime },
  integers: { toString: integers.toString },
  references: { deref: references.deref },
  functions: { call: functions.call },
};

/** Accessors: their results on probes show whether they are the built-in ones. */
const ACCESSORS: readonly (readonly [holder: object, keys: readonly PropertyKey[]])[] = [
  [maps, ["size"]],
  [sets, ["size"]],
  [views, ["buffer", "byteLength", "byteOffset"]],
  [typed, ["buffer", "byteLength", "byteOffset", "length", toStringTag]],
];
/** Accessors of regular expressions, which are compared only when a RegExp is written. */
const REGEXP_ACCESSORS = ["flags", "source", "hasIndices", "global", "ignoreCase", "multiline"]
  .concat(
    ["dotAll", "unicode", "unicodeSets", "sticky"],
  );
const probe = new Uint8Array(new ArrayBuffer(5), 2, 3);
const viewProbe = new DataView(probe.buffer, 2, 3);
const mapProbe = new Map([[0, 0]]);
const setProbe = new Set([0]);

/** The places of all built-in functions that are used. */
export const PLACES: readonly Place[] = [
  ...Reflect.ownKeys(captured.globals).map((key): Place => [globalThis, key]),
  ...Reflect.ownKeys(captured.arrays).map((key): Place => [arrays, key]),
  ...Reflect.ownKeys(captured.arrayIterators).map((key): Place => [arrayIterators, key]),
  ...Reflect.ownKeys(captured.mapIterators).map((key): Place => [mapIterators, key]),
  ...Reflect.ownKeys(captured.setIterators).map((key): Place => [setIterators, key]),
  ...Reflect.ownKeys(captured.maps).map((key): Place => [maps, key]),
  ...Reflect.ownKeys(captured.sets).map((key): Place => [sets, key]),
  ...Reflect.ownKeys(captured.strings).map((key): Place => [strings, key]),
  ...Reflect.ownKeys(captured.views).map((key): Place => [views, key]),
  ...Reflect.ownKeys(captured.typed).map((key): Place => [typed, key]),
  ...Reflect.ownKeys(captured.objects).map((key): Place => [objects, key]),
  ...Reflect.ownKeys(captured.reflection).map((key): Place => [reflection, key]),
  ...Reflect.ownKeys(captured.array).map((key): Place => [array, key]),
  ...Reflect.ownKeys(captured.buffer).map((key): Place => [buffer, key]),
  ...Reflect.ownKeys(captured.math).map((key): Place => [math, key]),
  ...Reflect.ownKeys(captured.string).map((key): Place => [string, key]),
  ...Reflect.ownKeys(captured.encoders).map((key): Place => [encoders, key]),
  ...Reflect.ownKeys(captured.decoders).map((key): Place => [decoders, key]),
  ...Reflect.ownKeys(captured.dates).map((key): Place => [dates, key]),
  ...Reflect.ownKeys(captured.integers).map((key): Place => [integers, key]),
  ...Reflect.ownKeys(captured.references).map((key): Place => [references, key]),
  ...Reflect.ownKeys(captured.functions).map((key): Place => [functions, key]),
  ...ACCESSORS.flatMap(([holder, keys]) => keys.map((key): Place => [holder, key])),
  ...REGEXP_ACCESSORS.map((key): Place => [RegExp.prototype, key]),
];
const descriptors = PLACES.map(([holder, key]) => getOwnPropertyDescriptor(holder, key)!);

/**
 * Restores the built-in functions that were replaced.
 *
 * @returns the argument of {@linkcode reinstate}; undefined if nothing was replaced.
 * @throws {TypeError} when a function cannot be restored: no value is better than a wrong one.
 */
export function restoreBuiltIns(): ReplacedBuiltIns | undefined {
  return areIntact() ? undefined : restoreAll();
}

/**
 * {@linkcode restoreBuiltIns} for the functions that write a primitive value and its key: faster.
 */
export function restoreForPrimitives(): ReplacedBuiltIns | undefined {
  return areTextsIntact() ? undefined : restoreAll();
}

/** Reinstates the task's replacements. */
export function reinstate(replaced: ReplacedBuiltIns): void {
  for (let i = 0; i < replaced.length; i++) {
    // By index: array iteration may be among what has just been reinstated.
    const holder = replaced[i]![0][0];
    const key = replaced[i]![0][1];
    const descriptor = replaced[i]![1];
    if (descriptor === undefined) deleteProperty(holder, key);
    else defineProperty(holder, key, descriptor);
  }
}

/**
 * Compares every built-in function, which takes 10 microseconds, and restores the replaced ones.
 */
export function restoreAll(): ReplacedBuiltIns {
  // Plain loops, without built-ins, until all are restored.
  const found: [Place, PropertyDescriptor | undefined][] = [];
  for (let i = 0; i < PLACES.length; i++) {
    const holder = PLACES[i]![0];
    const key = PLACES[i]![1];
    const now = getOwnPropertyDescriptor(holder, key);
    const before = descriptors[i]!;
    if (now !== undefined && now.value === before.value && now.get === before.get) continue;
    found[found.length] = [PLACES[i]!, now];
    defineProperty(holder, key, before);
  }
  return found;
}

/** Unrolled for the engine to fold: a loop of comparisons takes longer than most writes. */
function areIntact(): boolean {
  return areTextsIntact() && areGlobalsIntact() && areListsIntact() && areBytesIntact() &&
    areObjectsIntact();
}

function areTextsIntact(): boolean {
  return strings.charCodeAt === captured.strings.charCodeAt &&
    strings.isWellFormed === captured.strings.isWellFormed &&
    views.setFloat64 === captured.views.setFloat64 && views.setInt32 === captured.views.setInt32 &&
    views.setUint16 === captured.views.setUint16 && views.setUint32 === captured.views.setUint32 &&
    typed.set === captured.typed.set && typed.subarray === captured.typed.subarray &&
    encoders.encodeInto === captured.encoders.encodeInto && Math === captured.globals.Math &&
    math.max === captured.math.max &&
    math.min === captured.math.min && integers.toString === captured.integers.toString &&
    probe.length === 3;
}

function areGlobalsIntact(): boolean {
  const { globals } = captured;
  return Array === globals.Array && ArrayBuffer === globals.ArrayBuffer &&
    BigInt === globals.BigInt && DataView === globals.DataView && Date === globals.Date &&
    Map === globals.Map && Math === globals.Math && Number === globals.Number &&
    Object === globals.Object && Reflect === globals.Reflect && RegExp === globals.RegExp &&
    Set === globals.Set && String === globals.String && Uint8Array === globals.Uint8Array &&
    WeakRef === globals.WeakRef;
}

function areListsIntact(): boolean {
  return arrays.copyWithin === captured.arrays.copyWithin &&
    arrays.every === captured.arrays.every &&
    arrays.fill === captured.arrays.fill && arrays.filter === captured.arrays.filter &&
    arrays.findIndex === captured.arrays.findIndex &&
    arrays.includes === captured.arrays.includes && arrays.join === captured.arrays.join &&
    arrays.forEach === captured.arrays.forEach &&
    arrays.map === captured.arrays.map &&
    arrays.pop === captured.arrays.pop && arrays.push === captured.arrays.push &&
    arrays.reverse === captured.arrays.reverse && arrays.shift === captured.arrays.shift &&
    arrays.slice === captured.arrays.slice && arrays.splice === captured.arrays.splice &&
    arrays.unshift === captured.arrays.unshift && arrays[iterator] === captured.arrays[iterator] &&
    arrayIterators.next === captured.arrayIterators.next &&
    mapIterators.next === captured.mapIterators.next &&
    setIterators.next === captured.setIterators.next &&
    maps.clear === captured.maps.clear && maps.delete === captured.maps.delete &&
    maps.entries === captured.maps.entries && maps.get === captured.maps.get &&
    maps.has === captured.maps.has &&
    maps.keys === captured.maps.keys && maps.set === captured.maps.set &&
    maps.values === captured.maps.values &&
    maps[iterator] === captured.maps[iterator] && sets.add === captured.sets.add &&
    sets.clear === captured.sets.clear && sets.delete === captured.sets.delete &&
    sets.has === captured.sets.has &&
    sets.values === captured.sets.values && sets[iterator] === captured.sets[iterator] &&
    mapProbe.size === 1 && setProbe.size === 1;
}

function areBytesIntact(): boolean {
  return strings.startsWith === captured.strings.startsWith &&
    strings.slice === captured.strings.slice && encoders.encode === captured.encoders.encode &&
    views.getFloat64 === captured.views.getFloat64 && views.getInt32 === captured.views.getInt32 &&
    views.getUint16 === captured.views.getUint16 && views.getUint32 === captured.views.getUint32 &&
    typed.slice === captured.typed.slice && buffer.isView === captured.buffer.isView &&
    string.fromCharCode === captured.string.fromCharCode &&
    decoders.decode === captured.decoders.decode &&
    probe.byteLength === 3 && probe.byteOffset === 2 &&
    probe.buffer === viewProbe.buffer && viewProbe.byteLength === 3 && viewProbe.byteOffset === 2 &&
    probe[toStringTag] === "Uint8Array";
}

function areObjectsIntact(): boolean {
  return objects.create === captured.objects.create &&
    objects.defineProperties === captured.objects.defineProperties &&
    objects.defineProperty === captured.objects.defineProperty &&
    objects.freeze === captured.objects.freeze &&
    objects.getOwnPropertyNames === captured.objects.getOwnPropertyNames &&
    objects.getOwnPropertySymbols === captured.objects.getOwnPropertySymbols &&
    objects.getPrototypeOf === captured.objects.getPrototypeOf &&
    objects.hasOwn === captured.objects.hasOwn && objects.is === captured.objects.is &&
    objects.keys === captured.objects.keys &&
    objects.preventExtensions === captured.objects.preventExtensions &&
    objects.setPrototypeOf === captured.objects.setPrototypeOf &&
    reflection.deleteProperty === captured.reflection.deleteProperty &&
    reflection.get === captured.reflection.get &&
    reflection.ownKeys === captured.reflection.ownKeys &&
    array.isArray === captured.array.isArray && dates.getTime === captured.dates.getTime &&
    references.deref === captured.references.deref && functions.call === captured.functions.call;
}
