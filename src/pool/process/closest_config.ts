/** Which configuration Deno has found for the main program, where no option names one. */

/** The slash that a URL has in front of `C:/`. */
const DRIVE = /^\/(?=[A-Za-z]:\/)/;
/** Where there is no folder further up. */
const ROOT = /^\/([A-Za-z]:\/)?$/;

/** The path of the deno.json nearest to the main program, or undefined where there is none. */
export function closestConfig(program: string = Deno.mainModule): string | undefined {
  if (!program.startsWith("file:")) return undefined;
  for (let folder = new URL(".", program);; folder = new URL("..", folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const path = decodeURIComponent(new URL(name, folder).pathname).replace(DRIVE, "");
      if (isReadable(path)) return path;
    }
    if (ROOT.test(folder.pathname)) return undefined;
  }
}

function isReadable(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
