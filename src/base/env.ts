/** The environment, as far as we may read it. */

/** An environment variable, or undefined. Where leave to read it was not given, nobody is asked for it. */
export function grantedEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
