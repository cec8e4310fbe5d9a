/** What may be done. Where leave was not given, nobody is asked for it. */

/** Whether leave was given for this. */
export function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** An environment variable, or undefined: also where it may not be read. */
export function envIfPermitted(variable: string): string | undefined {
  return isGranted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}
