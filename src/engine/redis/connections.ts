/** Connections to the engine: Redis, or Valkey. */
import { Redis } from "ioredis";
import { EngineError, UsageError } from "../../base/errors.ts";
import { withQueueTtl } from "./key_ttl.ts";
import { OutageTimeout } from "./outage_timeout.ts";
import { PROBE_KEY } from "../engine_protocol.ts";
import {
  describeConnectionError,
  isReplyError,
  isTransient,
  replyText,
} from "./connection_errors.ts";
import { EngineFailure } from "./engine_failure.ts";
import { type ScriptName, SCRIPTS, scriptText } from "./redis_scripts.ts";

/** The longest pause between two attempts to connect again. */
const RETRY_DELAY_MAX_MS = 1_000;
/** What was refused for now is told again after this pause. */
const REJECTED_DELAY_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that owes an answer for so long is taken to be unreachable, and connected to anew. */
const REPLY_TIMEOUT_MS = 8_000;
/** An engine that cannot be reached for so long, or refuses for so long, is given up. */
export const OUTAGE_TIMEOUT_MS = 60_000;

/** How long an engine may be silent, and how long it may be away, in milliseconds: other than usual in tests. */
export interface ConnectionLimits {
  readonly replyMs: number;
  readonly outageMs: number;
}

/** What is said of a script's end, and what comes with it. */
export type ScriptReply = readonly [status: string, ...rest: (string | number)[]];

/** What a script takes. */
export type ScriptArgument = string | number | Uint8Array;

/**
 * Reads the address of an engine.
 *
 * @throws {UsageError} when it is none.
 */
export function engineUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isValid = url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== "" &&
    /^(\/\d*)?$/.test(url.pathname) && url.search === "" && url.hash === "";
  if (isValid) return url;
  throw new UsageError(
    `Cannot use the engine "${redactedText(address)}": it is an address such as ` +
      "redis://host:6379, or rediss://user:password@host:6379/2",
  );
}

/** An address without what is secret in it. */
export function redactedUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}

function redactedText(address: string): string {
  return address.replace(/\/\/.*@/, "//…@");
}

/** Several connections to one engine. */
export class Connections implements Disposable {
  /** The address, without what is secret. */
  readonly displayUrl: string;
  /** For commands that do not block. */
  readonly main: Redis;
  readonly #url: URL;
  readonly #outage: OutageTimeout;
  readonly #clients = new Set<Redis>();
  /** Whether what is refused for now is told again: at first whoever connects is told at once. */
  #retriesTransient = false;

  private constructor(
    url: URL,
    onLost: (error: EngineFailure) => void,
    private readonly limits: ConnectionLimits,
  ) {
    this.#url = url;
    this.displayUrl = redactedUrl(url);
    this.#outage = new OutageTimeout({
      displayUrl: this.displayUrl,
      timeoutMs: limits.outageMs,
      probe: () => this.#probe(),
      onTimeout: onLost,
    });
    this.main = this.createClient();
    this.main.on("close", () => this.#outage.onDisconnect());
    this.main.on("ready", () => this.#outage.onReconnect());
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
    limits: ConnectionLimits = { replyMs: REPLY_TIMEOUT_MS, outageMs: OUTAGE_TIMEOUT_MS },
  ): Promise<Connections> {
    try {
      return await Connections.#create(url, onLost, limits);
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
      return await Connections.#create(this.#url, onLost, this.limits);
    } catch (error) {
      if (isReplyError(error) && !isTransient(error)) throw engineError(error, this.displayUrl);
      return undefined;
    }
  }

  static async #create(
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
  createClient(): Redis {
    let isRejected = false;
    const redis = new Redis(this.#url.href, {
      ...OPTIONS,
      socketTimeout: this.limits.replyMs,
      // By a new connection, as what is lost with one: the address may be another server's by then.
      reconnectOnError: (error) => {
        if (!this.#retriesTransient || !isTransient(error)) return false;
        this.#outage.onRejected(error);
        // Much may be refused at once, and each time the end of the connection is listened for.
        redis.stream.setMaxListeners(0);
        isRejected = true;
        return RECONNECT_AND_RESEND;
      },
      retryStrategy: (times) => {
        const pauseMs = isRejected ? REJECTED_DELAY_MS : 50 * 2 ** Math.min(times, 10);
        isRejected = false;
        return Math.min(pauseMs, RETRY_DELAY_MAX_MS);
      },
    });
    redis.on("error", () => {}); // it connects again; how long that takes is watched on the main one
    for (const name of Object.keys(SCRIPTS) as ScriptName[]) {
      redis.defineCommand(name, { numberOfKeys: 1, lua: scriptText(name) });
    }
    this.#clients.add(redis);
    return redis;
  }

  /**
   * {@linkcode createClient}, for the queue: it gives up where one does not come about at once, so it is tried again and
   * again; and what it makes is kept no longer than all else.
   */
  createQueueClient(): Redis {
    const redis = withQueueTtl(this.createClient());
    redis.connect().catch(() => {}); // so much for the first time
    return redis;
  }

  /** Runs a script. */
  async runScript(name: ScriptName, key: string, ...args: ScriptArgument[]): Promise<ScriptReply> {
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
    this.#retriesTransient = false;
    this.#outage[Symbol.dispose]();
    for (const redis of this.#clients) {
      redis.removeAllListeners("close");
      redis.disconnect();
      rejectPending(redis);
    }
    this.#clients.clear();
  }

  /** The first time it has to succeed at once; later it is tried again and again. */
  async #connect(): Promise<void> {
    const failed = new Promise<never>((_, reject) => this.main.once("error", reject));
    await Promise.race([this.main.connect(), failed]);
    // A replica answers, and takes nothing.
    await Promise.race([this.#probe(), failed]);
    this.#retriesTransient = true;
  }

  /** Nothing is put to what is not there; but it is refused where nothing can be written. */
  async #probe(): Promise<void> {
    await this.main.lpushx(PROBE_KEY, "");
  }
}

/** What an engine answers instead of doing what it was told, or that it does not: that is no fault of this library. */
export function engineError(error: unknown, displayUrl: string): unknown {
  if (error instanceof EngineFailure) return new EngineError(error.detail);
  if (!isReplyError(error) && !isClosedError(error)) return error;
  return new EngineError(`Cannot use the engine at ${displayUrl}: ${replyText(error)}`);
}

/** What ioredis keeps until it is connected again: it does not answer that by itself when it is told to stop. */
interface Pending {
  flushQueue(error: Error): void;
  prevCommandQueue?: { shift(): { command: { reject(error: Error): void } } | undefined };
}

/** Whoever waits for an answer learns that there will be none. */
function rejectPending(redis: Redis): void {
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
export function isClosedError(error: unknown): error is Error {
  return error instanceof Error && error.message === CLOSED;
}

const OPTIONS = {
  lazyConnect: true,
  protocol: 2 as const, // in the newer one, ioredis gives what streams hold in another form
  maxRetriesPerRequest: null,
  connectTimeout: CONNECT_TIMEOUT_MS,
};

/** What ioredis does with a command that was refused: it connects anew, and sends it once more. */
const RECONNECT_AND_RESEND = 2;

/** A view of the same bytes, as ioredis takes them. */
function bufferOf(bytes: Uint8Array): Buffer {
  const { Buffer } = process.getBuiltinModule("node:buffer");
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
