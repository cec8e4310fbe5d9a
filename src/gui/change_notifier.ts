/** Wakes all waiters when something has changed. */
export class ChangeNotifier {
  #change = Promise.withResolvers<void>();

  /** Resolves at the next change. Read before the state is checked, so that no change is missed. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  /** Resolves the current {@linkcode changed}. */
  notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
