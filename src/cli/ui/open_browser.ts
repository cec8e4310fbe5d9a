/** Opens an address in the browser of whoever sits here, if that can be done. */

const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  darwin: ["open"],
  windows: ["cmd", "/c", "start", ""],
};

/** Tries to. Where there is no browser, the printed address has to do. */
export function openBrowser(url: string): void {
  const [program = "", ...args] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  try {
    const options = { stdin: "null", stdout: "null", stderr: "null" } as const;
    new Deno.Command(program, { args: [...args, url], ...options }).spawn().unref();
  } catch {
    // there is no such program
  }
}
