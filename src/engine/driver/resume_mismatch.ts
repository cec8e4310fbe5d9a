/** Whether a run that was begun before is the one that is to be driven now. */
import { difference } from "../manifest.ts";
import type { RunMetadata } from "../engine_protocol.ts";

/** What it was begun with, or for, that is not the same; undefined where it may be gone on with. */
export function resumeMismatch(mine: RunMetadata, begun: RunMetadata): string | undefined {
  if (mine.protocol !== begun.protocol || mine.version !== begun.version) {
    return `with another version of this library (${begun.version})`;
  }
  if (mine.module !== begun.module) return `for another module ("${begun.module}")`;
  const changed = difference(mine.manifest, begun.manifest);
  if (changed !== undefined) return `with another version of the module: ${changed}`;
  const isSame = mine.names.length === begun.names.length &&
    mine.names.every((name, task) => name === begun.names[task]);
  return isSame ? undefined : "with other tasks";
}
