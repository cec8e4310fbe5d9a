/** Permissions of the process, read without prompting the user. */

/** Whether a permission is granted. */
export function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** The value of an environment variable; undefined if the variable is unset or may not be read. */
export function envIfPermitted(variable: string): string | undefined {
  return isGranted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}

/**
 * The command-line option that grants the permission an error is about, such as `run with
 * --allow-read=data.json`; undefined for other errors.
 */
export function permissionHint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // The module loader reports a missing permission as a TypeError with the same text.
  const [, what, flag] = / access(?: to ("[^"]*"|\S+))?, run again with the (--[\w-]+) flag/
    .exec(error.message) ?? [];
  if (flag === undefined) return undefined;
  const isNamed = flag !== "--allow-all" && what?.startsWith('"') && !/[,\s]/.test(what);
  return isNamed ? `run with ${flag}=${what!.slice(1, -1)}` : `run with ${flag}`;
}
