/**
 * The web UI as a command of its own: `tdrun-ui tasks.ts` is the same as `tdrun ui tasks.ts`.
 *
 * ```sh
 * deno install -gA -n tdrun-ui jsr:@thread-order/cli/ui
 * tdrun-ui tasks.ts
 * ```
 *
 * @module
 */
import { run } from "./cli.ts";

if (import.meta.main) run(["ui", ...Deno.args]);
