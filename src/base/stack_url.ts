/**
 * Places in stacks. Deno writes the path of a file there as it is, behind `file://`: percent signs in it
 * are no escapes, and `#` and `?` are letters.
 */

/** The path of a file that a stack names. */
export function filePath(place: string): string {
  // Windows has drives, `file:///C:/x.ts`, and machines, `file://server/share/x.ts`.
  return place.replace(/^file:(\/\/(?=\/))?/, "").replace(/^\/(?=[A-Za-z]:\/)/, "");
}

/** The URL of a module that a stack names: what would be its `import.meta.url`. */
export function urlOfPlace(place: string): string {
  if (!place.startsWith("file:")) return place;
  return new URL(place.replace(/[%?#\\\n\r\t]/g, encodeURIComponent)).href;
}
