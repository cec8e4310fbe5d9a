/**
 * The Proxies through which user code sees a replica: one per object, created at its first read.
 */

import { ArrayHandler } from "./array_handler.ts";
import { BinaryHandler } from "./binary_handler.ts";
import { CollectionHandler, mapMethods, setMethods } from "./collection_handler.ts";
import type { Properties } from "../log/decoder.ts";
import { PackedObjects } from "../log/packed_value.ts";
import { isErrorKind, Kind } from "../log/value_kinds.ts";
import { ObjectHandler, type ViewContext } from "./object_handler.ts";
import type { Replica } from "../replica/replica.ts";
import { ResultsHandler } from "./results_handler.ts";
import { RootHandler, type ThreadLocals } from "./root_handler.ts";
import { ObjectTag, tagProxy, topKeyOf } from "../replica/object_tag.ts";
import { StateWriter } from "../replica/state_writer.ts";

/** The views of one thread. */
export class Views implements ViewContext {
  readonly replica: Replica;
  readonly writer: StateWriter;
  /** The traps of the root. */
  readonly root: RootHandler;
  /** The traps of the results. */
  readonly results: ResultsHandler;
  readonly #objects: ObjectHandler;
  readonly #arrays: ArrayHandler;
  readonly #maps: CollectionHandler;
  readonly #sets: CollectionHandler;
  readonly #binaries: BinaryHandler;

  constructor(replica: Replica, locals: ThreadLocals) {
    this.replica = replica;
    this.writer = new StateWriter(replica);
    this.#objects = new ObjectHandler(this);
    this.#arrays = new ArrayHandler(this);
    this.#maps = new CollectionHandler(this, mapMethods(this));
    this.#sets = new CollectionHandler(this, setMethods(this));
    this.#binaries = new BinaryHandler(this.wrap);
    this.root = new RootHandler(this, locals);
    this.#createProxy(replica.root, this.root, undefined);
    this.results = new ResultsHandler(this);
    this.#createProxy(replica.results, this.results, "results");
  }

  readonly wrap = (value: unknown, holder?: object, key?: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    return ObjectTag.proxyOf(value) ?? this.#createView(value, holder, key);
  };

  #createView(value: object, holder: object | undefined, key: unknown): unknown {
    if (value instanceof PackedObjects) return this.#unpack(value, holder, key);
    const handler = this.#handlerOf(ObjectTag.kindOf(value));
    // Dates, regular expressions and objects outside of the state have no view.
    if (handler === undefined) return value;
    const topKey = holder === this.replica.root ? String(key) : holder && topKeyOf(holder);
    return this.#createProxy(value, handler, topKey);
  }

  /** Returns the view of packed objects, and puts them in the place of the placeholder. */
  #unpack(packed: PackedObjects, holder: object | undefined, key: unknown): unknown {
    const { value } = packed;
    const properties = holder as Properties | undefined;
    if (properties?.[key as string] === packed) properties[key as string] = value;
    return this.wrap(value, holder, key);
  }

  // deno-lint-ignore no-explicit-any -- handlers of different targets
  #handlerOf(kind: number): ProxyHandler<any> | undefined {
    if (kind === Kind.object || kind === Kind.nullObject || isErrorKind(kind)) {
      return this.#objects;
    }
    if (kind === Kind.array) return this.#arrays;
    if (kind === Kind.map) return this.#maps;
    if (kind === Kind.set) return this.#sets;
    return kind >= Kind.binary ? this.#binaries : undefined;
  }

  // deno-lint-ignore no-explicit-any -- handlers of different targets
  #createProxy(raw: object, handler: ProxyHandler<any>, topKey: string | undefined): object {
    const proxy: object = new Proxy(raw, handler);
    ObjectTag.setProxy(raw, proxy);
    tagProxy(proxy, raw, topKey);
    return proxy;
  }
}
