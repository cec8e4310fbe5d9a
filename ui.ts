/**
 * The web UI as a command: `tdrun-ui [module.ts]` is `tdrun ui [module.ts]`, if installed under
 * that name with `deno install -gA -n tdrun-ui jsr:@thread-order/cli/ui`.
 *
 * @module
 */
import { run } from "./cli.ts";

if (import.meta.main) run(["ui", ...Deno.args]);
