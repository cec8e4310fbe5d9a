/** How a Content-Security-Policy names what stands in a page itself. */
import { createHash } from "node:crypto";

/** Permits the script or style that has exactly this text. */
export function cspHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
