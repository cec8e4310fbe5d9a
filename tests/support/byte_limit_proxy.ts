/** A proxy that forwards a limited number of bytes on each connection, in each direction. */
export class ByteLimitProxy implements Disposable {
  /** The port to connect to. */
  readonly port: number;
  /** Number of connections so far. */
  connections = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();

  /** @param to The port of the server. */
  constructor(to: number, limitBytes: number, backBytes = Infinity) {
    this.port = this.#listener.addr.port;
    this.#accept(to, limitBytes, backBytes);
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const end of this.#open) this.#close(end);
  }

  async #accept(to: number, limitBytes: number, backBytes: number): Promise<void> {
    for await (const near of this.#listener) {
      this.connections++;
      const far = await Deno.connect({ hostname: "127.0.0.1", port: to });
      this.#open.add(near).add(far);
      this.#pass(near, far, limitBytes);
      this.#pass(far, near, backBytes);
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, limitBytes: number): Promise<void> {
    const part = new Uint8Array(16_384);
    try {
      for (let passed = 0;;) {
        const count = await from.read(part);
        if (count === null) break;
        passed += count;
        for (let at = 0; at < count && passed <= limitBytes;) {
          at += await to.write(part.subarray(at, count));
        }
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
