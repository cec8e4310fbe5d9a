/**
 * What code that tears down prints may get lost: that a terminal was closed meanwhile, or a disk is full, is
 * no reason to leave the rest standing.
 */
import { patchConsole } from "./patch_console.ts";

/** From now on the console is silent where it cannot print, until it is disposed of. */
export function ignoreConsoleErrors(): Disposable {
  return patchConsole((print) => (...values) => {
    try {
      print(...values);
    } catch (error) {
      if (!/\(os error \d+\)/.test(String(error))) throw error;
    }
  });
}
