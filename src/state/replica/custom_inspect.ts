/**
 * `console.log` looks behind a proxy, at the replica's object. There the state may lag, and results
 * that stand in cells are missing, so the state and its results say themselves what they look like.
 */
import { snapshot } from "./snapshot.ts";

const INSPECT = Symbol.for("Deno.privateCustomInspect");

/**
 * Has an object of the replica shown as it is at that time.
 *
 * @param seen What is shown, where the object stands for another.
 */
export function setCustomInspect(raw: object, seen: () => object = () => raw): void {
  const show = (inspect: (value: unknown, options: unknown) => string, options: unknown) =>
    inspect(snapshot(seen()), options);
  Object.defineProperty(raw, INSPECT, { value: show, enumerable: false, configurable: true });
}
