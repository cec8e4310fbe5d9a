/** Machines of a network: network namespaces with an address each, connected by a bridge. */

/** The reason why this machine cannot have such a network; undefined if it can. */
export function whyNoNetwork(): string | undefined {
  if (Deno.build.os !== "linux") return "needs Linux";
  if (Deno.uid() !== 0) return "needs root, to make namespaces of the network";
  try {
    using network = new Network();
    network.machine();
    return undefined;
  } catch (error) {
    return `no namespaces of the network: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * A network of machines.
 *
 * ```ts ignore
 * using network = new Network();
 * const machine = network.machine();
 * new Deno.Command("ip", { args: [...machine.through.slice(1), "ping", network.address] });
 * machine.cut();
 * ```
 */
export class Network implements Disposable {
  /** The address of this machine in the network. */
  readonly address: string;
  readonly #name: string;
  readonly #subnet: string;
  readonly #machines: Machine[] = [];

  constructor() {
    const id = crypto.getRandomValues(new Uint8Array(3));
    this.#name = `td${id.toHex()}`;
    this.#subnet = `10.${64 + id[0]! % 128}.${id[1]}`;
    this.address = `${this.#subnet}.1`;
    ip("link", "add", this.#name, "type", "bridge");
    ip("addr", "add", `${this.address}/24`, "dev", this.#name);
    ip("link", "set", this.#name, "up");
  }

  /** Adds a machine. */
  machine(): Machine {
    const number = this.#machines.length + 2;
    const machine = new Machine(this.#name, number, `${this.#subnet}.${number}/24`);
    this.#machines.push(machine);
    return machine;
  }

  /** Removes the network. No process may run in it any more. */
  [Symbol.dispose](): void {
    for (const machine of this.#machines) machine[Symbol.dispose]();
    ip("link", "del", this.#name);
  }
}

/** A machine of a {@linkcode Network}. */
export class Machine implements Disposable {
  /** The command that runs another command on the machine. */
  readonly through: readonly string[];
  readonly #space: string;
  /** The interface at this machine's end of the cable. */
  readonly #cable: string;

  constructor(network: string, number: number, address: string) {
    const space = this.#space = `${network}-${number}`;
    const [here, there] = [`${network}h${number}`, `${network}t${number}`];
    this.#cable = here;
    this.through = ["ip", "netns", "exec", space];
    ip("netns", "add", space);
    ip("link", "add", here, "type", "veth", "peer", "name", there);
    ip("link", "set", there, "netns", space);
    ip("link", "set", here, "master", network);
    ip("link", "set", here, "up");
    for (
      const args of [
        ["addr", "add", address, "dev", there],
        ["link", "set", there, "up"],
        ["link", "set", "lo", "up"],
      ]
    ) ip("-n", space, ...args);
  }

  /** Unplugs the cable. */
  cut(): void {
    ip("link", "set", this.#cable, "down");
  }

  /** Plugs the cable in again. */
  mend(): void {
    ip("link", "set", this.#cable, "up");
  }

  [Symbol.dispose](): void {
    ip("netns", "del", this.#space);
  }
}

function ip(...args: string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args }).outputSync();
  if (success) return;
  throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}
