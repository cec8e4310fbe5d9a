/** An object that stands for another, which may be another one each time. */

const TRAPS = [
  ...["get", "set", "has", "deleteProperty", "ownKeys"] as const,
  ...["getOwnPropertyDescriptor", "defineProperty", "getPrototypeOf"] as const,
];

/**
 * Where code of a worker's keeps the state it was given while the module was loaded, it means the state
 * of the run when it is called by a task.
 *
 * @param current What it stands for now.
 */
export function seenThrough(current: () => object): object {
  const handler: ProxyHandler<object> = {};
  for (const trap of TRAPS) {
    handler[trap] = (_: object, ...args: unknown[]) => {
      const object = current();
      // What stands for it is no receiver that it knows.
      if (trap === "get") args[1] = object;
      if (trap === "set") args[2] = object;
      return Reflect.apply(Reflect[trap], undefined, [object, ...args]);
    };
  }
  return new Proxy({}, handler);
}
