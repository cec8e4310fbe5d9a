/** The module of a target: `module.ts` of `module.ts::task`. */

/** Finds the module among unparsed arguments by its extension; returns it as typed. */
export function moduleAmong(args: readonly string[]): string | undefined {
  const end = args.indexOf("--");
  const target = args.slice(0, end < 0 ? args.length : end + 2)
    .find((arg) => !arg.startsWith("-") && MODULE_PATH.test(arg));
  return target && moduleOf(target);
}

const MODULE_PATH = /^.*?\.[cm]?[jt]sx?(?=::|$)/s;

/** The module of a target. Task names may contain `/`, and folder names `::`. */
export function moduleOf(target: string): string {
  const modulePath = MODULE_PATH.exec(target)?.[0];
  if (modulePath !== undefined) return modulePath;
  const end = target.indexOf("::", target.lastIndexOf("/") + 1);
  return end < 0 ? target : target.slice(0, end);
}
