/**
 * What the command has said, for whoever has asked on the page: the files it was given there, and the
 * options the page has no place for, mean nothing to them.
 *
 * @param after Where it was to write the state.
 */
export function rewriteForPage(said: string, after: string): string {
  return said.replace(`Cannot write the state to "${after}"`, "Cannot show the state after the run")
    .replace("; run all tasks, or use --force to take over what still fits", "; run all tasks");
}
