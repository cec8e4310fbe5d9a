/** A module that is in no file: as much code as fits into a URL. */
export function dataModule(code: string): string {
  return `data:application/javascript,${encodeURIComponent(code)}`;
}

/** The same of tasks: `mark` is there. */
export function taskModule(code: string): string {
  return dataModule(`import { mark } from "${import.meta.resolve("../../mod.ts")}";\n${code}`);
}
