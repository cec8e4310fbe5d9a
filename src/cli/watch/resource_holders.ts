/**
 * The processes of earlier rounds that hold resources, as the watching process sees them. One is
 * alive as long as it holds a resource.
 *
 * Resources are disposed of one after another, the last set up first: so those that use others are
 * disposed of before these, in whatever processes they are.
 */
import type { ExitSignal } from "../exit_code.ts";
import type { HeldResource, Round, RoundMessage } from "./round_protocol.ts";

/** A held resource, and the process that holds it. */
interface Holding {
  readonly resource: HeldResource;
  readonly round: Round;
  /** Resolves when it is disposed of, or its process has ended. */
  readonly released: PromiseWithResolvers<void>;
  isUsable: boolean;
}

/** Maximum number of lines that are kept while a round runs. */
const LINES_MAX = 1_000;

/** The held resources of a watch. */
export class ResourceHolders {
  #holdings: Holding[] = [];
  readonly #rounds = new Set<Round>();
  /** Resolves when the releases so far have ended. */
  #releases: Promise<void> = Promise.resolve();
  #lines: string[] = [];
  #hasFailed = false;

  /** The resources that a round can use, in the order of their set-ups. */
  get usable(): HeldResource[] {
    return this.#holdings.filter(({ isUsable }) => isUsable).map(({ resource }) => resource);
  }

  /** Whether a tear-down has failed. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Adds the resources of a round that has ended. */
  add(round: Round, resources: readonly HeldResource[]): void {
    this.#rounds.add(round);
    for (const resource of resources) {
      const released = Promise.withResolvers<void>();
      this.#holdings.push({ resource, round, released, isUsable: true });
    }
    round.onMessage = (message) => this.#receive(round, message);
    void round.exited.then(() => {
      this.#rounds.delete(round);
      this.#remove((it) => it.round === round);
    });
  }

  /** Takes the lines that held resources have printed: `server: GET /`. */
  takeLines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Resolves when lost resources are disposed of, and the releases so far have ended. */
  async settled(): Promise<void> {
    await this.#releases;
    const lost = this.#holdings.filter(({ isUsable }) => !isUsable);
    await Promise.all(lost.map(({ released }) => released.promise));
  }

  /** Disposes of resources. */
  release(names: readonly string[]): Promise<void> {
    return this.#releases = this.#releases.then(() => this.#release(names));
  }

  /** Disposes of all resources, and waits until no process is left. */
  async releaseAll(): Promise<void> {
    await this.release(this.#holdings.map(({ resource }) => resource.name));
    await Promise.all([...this.#rounds].map(({ exited }) => exited));
  }

  /** Sends a signal to all processes: a second one ends tear-downs. */
  kill(signal: ExitSignal): void {
    for (const round of this.#rounds) round.kill(signal);
  }

  async #release(names: readonly string[]): Promise<void> {
    for (const holding of this.#holdings.toReversed()) {
      const { round, resource: { name }, released } = holding;
      if (!names.includes(name)) continue;
      holding.isUsable = false;
      round.send({ type: "release", name });
      await released.promise;
    }
  }

  #receive(round: Round, message: RoundMessage): void {
    if (message.type === "output") {
      this.#lines.push(`${message.name}: ${message.text}`);
      if (this.#lines.length > LINES_MAX) this.#lines.shift();
      return;
    }
    if (message.type !== "lost" && message.type !== "released") return;
    const isMeant = (it: Holding) => it.round === round && it.resource.name === message.name;
    if (message.type === "lost") {
      for (const holding of this.#holdings.filter(isMeant)) holding.isUsable = false;
      return;
    }
    if (message.hasFailed) this.#hasFailed = true;
    this.#remove(isMeant);
  }

  #remove(isMeant: (holding: Holding) => boolean): void {
    for (const { released } of this.#holdings.filter(isMeant)) released.resolve();
    this.#holdings = this.#holdings.filter((it) => !isMeant(it));
  }
}
