/** That something has changed, for whoever waits for it. */
export class ChangeNotifier {
  #change = Promise.withResolvers<void>();

  /** Resolves at the next change. Taken before one looks, so that none is missed in between. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  /** Tells of a change. */
  notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
