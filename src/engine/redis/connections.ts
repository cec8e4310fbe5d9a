/** Connections to the engine: Redis, or Valkey. */
import { Redis } from "ioredis";
import { EngineError, UsageError } from "../../base/errors.ts";
import { withQueueTtl } from "./key_ttl.ts";
import { OutageTimeout } from "./outage_timeout.ts";
import { PROBE_KEY } from "../engine_protocol.ts";
import { describeConnectionError, isReply, isTransient, replyText } from "./connection_errors.ts";
import { EngineFailure } from "./engine_failure.ts";
import { type ScriptName, SCRIPTS, scriptText } from "./redis_scripts.ts";

/** The longest pause between two attempts to connect again. */
const RETRY_MAX_MS = 1_000;
/** What was refused for now is told again after this pause. */
const REFUSED_MS = 500;
const CONNECT_MS = 5_000;
/** A server that owes an answer for so long is taken to be unreachable, and connected to anew. */
const SILENT_MS = 8_000;
/** An engine that cannot be reached for so long, or refuses for so long, is given up. */
export const OUTAGE_TIMEOUT_MS = 60_000;

/** How long an engine may be silent, and how long it may be away, in milliseconds: other than usual in tests. */
export interface ConnectionLimits {
  readonly silentMs: number;
  readonly patienceMs: number;
}

/** What is said of a script's end, and what comes with it. */
export type ScriptReply = readonly [word: string, ...rest: (string | number)[]];

/** What a script takes. */
export type Argument = string | number | Uint8Array;

/**
 * Reads the address of an engine.
 *
 * @throws {UsageError} when it is none.
 */
export function engineUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isRight = url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== "" &&
    /^(\/\d*)?$/.test(url.pathname) && url.search === "" && url.hash === "";
  if (isRight) return url;
  throw new UsageError(
    `Cannot use the engine "${shownText(address)}": it is an address such as ` +
      "redis://host:6379, or rediss://user:password@host:6379/2",
  );
}

/** An address without what is secret in it. */
export function redactedUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}

function shownText(address: string): string {
  return address.replace(/\/\/.*@/, "//…@");
}

/** Several connections to one engine. */
export class Connections implements Disposable {
  /** The address, without what is secret. */
  readonly shown: string;
  /** For commands that do not block. */
  readonly main: Redis;
  readonly #url: URL;
  readonly #patience: OutageTimeout;
  readonly #open = new Set<Redis>();
  /** Whether what is refused for now is told again: at first whoever connects is told at once. */
  #isPatient = false;

  private constructor(
    url: URL,
    onLost: (error: EngineFailure) => void,
    private readonly limits: ConnectionLimits,
  ) {
    this.#url = url;
    this.shown = redactedUrl(url);
    this.#patience = new OutageTimeout({
      shown: this.shown,
      patienceMs: limits.patienceMs,
      probe: () => this.#probe(),
      giveUp: onLost,
    });
    this.main = this.another();
    this.main.on("close", () => this.#patience.isDown());
    this.main.on("ready", () => this.#patience.isBack());
  }

  /**
   * Connects.
   *
   * @param onLost Called when the engine cannot be reached for a long time.
   * @throws {UsageError} when the engine cannot be reached, or does not let us in.
   */
  static async open(
    url: URL,
    onLost: (error: EngineFailure) => void,
    limits: ConnectionLimits = { silentMs: SILENT_MS, patienceMs: OUTAGE_TIMEOUT_MS },
  ): Promise<Connections> {
    try {
      return await Connections.#begin(url, onLost, limits);
    } catch (error) {
      throw new UsageError(
        `Cannot use the engine at ${redactedUrl(url)}: ${describeConnectionError(error, url)}`,
      );
    }
  }

  /**
   * The same engine, for whoever begins and ends on its own.
   *
   * @returns Undefined while it is away.
   * @throws {EngineError} when it is no more what it was.
   */
  async fork(onLost: (error: EngineFailure) => void): Promise<Connections | undefined> {
    try {
      return await Connections.#begin(this.#url, onLost, this.limits);
    } catch (error) {
      if (isReply(error) && !isTransient(error)) throw engineError(error, this.shown);
      return undefined;
    }
  }

  static async #begin(
    url: URL,
    onLost: (error: EngineFailure) => void,
    limits: ConnectionLimits,
  ): Promise<Connections> {
    const connections = new Connections(url, onLost, limits);
    try {
      await connections.#connect();
      return connections;
    } catch (error) {
      connections[Symbol.dispose]();
      throw error;
    }
  }

  /** A connection of its own, for whoever blocks. It is closed with the others. */
  another(): Redis {
    let isRefused = false;
    const redis = new Redis(this.#url.href, {
      ...OPTIONS,
      socketTimeout: this.limits.silentMs,
      // By a new connection, as what is lost with one: the address may be another server's by then.
      reconnectOnError: (error) => {
        if (!this.#isPatient || !isTransient(error)) return false;
        this.#patience.refused(error);
        // Much may be refused at once, and each time the end of the connection is listened for.
        redis.stream.setMaxListeners(0);
        isRefused = true;
        return AND_TELL_AGAIN;
      },
      retryStrategy: (times) => {
        const pauseMs = isRefused ? REFUSED_MS : 50 * 2 ** Math.min(times, 10);
        isRefused = false;
        return Math.min(pauseMs, RETRY_MAX_MS);
      },
    });
    redis.on("error", () => {}); // it connects again; how long that takes is watched on the main one
    for (const name of Object.keys(SCRIPTS) as ScriptName[]) {
      redis.defineCommand(name, { numberOfKeys: 1, lua: scriptText(name) });
    }
    this.#open.add(redis);
    return redis;
  }

  /**
   * {@linkcode another}, for the queue: it gives up where one does not come about at once, so it is tried again and
   * again; and what it makes is kept no longer than all else.
   */
  forQueue(): Redis {
    const redis = withQueueTtl(this.another());
    redis.connect().catch(() => {}); // so much for the first time
    return redis;
  }

  /** Runs a script. */
  async script(name: ScriptName, key: string, ...args: Argument[]): Promise<ScriptReply> {
    type Script = (key: string, ...args: (string | number | Buffer)[]) => Promise<ScriptReply>;
    const command = (this.main as unknown as Record<ScriptName, Script>)[name];
    return await command.call(
      this.main,
      key,
      ...args.map((it) => it instanceof Uint8Array ? bufferOf(it) : it),
    );
  }

  /** Closes all connections. What is under way is given up. */
  [Symbol.dispose](): void {
    this.#isPatient = false;
    this.#patience[Symbol.dispose]();
    for (const redis of this.#open) {
      redis.removeAllListeners("close");
      redis.disconnect();
      giveUp(redis);
    }
    this.#open.clear();
  }

  /** The first time it has to succeed at once; later it is tried again and again. */
  async #connect(): Promise<void> {
    const failed = new Promise<never>((_, reject) => this.main.once("error", reject));
    await Promise.race([this.main.connect(), failed]);
    // A replica answers, and takes nothing.
    await Promise.race([this.#probe(), failed]);
    this.#isPatient = true;
  }

  /** Nothing is put to what is not there; but it is refused where nothing can be written. */
  async #probe(): Promise<void> {
    await this.main.lpushx(PROBE_KEY, "");
  }
}

/** What an engine answers instead of doing what it was told, or that it does not: that is no fault of this library. */
export function engineError(error: unknown, shown: string): unknown {
  if (error instanceof EngineFailure) return new EngineError(error.full);
  if (!isReply(error) && !isClosed(error)) return error;
  return new EngineError(`Cannot use the engine at ${shown}: ${replyText(error)}`);
}

/** What ioredis keeps until it is connected again: it does not answer that by itself when it is told to stop. */
interface Pending {
  flushQueue(error: Error): void;
  prevCommandQueue?: { shift(): { command: { reject(error: Error): void } } | undefined };
}

/** Whoever waits for an answer learns that there will be none. */
function giveUp(redis: Redis): void {
  const error = new Error(CLOSED);
  const pending = redis as unknown as Pending;
  pending.flushQueue(error);
  for (let it = pending.prevCommandQueue?.shift(); it; it = pending.prevCommandQueue?.shift()) {
    it.command.reject(error);
  }
}

/** What ioredis says when a connection is closed under a command. */
const CLOSED = "Connection is closed.";

/** Whether that is why there is no answer. */
export function isClosed(error: unknown): error is Error {
  return error instanceof Error && error.message === CLOSED;
}

const OPTIONS = {
  lazyConnect: true,
  protocol: 2 as const, // in the newer one, ioredis gives what streams hold in another form
  maxRetriesPerRequest: null,
  connectTimeout: CONNECT_MS,
};

/** What ioredis does with a command that was refused: it connects anew, and sends it once more. */
const AND_TELL_AGAIN = 2;

/** A view of the same bytes, as ioredis takes them. */
function bufferOf(bytes: Uint8Array): Buffer {
  const { Buffer } = process.getBuiltinModule("node:buffer");
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
