/** A hint for modules of the command that are neither in Deno's cache nor can be fetched. */
import { PACKAGE, partUrl, ROOT } from "../../runtime/package.ts";

const IS_REMOTE = /^https?:/.test(ROOT.protocol);

/**
 * Describes a missing module of the command, and how to fetch it.
 *
 * @returns Undefined for any other error.
 */
export function missingModuleHint(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const part = missingModule(error) ?? missingPackage(error);
  if (part === undefined) return undefined;
  const all = IS_REMOTE ? `jsr:${PACKAGE}/offline` : partUrl("offline").href;
  return `Cannot load ${part}: not in Deno's cache; run "deno cache ${all}"`;
}

function missingModule({ message }: TypeError): string | undefined {
  if (!IS_REMOTE) return undefined;
  const [path] = /^[\w/.-]+\.(ts|js|css)\b/.exec(message.split(ROOT.href)[1] ?? "") ?? [];
  return path && `${path} of the command`;
}

function missingPackage({ message }: TypeError): string | undefined {
  const [, name] = /^Failed (?:loading \S+ for|caching npm) package ["']([^"']+)["']/
    .exec(message) ?? [];
  return name && `the package ${name}`;
}
