/** The frames of a stack that are the user's: where to look, without how we got there. */

const ROOT = new URL("../../", import.meta.url).href;
const OURS = [`${ROOT}src/`, `${ROOT}workers/`, `${ROOT}mod.ts`, `${ROOT}cli.ts`];

/** The stack's frames without the runtime's and this library's own. */
export function userFrames(stack: string | undefined): string[] {
  return (stack ?? "").split("\n").map((line) => line.trim()).filter((line) =>
    line.startsWith("at ") &&
    !/\((ext|node|internal):|at (async )?(ext|node|internal):/.test(line) &&
    !/<anonymous>\)?$/.test(line) && !OURS.some((prefix) => line.includes(prefix))
  );
}
