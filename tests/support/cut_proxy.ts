/**
 * A proxy whose connections can be cut. Replaces the proxy's port by the server's in what it
 * forwards.
 */

/** A proxy between a browser and a server that can cut all connections at once. */
export class CutProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #to: number;
  readonly #done: Promise<void>;
  /** Number of connections so far. */
  connections = 0;

  /**
   * @param to The port of the server.
   * @param port The port to listen on; 0 for any free one.
   */
  constructor(to: number, port = 0) {
    this.#to = to;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.port = this.#listener.addr.port;
    this.#done = this.#accept();
  }

  /** The port that a browser connects to. */
  readonly port: number;

  /** Closes all connections. */
  cut(): void {
    for (const wire of this.#open) wire.close();
    this.#open.clear();
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
      this.connections++;
      this.#open.add(near).add(far);
      void this.#pass(near, far, (text) => text.replaceAll(`:${this.port}`, `:${this.#to}`));
      void this.#pass(far, near, (text) => text);
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, rewrite: (text: string) => string) {
    const bytes = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(bytes);
        if (count === null) break;
        // Latin-1 preserves bytes.
        const text = rewrite(
          Array.from(bytes.subarray(0, count), (it) => String.fromCharCode(it)).join(""),
        );
        const out = Uint8Array.from(text, (it) => it.charCodeAt(0));
        for (let at = 0; at < out.length;) at += await to.write(out.subarray(at));
      }
    } catch {
      // the connection was cut
    }
    for (const wire of [from, to]) if (this.#open.delete(wire)) wire.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#done;
  }
}
