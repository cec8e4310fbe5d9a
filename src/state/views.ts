/** The Proxies through which user code sees a replica: one per object, made on first sight. */

import { ArrayHandler } from "./array_view.ts";
import { BinaryHandler } from "./binary_view.ts";
import { CollectionHandler, mapMethods, setMethods } from "./collection_view.ts";
import { isErrorKind, Kind } from "./kinds.ts";
import { ObjectHandler, type ViewContext } from "./object_view.ts";
import type { Replica } from "./replica.ts";
import { ResultsHandler } from "./results_view.ts";
import { type Locals, RootHandler } from "./root_view.ts";
import { markProxy, Stamp } from "./stamp.ts";
import { StateWriter } from "./state_writer.ts";

/** See the head of this file. */
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

  constructor(replica: Replica, locals: Locals) {
    this.replica = replica;
    this.writer = new StateWriter(replica);
    this.#objects = new ObjectHandler(this);
    this.#arrays = new ArrayHandler(this);
    this.#maps = new CollectionHandler(this, mapMethods(this));
    this.#sets = new CollectionHandler(this, setMethods(this));
    this.#binaries = new BinaryHandler(this.wrap);
    this.root = new RootHandler(this, locals);
    this.#show(replica.root, this.root);
    this.results = new ResultsHandler(this);
    this.#show(replica.results, this.results);
  }

  /** What user code sees of a value of the replica. */
  readonly wrap = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    return Stamp.proxyOf(value) ?? this.#firstSight(value);
  };

  #firstSight(value: object): object {
    const kind = Stamp.kindOf(value);
    if (kind === Kind.object || kind === Kind.nullObject || isErrorKind(kind)) {
      return this.#show(value, this.#objects);
    }
    if (kind === Kind.array) return this.#show(value, this.#arrays);
    if (kind === Kind.map) return this.#show(value, this.#maps);
    if (kind === Kind.set) return this.#show(value, this.#sets);
    if (kind >= Kind.binary) return this.#show(value, this.#binaries);
    // Dates and regular expressions are shown as they are, and so is what is no part of the state.
    return value;
  }

  // deno-lint-ignore no-explicit-any -- handlers of different targets
  #show(raw: object, handler: ProxyHandler<any>): object {
    const proxy: object = new Proxy(raw, handler);
    Stamp.setProxy(raw, proxy);
    markProxy(proxy, raw);
    return proxy;
  }
}
