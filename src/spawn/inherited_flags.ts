/**
 * The options of Deno that a child process needs to run code as the main process does: import maps
 * and configuration, engine flags, and permissions.
 *
 * A program cannot read the options it was started with, except in the system's process list. So
 * Deno is queried for permissions that are granted as a whole, and lists are taken from the
 * arguments. Where the arguments cannot be read, a child process gets fewer permissions than the
 * main one, never more.
 */
import { ancestorFolders, isFile, urlToPath } from "../runtime/file_url.ts";

/** The kinds of Deno's permissions. */
export const PERMISSION_KINDS = [
  ...["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const,
];

/** A kind of permission. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

/** Options whose value is a separate argument. */
const WITH_VALUE = new Set([
  ...["-c", "--config", "--import-map", "--cert", "--location", "--seed", "--conditions"],
  ...["-L", "--log-level", "--ext", "--preload", "--import", "--require", "--min-dep-age"],
  ...["--minimum-dependency-age", "--node-modules-linker", "--inspect-publish-uid"],
]);
/** Options that a child process inherits. */
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

/** The relevant options among a program's arguments. */
export interface StartOptions {
  /** Options that a child process inherits, each with its value: `--config=deno.json`. */
  readonly inherited: readonly string[];
  /** Lists of granted items, as options, by kind. */
  readonly allowed: Readonly<Partial<Record<PermissionKind, readonly string[]>>>;
  /** Options that deny or ignore permissions, whatever is granted. */
  readonly denied: readonly string[];
  /** Whether an option names or excludes a configuration. */
  readonly hasConfig: boolean;
}

/** Parses the arguments of a program, the program first. */
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

/** Returns the options of a child process, except its permissions. */
export function commonFlags(options: StartOptions): string[] {
  return ["--quiet", "--no-prompt", ...options.inherited, ...configFlags(options)];
}

/** Returns the configuration that Deno has found by itself, as an option. */
export function configFlags({ hasConfig }: StartOptions): string[] {
  const config = hasConfig ? undefined : nearestConfig();
  return config === undefined ? [] : ["--config", config];
}

/**
 * Returns the path of the deno.json nearest to the main program, or undefined where there is none.
 */
export function nearestConfig(program: string = Deno.mainModule): string | undefined {
  if (!program.startsWith("file:")) return undefined;
  for (const folder of ancestorFolders(new URL(".", program))) {
    const found = ["deno.json", "deno.jsonc"].map((name) => new URL(name, folder)).find(isFile);
    if (found !== undefined) return urlToPath(found);
  }
  return undefined;
}
