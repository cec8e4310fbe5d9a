/**
 * Notes on objects that user code cannot see: which shared object this is, and its proxy. They are
 * private fields put on objects made elsewhere, by a base class that returns its argument; this
 * is much cheaper than a WeakMap, for the look-up and for the garbage collector.
 */

class ReturnItsArgument {
  constructor(object: object) {
    return object;
  }
}

/** What is noted on a replica's object. */
export class ObjectTag extends ReturnItsArgument {
  #owner: object | undefined = undefined;
  #id = 0;
  #kind = 0;
  #proxy: object | undefined = undefined;

  /** Notes that `object` is the shared object `id` in the replica `owner`. */
  static put(object: object, owner: object, id: number, kind: number): void {
    new ObjectTag(object);
    const tag = object as ObjectTag;
    tag.#owner = owner;
    tag.#id = id;
    tag.#kind = kind;
  }

  /** The replica's owner, or undefined for an object that is not part of any. */
  static ownerOf(object: object): object | undefined {
    return #owner in object ? object.#owner : undefined;
  }

  /** The object's id in the replica `owner`; 0 when it is not part of it. */
  static idOf(object: object, owner: object): number {
    return #id in object && object.#owner === owner ? object.#id : 0;
  }

  /** The kind of a stamped object; 0 for any other. */
  static kindOf(object: object): number {
    return #kind in object ? object.#kind : 0;
  }

  /** The proxy through which user code sees the object, if it ever did. */
  static proxyOf(object: object): object | undefined {
    return #proxy in object ? object.#proxy : undefined;
  }

  /** Notes the proxy of a stamped object. */
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

  static rawOf(value: object): object | undefined {
    return #raw in value ? value.#raw : undefined;
  }
}

/**
 * Notes which object a proxy of ours stands for.
 *
 * @param topKey The key of the state through which this thread has first reached the object.
 */
export function tagProxy(proxy: object, raw: object, topKey: string | undefined): void {
  ProxyTag.put(proxy, raw, topKey);
}

/** The key of the state through which this thread has first reached an object of it, if it ever did. */
export function topKeyOf(raw: object): string | undefined {
  const proxy = ObjectTag.proxyOf(raw);
  return proxy && ProxyTag.topKeyOf(proxy);
}

/** The object behind a proxy of ours; undefined for anything else. */
export function unwrapProxy(value: object): object | undefined {
  return ProxyTag.rawOf(value);
}

/** The object behind a proxy of ours, or the value itself. */
export function unwrap<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return (ProxyTag.rawOf(value) ?? value) as T;
}
