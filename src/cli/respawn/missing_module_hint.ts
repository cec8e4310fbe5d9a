/** Parts of the command that are not in Deno's cache, where they cannot be fetched. */
import { PACKAGE, partUrl, ROOT } from "../../runtime/package.ts";

const IS_REMOTE = /^https?:/.test(ROOT.protocol);

/**
 * Says what would help.
 *
 * @returns What is missing, in words; undefined if the error is about something else.
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
