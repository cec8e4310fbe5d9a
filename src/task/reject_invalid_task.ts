/**
 * What cannot be a task: functions whose call runs nothing, those with options behind them, those that are one,
 * and members of a class that nobody could call.
 */

/**
 * Refuses a generator: what a call of it returns would have to be asked for its values, which nobody does.
 *
 * @param cannot How the refusal begins: `Cannot mark a task`.
 * @throws {TypeError} that says what to do.
 */
export function rejectGenerator(fn: object, cannot: string): void {
  const kind = (fn as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (kind !== "GeneratorFunction" && kind !== "AsyncGeneratorFunction") return;
  throw new TypeError(
    `${cannot} that is a generator: to call it runs nothing of it; use a function`,
  );
}

/**
 * Refuses what stands behind a function, if it is not what decorators are given.
 *
 * @throws {TypeError} that says where options go.
 */
export function rejectOptionsAfterFunction(context: unknown): void {
  if (context === null || typeof context !== "object" || "kind" in context) return;
  throw new TypeError(
    "Cannot mark a task with options behind the function: it is mark(options, fn)",
  );
}

/**
 * A function is one task: marked again, it would take the place of the first without a word.
 *
 * @throws {TypeError} that says what to do.
 */
export function rejectSecondMark({ name }: { readonly name: string }, isMarked: boolean): void {
  if (!isMarked) return;
  throw new TypeError(
    `Cannot mark ${name || "an anonymous function"} again: a function is one task; for another, ` +
      `wrap it: mark((...args) => ${name || "fn"}(...args)), or use \`each\``,
  );
}

/**
 * Refuses a member of a class that cannot be a task.
 *
 * @param context What a decorator is given; nothing where a function is given by itself.
 * @param told What the decorator does with methods, and of which class: `mark`, `an exported class`.
 * @throws {TypeError} that names the member.
 */
export function rejectOtherMembers(
  context: unknown,
  { verb, owner }: { readonly verb: string; readonly owner: string },
): void {
  if (typeof context === "string" || typeof context === "symbol") {
    throw new TypeError(
      `Cannot ${verb} ${
        String(context)
      }: "experimentalDecorators" in compilerOptions makes other ` +
        `decorators of @${verb}; take it out`,
    );
  }
  if (context === null || typeof context !== "object") return;
  const member = context as Partial<ClassMethodDecoratorContext>;
  const { kind, static: isStatic, private: isPrivate, name } = member;
  if (kind === undefined) return;
  if (kind !== "method" || !isStatic || isPrivate || typeof name === "symbol") {
    throw new TypeError(
      `Cannot ${verb} ${String(name)}: @${verb} works on static methods of ${owner}`,
    );
  }
}
