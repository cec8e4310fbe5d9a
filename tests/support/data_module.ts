/** A module in a data URL. */
export function dataModule(code: string): string {
  return `data:application/javascript,${encodeURIComponent(code)}`;
}

/** A data URL of a module that imports `mark`. */
export function taskModule(code: string): string {
  return dataModule(`import { mark } from "${import.meta.resolve("../../mod.ts")}";\n${code}`);
}
