/** `tdrun ui`: serves the web UI until a signal arrives. */
import { resolveModuleWithin } from "../../gui/path_sandbox.ts";
import { RunRegistry } from "../../gui/run_registry.ts";
import { serveGui } from "../../gui/serve_gui.ts";
import { UsageError } from "../../base/errors.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { ExitCode } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import type { System } from "../system/system.ts";
import { INTERNAL_PREFIXES } from "../../runtime/internal_frames.ts";
import { VERSION } from "../../runtime/package.ts";
import { onlyModuleOfSettings } from "../settings/find_settings.ts";
import { helpLayout } from "../help/help_layout.ts";
import { subcommandHelp } from "../help/help_text.ts";
import { parseUiArgs, UI_COMMAND } from "./ui_args.ts";
import { cliBackend } from "./cli_backend.ts";
import { UiWatch } from "./ui_watch.ts";

/**
 * Runs `tdrun ui`.
 *
 * @param args The arguments after `ui`.
 * @returns The exit code, after a signal.
 */
export async function uiCommand(args: readonly string[], system: System): Promise<number> {
  const request = parseUiArgs(args);
  if (request.type === "help") {
    system.out(subcommandHelp(UI_COMMAND, helpLayout(system)));
    return ExitCode.PASSED;
  }
  checkUiPermissions(request.watch);
  const folder = await Deno.realPath(system.folder);
  const ended = waitForSignal(system);
  const { port, engine, editorUrl } = request;
  const module = await moduleToOpen(folder, request.module);
  const runs = new RunRegistry();
  const onError = (error: unknown) => void reportError(error, false, system);
  const watch = request.watch ? new UiWatch({ folder, runs, onError }) : undefined;
  const server = serveGui({
    folder,
    port,
    version: VERSION,
    libraryUrls: INTERNAL_PREFIXES,
    module,
    cores: navigator.hardwareConcurrency,
    editorUrl,
    backend: cliBackend(folder, engine),
    runs,
    watch,
  });
  system.err(`The web UI is at ${server.url}`);
  system.err("Anyone with this address can run code on this machine. Press Ctrl-C to stop.");
  if (module !== undefined) watch?.begin(module);
  if (request.opensBrowser) openBrowser(server.url);
  await ended;
  const watchEnded = watch?.end();
  if (server.hasActiveRun) {
    system.err("Interrupted: waiting for the run to end. Ctrl-C again to stop now.");
  }
  await server.close();
  await watchEnded;
  return ExitCode.PASSED;
}

/**
 * The module or folder to open: the one that is named, else that of the settings, if they have one
 * within the folder. Without it the page offers the modules of the folder.
 *
 * @throws {UsageError} when the named one cannot be opened.
 */
async function moduleToOpen(
  folder: string,
  named: string | undefined,
): Promise<string | undefined> {
  if (named !== undefined) return await resolveModuleWithin(folder, named);
  const module = onlyModuleOfSettings(folder);
  if (module === undefined) return undefined;
  return await resolveModuleWithin(folder, module).catch(() => undefined);
}

/** Waits for Ctrl-C or another signal, such as the hangup of a closed terminal. */
async function waitForSignal(system: System): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = system.onSignal(() => resolve());
  await promise;
  stop();
}

/** Permissions of the web UI, checked at the start rather than at the first click. */
const REQUIRED_PERMISSIONS: readonly [flag: string, descriptor: Deno.PermissionDescriptor][] = [
  ["--allow-net=127.0.0.1", { name: "net", host: "127.0.0.1" }],
  ["--allow-read", { name: "read" }],
  ["--allow-write", { name: "write" }], // for temporary files
  ["--allow-run", { name: "run" }],
];

/**
 * Checks the permissions of the web UI.
 *
 * @param isWatching Whether rounds of a watch run: an environment variable makes a process wait.
 * @throws {UsageError} when a permission is missing.
 */
function checkUiPermissions(isWatching: boolean): void {
  const missing = REQUIRED_PERMISSIONS.filter(([, it]) => !isGranted(it));
  if (isWatching && !isGranted({ name: "env" })) missing.push(["--allow-env", { name: "env" }]);
  if (missing.length === 0) return;
  const flags = missing.map(([flag]) => flag).join(" ");
  throw new UsageError(
    `Cannot start the web UI, which runs modules in processes: run with ${flags}`,
  );
}

const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  darwin: ["open"],
  windows: ["cmd", "/c", "start", ""],
};

/** Tries to open a browser. If there is none, the user opens the printed address. */
function openBrowser(url: string): void {
  const [program = "", ...args] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  try {
    const options = { stdin: "null", stdout: "null", stderr: "null" } as const;
    new Deno.Command(program, { args: [...args, url], ...options }).spawn().unref();
  } catch {
    // no such program
  }
}
