/** Content-Security-Policy hashes of inline scripts and styles. */
import { createHash } from "node:crypto";

/**
 * Returns the CSP source expression that permits an inline script or style with exactly this text.
 */
export function cspHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
