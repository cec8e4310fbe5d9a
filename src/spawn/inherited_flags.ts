/**
 * What another process has to be told so that it runs code as the main process does: which modules names
 * stand for, which engine options hold, and what is permitted.
 *
 * Nothing tells a program the options it was started with, except the system's list of processes. So what
 * is permitted as a whole is asked of Deno, and lists are taken from the arguments; where these are not
 * to be had, a process has less than the main one, never more.
 */
import { foldersUp, isFile, pathOf } from "../runtime/file_url.ts";

/** What Deno permits or not. */
export const PERMISSION_KINDS = [
  ...["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const,
];

/** One of {@linkcode PERMISSION_KINDS}. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

/** Options whose value is an argument of its own. */
const WITH_VALUE = new Set([
  ...["-c", "--config", "--import-map", "--cert", "--location", "--seed", "--conditions"],
  ...["-L", "--log-level", "--ext", "--preload", "--import", "--require", "--min-dep-age"],
  ...["--minimum-dependency-age", "--node-modules-linker", "--inspect-publish-uid"],
]);
/** Options that a process has in common with the main one. */
const KEPT = new RegExp(
  "^(-c|--(config|no-config|import-map|lock|no-lock|frozen|node-modules-dir|vendor|no-remote|no-npm|" +
    "cached-only|unstable.*|v8-flags|cert|location|seed|conditions|(min-dep|minimum-dependency)-age|" +
    "unsafely-ignore-certificate-errors|preload|import|require))$",
);
const SHORT: Readonly<Record<string, PermissionKind>> = {
  "-R": "read",
  "-W": "write",
  "-N": "net",
  "-E": "env",
  "-S": "sys",
  "-I": "import",
};
const COMMANDS = new Set(["run", "test", "bench", "serve", "task", "x", "watch"]);

/** The options among the arguments that started a program. */
export interface StartOptions {
  /** Those that another process has to have, each with its value: `--config=deno.json`. */
  readonly inherited: readonly string[];
  /** Lists of what is permitted, as options, by kind. */
  readonly allowed: Readonly<Partial<Record<PermissionKind, readonly string[]>>>;
  /** What is denied, or passed over in silence, whatever is permitted. */
  readonly denied: readonly string[];
  /** Whether there is something about a configuration. */
  readonly hasConfig: boolean;
}

/** Reads the arguments that started a program, the program first. */
export function startOptions(args: readonly string[]): StartOptions {
  const kept: string[] = [];
  const denied: string[] = [];
  const allowed: Partial<Record<PermissionKind, string[]>> = {};
  for (let at = COMMANDS.has(args[1] ?? "") ? 2 : 1; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-") || arg === "-" || arg === "--") break;
    const [name = "", ...rest] = arg.split("=");
    const option = rest.length === 0 && WITH_VALUE.has(name) ? `${name}=${args[++at]}` : arg;
    const kind = SHORT[name] ?? /^--allow-(\w+)$/.exec(name)?.[1] as PermissionKind | undefined;
    if (KEPT.test(name)) kept.push(option);
    else if (/^--(deny|ignore)-/.test(name)) denied.push(arg);
    else if (kind !== undefined && PERMISSION_KINDS.includes(kind) && rest.length > 0) {
      (allowed[kind] ??= []).push(`--allow-${kind}=${rest.join("=")}`);
    }
  }
  const hasConfig = kept.some((it) => /^(-c|--config|--no-config)(=|$)/.test(it));
  return { inherited: kept, allowed, denied, hasConfig };
}

/** The options a process is started with, but for what is permitted. */
export function commonFlags(options: StartOptions): string[] {
  return ["--quiet", "--no-prompt", ...options.inherited, ...configFlags(options)];
}

/** The configuration that Deno has found by itself, as an option. */
export function configFlags({ hasConfig }: StartOptions): string[] {
  const config = hasConfig ? undefined : nearestConfig();
  return config === undefined ? [] : ["--config", config];
}

/** The path of the deno.json nearest to the main program, or undefined where there is none. */
export function nearestConfig(program: string = Deno.mainModule): string | undefined {
  if (!program.startsWith("file:")) return undefined;
  for (const folder of foldersUp(new URL(".", program))) {
    const found = ["deno.json", "deno.jsonc"].map((name) => new URL(name, folder)).find(isFile);
    if (found !== undefined) return pathOf(found);
  }
  return undefined;
}
