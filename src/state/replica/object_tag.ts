/**
 * Tags on objects that user code cannot see: the id of a shared object, and its proxy. They are
 * private fields, added to existing objects by a base class whose constructor returns its argument.
 * This is much cheaper than a WeakMap, for the lookup and for the garbage collector.
 */

class ReturnItsArgument {
  constructor(object: object) {
    return object;
  }
}

/** The tag of a replica's object. */
export class ObjectTag extends ReturnItsArgument {
  #owner: object | undefined = undefined;
  #id = 0;
  #kind = 0;
  #proxy: object | undefined = undefined;

  /** Tags `object` as the shared object `id` of the replica `owner`. */
  static put(object: object, owner: object, id: number, kind: number): void {
    new ObjectTag(object);
    const tag = object as ObjectTag;
    tag.#owner = owner;
    tag.#id = id;
    tag.#kind = kind;
  }

  /** Returns the replica of an object; undefined for an object that is not part of any. */
  static ownerOf(object: object): object | undefined {
    return #owner in object ? object.#owner : undefined;
  }

  /** Returns the object's id in the replica `owner`; 0 for any other object. */
  static idOf(object: object, owner: object): number {
    return #id in object && object.#owner === owner ? object.#id : 0;
  }

  /** Returns the kind of a tagged object; 0 for any other. */
  static kindOf(object: object): number {
    return #kind in object ? object.#kind : 0;
  }

  /** Returns the proxy of an object, if user code has ever read the object. */
  static proxyOf(object: object): object | undefined {
    return #proxy in object ? object.#proxy : undefined;
  }

  /** Sets the proxy of a tagged object. */
  static setProxy(object: object, proxy: object): void {
    (object as ObjectTag).#proxy = proxy;
  }
}

class ProxyTag extends ReturnItsArgument {
  #raw: object | undefined = undefined;
  #topKey: string | undefined = undefined;

  static put(proxy: object, raw: object, topKey: string | undefined): void {
    new ProxyTag(proxy);
    (proxy as ProxyTag).#raw = raw;
    (proxy as ProxyTag).#topKey = topKey;
  }

  static topKeyOf(value: object): string | undefined {
    return #raw in value ? value.#topKey : undefined;
  }

  static unwrap(value: object): object | undefined {
    return #raw in value ? value.#raw : undefined;
  }
}

/**
 * Tags a proxy with its object.
 *
 * @param topKey The key of the state through which this thread first reached the object.
 */
export function tagProxy(proxy: object, raw: object, topKey: string | undefined): void {
  ProxyTag.put(proxy, raw, topKey);
}

/** Returns the key of the state through which this thread first reached an object, if any. */
export function topKeyOf(raw: object): string | undefined {
  const proxy = ObjectTag.proxyOf(raw);
  return proxy && ProxyTag.topKeyOf(proxy);
}

/** Returns the object behind a proxy of a replica; undefined for any other object. */
export function unwrapProxy(value: object): object | undefined {
  return ProxyTag.unwrap(value);
}

/** Returns the object behind a proxy of a replica, or the value itself. */
export function unwrap<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return (ProxyTag.unwrap(value) ?? value) as T;
}
