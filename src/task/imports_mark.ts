/**
 * Recognizes modules with tasks by their text, without running them: the folder of a project may
 * have scripts whose top level does things.
 */

/** An import of a function that makes tasks, from wherever the project's import map has it. */
const NAMED = /\bimport\s*\{[^}]*\b(?:d?mark|markAll|resource)\b[^}]*\}\s*from\b/;
/** An import of a whole library, and a call of its function: `lib.mark(`. */
const WHOLE = /\bimport\s*\*\s*as\s+([\w$]+)\s+from\b/;
const MEMBER_CALL = /\b([\w$]+)\s*\.\s*(?:d?mark|markAll|resource)\s*\(/;

/** Whether the text of a module imports a function that makes tasks. */
export function importsMark(text: string): boolean {
  return NAMED.test(text) || (WHOLE.test(text) && MEMBER_CALL.test(text));
}
