/**
 * A proxy between a client and a server that can be partitioned: it holds all bytes, as a network
 * whose cable is unplugged, and delivers them afterwards. Connections stay, and new ones wait.
 */

/** A proxy that can hold everything that it forwards. */
export class PartitionProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  #mended: Promise<void> = Promise.resolve();

  /** @param to The URL of the server. */
  constructor(to: string) {
    this.#accept(Number(new URL(to).port));
  }

  /** The URL for the client. */
  get url(): string {
    return `redis://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Holds all bytes for a time in milliseconds. Resolves at its end. */
  async partition(ms: number): Promise<void> {
    await (this.#mended = new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const end of this.#open) this.#close(end);
  }

  async #accept(port: number): Promise<void> {
    for await (const near of this.#listener) this.#connect(near, port);
  }

  async #connect(near: Deno.Conn, port: number): Promise<void> {
    this.#open.add(near);
    await this.#mended;
    try {
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      this.#open.add(far);
      this.#pass(near, far);
      this.#pass(far, near);
    } catch {
      this.#close(near); // the server is down
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const part = new Uint8Array(65_536);
    try {
      for (let count; (count = await from.read(part)) !== null;) {
        await this.#mended;
        for (let at = 0; at < count;) at += await to.write(part.subarray(at, count));
      }
    } catch {
      // an end is closed
    }
    this.#close(from);
    this.#close(to);
  }

  #close(end: Deno.Conn): void {
    if (this.#open.delete(end)) end.close();
  }
}
