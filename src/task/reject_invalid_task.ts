/**
 * Rejects functions that cannot be tasks: generators, functions with misplaced options, functions
 * that are tasks already, and class members that are not public static methods.
 */

/**
 * Rejects a generator: calling it runs nothing until its values are requested.
 *
 * @param cannot The start of the message: `Cannot mark a task`.
 * @throws {TypeError} naming the fix.
 */
export function rejectGenerator(fn: object, cannot: string): void {
  const kind = (fn as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (kind !== "GeneratorFunction" && kind !== "AsyncGeneratorFunction") return;
  throw new TypeError(
    `${cannot} that is a generator: calling a generator runs nothing; use a function`,
  );
}

/**
 * Rejects a second argument after a function, unless it is a decorator context.
 *
 * @throws {TypeError} naming the place for options.
 */
export function rejectOptionsAfterFunction(context: unknown): void {
  if (context === null || typeof context !== "object" || "kind" in context) return;
  throw new TypeError(
    "Cannot mark a task with options after the function: use mark(options, fn)",
  );
}

/**
 * Rejects a second mark of a function, which would silently replace the first.
 *
 * @throws {TypeError} naming the fix.
 */
export function rejectSecondMark({ name }: { readonly name: string }, isMarked: boolean): void {
  if (!isMarked) return;
  throw new TypeError(
    `Cannot mark ${name || "an anonymous function"} again: a function is one task; for another, ` +
      `wrap it: mark((...args) => ${name || "fn"}(...args)), or use \`each\``,
  );
}

/**
 * Rejects a class member that cannot be a task.
 *
 * @param context The context of a decorator; undefined for a plain call.
 * @param names The decorator's verb and the owner of its methods: `mark`, `an exported class`.
 * @throws {TypeError} naming the member.
 */
export function rejectOtherMembers(
  context: unknown,
  { verb, owner }: { readonly verb: string; readonly owner: string },
): void {
  if (typeof context === "string" || typeof context === "symbol") {
    throw new TypeError(
      `Cannot ${verb} ${String(context)}: @${verb} does not support ` +
        `"experimentalDecorators" in compilerOptions; remove it`,
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
