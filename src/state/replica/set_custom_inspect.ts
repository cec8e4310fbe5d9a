/**
 * Custom inspection of the state. `console.log` reads the object behind a proxy, where the state
 * may lag and results in cells are missing. So the state and its results define how they are shown.
 */
import { snapshot } from "./snapshot.ts";

const INSPECT = Symbol.for("Deno.privateCustomInspect");

/**
 * Makes `Deno.inspect` show the current content of an object of the replica.
 *
 * @param seen Returns the object to show, if that is another one.
 */
export function setCustomInspect(raw: object, seen: () => object = () => raw): void {
  const show = (inspect: (value: unknown, options: unknown) => string, options: unknown) =>
    inspect(snapshot(seen()), options);
  Object.defineProperty(raw, INSPECT, { value: show, enumerable: false, configurable: true });
}
