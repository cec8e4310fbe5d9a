/** `tdrun ui`: serves the page until Ctrl-C. */
import { resolveFileWithin } from "../../gui/path_sandbox.ts";
import { serveGui } from "../../gui/ui_server.ts";
import { ExitCode } from "../exit_code.ts";
import type { System } from "../system/system.ts";
import { INTERNAL_PREFIXES } from "../../runtime/internal_frames.ts";
import { VERSION } from "../../runtime/package.ts";
import { openBrowser } from "./open_browser.ts";
import { parseUiArgs } from "./ui_args.ts";
import { checkUiPermissions } from "./ui_permissions.ts";
import { cliBackend } from "./cli_backend.ts";

/**
 * Runs it.
 *
 * @param args The arguments after `ui`.
 * @returns The exit code, when somebody has ended it.
 */
export async function uiCommand(args: readonly string[], system: System): Promise<number> {
  const request = parseUiArgs(args);
  if (request.type === "text") {
    system.out(request.text);
    return ExitCode.PASSED;
  }
  checkUiPermissions();
  const folder = await Deno.realPath(system.folder);
  const ended = interrupted(system);
  const { module, port, engine } = request;
  const server = serveGui({
    folder,
    port,
    version: VERSION,
    libraryUrls: INTERNAL_PREFIXES,
    module: module === undefined ? undefined : await resolveFileWithin(folder, module),
    cores: navigator.hardwareConcurrency,
    backend: cliBackend(folder, engine),
  });
  system.err(`The page is at ${server.url}`);
  system.err("Whoever has this address can run code here. Ctrl-C ends it.");
  if (request.opens) openBrowser(server.url);
  await ended;
  await server.close();
  return ExitCode.PASSED;
}

/** Ctrl-C is the usual end of a server; a terminal that is closed ends it, too, and its runs with it. */
async function interrupted(system: System): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = system.onSignal(() => resolve());
  await promise;
  stop();
}
