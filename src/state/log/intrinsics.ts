/**
 * The language's own functions, for as long as values are encoded and applied. A task may have replaced them on its
 * thread by others that do nothing, and all that it stores from then on would arrive empty, or as zeros. So they
 * are restored for that time; what the task has made of them returns after it.
 */

/** What was restored: where, and what stood there; undefined where nothing did. */
export type Replaced = readonly (readonly [Place, PropertyDescriptor | undefined])[];

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

/** As they are when this is loaded. */
const own = {
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
    findIndex: arrays.findIndex,
    includes: arrays.includes,
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
  encoders: { encodeInto: encoders.encodeInto },
  decoders: { decode: decoders.decode },
  dates: { getTime: dates.getTime },
  integers: { toString: integers.toString },
  references: { deref: references.deref },
  functions: { call: functions.call },
};

/** Accessors: whether they are the own ones shows in what they return. */
const ACCESSORS: readonly (readonly [holder: object, keys: readonly PropertyKey[]])[] = [
  [maps, ["size"]],
  [sets, ["size"]],
  [views, ["buffer", "byteLength", "byteOffset"]],
  [typed, ["buffer", "byteLength", "byteOffset", "length", toStringTag]],
];
/** Accessors of expressions, which are compared only where an expression is written. */
const OF_EXPRESSIONS = ["flags", "source", "hasIndices", "global", "ignoreCase", "multiline"]
  .concat(
    ["dotAll", "unicode", "unicodeSets", "sticky"],
  );
const probe = new Uint8Array(new ArrayBuffer(5), 2, 3);
const viewProbe = new DataView(probe.buffer, 2, 3);
const mapProbe = new Map([[0, 0]]);
const setProbe = new Set([0]);

/** Where all of them are, and what is there. */
export const PLACES: readonly Place[] = [
  ...Reflect.ownKeys(own.globals).map((key): Place => [globalThis, key]),
  ...Reflect.ownKeys(own.arrays).map((key): Place => [arrays, key]),
  ...Reflect.ownKeys(own.arrayIterators).map((key): Place => [arrayIterators, key]),
  ...Reflect.ownKeys(own.mapIterators).map((key): Place => [mapIterators, key]),
  ...Reflect.ownKeys(own.setIterators).map((key): Place => [setIterators, key]),
  ...Reflect.ownKeys(own.maps).map((key): Place => [maps, key]),
  ...Reflect.ownKeys(own.sets).map((key): Place => [sets, key]),
  ...Reflect.ownKeys(own.strings).map((key): Place => [strings, key]),
  ...Reflect.ownKeys(own.views).map((key): Place => [views, key]),
  ...Reflect.ownKeys(own.typed).map((key): Place => [typed, key]),
  ...Reflect.ownKeys(own.objects).map((key): Place => [objects, key]),
  ...Reflect.ownKeys(own.reflection).map((key): Place => [reflection, key]),
  ...Reflect.ownKeys(own.array).map((key): Place => [array, key]),
  ...Reflect.ownKeys(own.buffer).map((key): Place => [buffer, key]),
  ...Reflect.ownKeys(own.math).map((key): Place => [math, key]),
  ...Reflect.ownKeys(own.string).map((key): Place => [string, key]),
  ...Reflect.ownKeys(own.encoders).map((key): Place => [encoders, key]),
  ...Reflect.ownKeys(own.decoders).map((key): Place => [decoders, key]),
  ...Reflect.ownKeys(own.dates).map((key): Place => [dates, key]),
  ...Reflect.ownKeys(own.integers).map((key): Place => [integers, key]),
  ...Reflect.ownKeys(own.references).map((key): Place => [references, key]),
  ...Reflect.ownKeys(own.functions).map((key): Place => [functions, key]),
  ...ACCESSORS.flatMap(([holder, keys]) => keys.map((key): Place => [holder, key])),
  ...OF_EXPRESSIONS.map((key): Place => [RegExp.prototype, key]),
];
const descriptors = PLACES.map(([holder, key]) => getOwnPropertyDescriptor(holder, key)!);

/**
 * Restores what has been replaced.
 *
 * @returns What {@linkcode putBack} takes; undefined where nothing was.
 * @throws {TypeError} when it cannot be restored: better no value than a wrong one.
 */
export function restoreBuiltIns(): Replaced | undefined {
  return areIntact() ? undefined : restoreAll();
}

/** The same for what a primitive value and its key are written with: comparing these takes less time. */
export function restoreForPrimitives(): Replaced | undefined {
  return areTextsIntact() ? undefined : restoreAll();
}

/** Puts back what stood in the place of built-ins. */
export function putBack(replaced: Replaced): void {
  for (let i = 0; i < replaced.length; i++) {
    // By index: iterating may be what has just been put back.
    const holder = replaced[i]![0][0];
    const key = replaced[i]![0][1];
    const descriptor = replaced[i]![1];
    if (descriptor === undefined) deleteProperty(holder, key);
    else defineProperty(holder, key, descriptor);
  }
}

/** Compares each of them by itself, which takes 10 microseconds, and restores what has been replaced. */
export function restoreAll(): Replaced {
  // Loops alone, until all is there again.
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

/** Written out, for the engine to fold: comparing in a loop takes longer than most writes. */
function areIntact(): boolean {
  return areTextsIntact() && areGlobalsIntact() && areListsIntact() && areBytesIntact() &&
    areObjectsIntact();
}

function areTextsIntact(): boolean {
  return strings.charCodeAt === own.strings.charCodeAt &&
    strings.isWellFormed === own.strings.isWellFormed &&
    views.setFloat64 === own.views.setFloat64 && views.setInt32 === own.views.setInt32 &&
    views.setUint16 === own.views.setUint16 && views.setUint32 === own.views.setUint32 &&
    typed.set === own.typed.set && typed.subarray === own.typed.subarray &&
    encoders.encodeInto === own.encoders.encodeInto && Math === own.globals.Math &&
    math.max === own.math.max &&
    math.min === own.math.min && integers.toString === own.integers.toString && probe.length === 3;
}

function areGlobalsIntact(): boolean {
  const { globals } = own;
  return Array === globals.Array && ArrayBuffer === globals.ArrayBuffer &&
    BigInt === globals.BigInt && DataView === globals.DataView && Date === globals.Date &&
    Map === globals.Map && Math === globals.Math && Number === globals.Number &&
    Object === globals.Object && Reflect === globals.Reflect && RegExp === globals.RegExp &&
    Set === globals.Set && String === globals.String && Uint8Array === globals.Uint8Array &&
    WeakRef === globals.WeakRef;
}

function areListsIntact(): boolean {
  return arrays.copyWithin === own.arrays.copyWithin && arrays.every === own.arrays.every &&
    arrays.fill === own.arrays.fill && arrays.findIndex === own.arrays.findIndex &&
    arrays.includes === own.arrays.includes && arrays.map === own.arrays.map &&
    arrays.pop === own.arrays.pop && arrays.push === own.arrays.push &&
    arrays.reverse === own.arrays.reverse && arrays.shift === own.arrays.shift &&
    arrays.slice === own.arrays.slice && arrays.splice === own.arrays.splice &&
    arrays.unshift === own.arrays.unshift && arrays[iterator] === own.arrays[iterator] &&
    arrayIterators.next === own.arrayIterators.next &&
    mapIterators.next === own.mapIterators.next && setIterators.next === own.setIterators.next &&
    maps.clear === own.maps.clear && maps.delete === own.maps.delete &&
    maps.entries === own.maps.entries && maps.get === own.maps.get && maps.has === own.maps.has &&
    maps.keys === own.maps.keys && maps.set === own.maps.set && maps.values === own.maps.values &&
    maps[iterator] === own.maps[iterator] && sets.add === own.sets.add &&
    sets.clear === own.sets.clear && sets.delete === own.sets.delete && sets.has === own.sets.has &&
    sets.values === own.sets.values && sets[iterator] === own.sets[iterator] &&
    mapProbe.size === 1 && setProbe.size === 1;
}

function areBytesIntact(): boolean {
  return strings.startsWith === own.strings.startsWith &&
    views.getFloat64 === own.views.getFloat64 && views.getInt32 === own.views.getInt32 &&
    views.getUint16 === own.views.getUint16 && views.getUint32 === own.views.getUint32 &&
    typed.slice === own.typed.slice && buffer.isView === own.buffer.isView &&
    string.fromCharCode === own.string.fromCharCode && decoders.decode === own.decoders.decode &&
    probe.byteLength === 3 && probe.byteOffset === 2 &&
    probe.buffer === viewProbe.buffer && viewProbe.byteLength === 3 && viewProbe.byteOffset === 2 &&
    probe[toStringTag] === "Uint8Array";
}

function areObjectsIntact(): boolean {
  return objects.create === own.objects.create &&
    objects.defineProperty === own.objects.defineProperty &&
    objects.freeze === own.objects.freeze &&
    objects.getOwnPropertyNames === own.objects.getOwnPropertyNames &&
    objects.getOwnPropertySymbols === own.objects.getOwnPropertySymbols &&
    objects.getPrototypeOf === own.objects.getPrototypeOf &&
    objects.hasOwn === own.objects.hasOwn && objects.is === own.objects.is &&
    objects.keys === own.objects.keys &&
    objects.preventExtensions === own.objects.preventExtensions &&
    objects.setPrototypeOf === own.objects.setPrototypeOf &&
    reflection.deleteProperty === own.reflection.deleteProperty &&
    reflection.get === own.reflection.get && reflection.ownKeys === own.reflection.ownKeys &&
    array.isArray === own.array.isArray && dates.getTime === own.dates.getTime &&
    references.deref === own.references.deref && functions.call === own.functions.call;
}
