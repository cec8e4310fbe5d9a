/** Permissions of the process, read without prompting the user. */

/** Whether leave was given for this. */
export function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** An environment variable, or undefined: also where it may not be read. */
export function envIfPermitted(variable: string): string | undefined {
  return isGranted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}

/**
 * The option to run with, or undefined where an error is about something else:
 * `run with --allow-read=data.json`.
 */
export function permissionHint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // While a module is loaded it is a TypeError that says the same.
  const [, what, flag] = / access(?: to ("[^"]*"|\S+))?, run again with the (--[\w-]+) flag/
    .exec(error.message) ?? [];
  if (flag === undefined) return undefined;
  const isNamed = flag !== "--allow-all" && what?.startsWith('"') && !/[,\s]/.test(what);
  return isNamed ? `run with ${flag}=${what!.slice(1, -1)}` : `run with ${flag}`;
}
