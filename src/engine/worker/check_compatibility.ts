/** What a worker asks of a run before it takes part: that it can be read, and is of the same library and module. */
import { UsageError } from "../../base/errors.ts";
import { VERSION } from "../../runtime/package.ts";
import { difference, type Manifest } from "../manifest.ts";
import { PROTOCOL, type RunMetadata } from "../engine_protocol.ts";

/**
 * Reads what an engine holds of a run. The line is open to all who may write to the engine: what one of them puts there
 * ends no worker.
 *
 * @throws {UsageError}
 */
export function parseRunMetadata(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("what the engine holds of it cannot be read");
  }
}

/**
 * Refuses a run of another version of the library, or of the module.
 *
 * @throws {UsageError}
 */
export function checkCompatibility(about: RunMetadata, manifest: Manifest): void {
  if (about.protocol !== PROTOCOL || about.version !== VERSION) {
    throw new UsageError(
      `the driver has version ${about.version} of tdrun, this worker ${VERSION}`,
    );
  }
  const changed = difference(manifest, about.manifest);
  if (changed !== undefined) {
    throw new UsageError(`"${about.module}" is not the module that the driver has: ${changed}`);
  }
}
