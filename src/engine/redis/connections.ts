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
import { ReplyTimeout } from "./reply_timeout.ts";
import { type ScriptName, SCRIPTS, scriptText } from "./redis_scripts.ts";

/** Maximum delay between two attempts to reconnect, in milliseconds. */
const RETRY_DELAY_MAX_MS = 1_000;
/** Delay before a rejected command is sent again, in milliseconds. */
const REJECTED_DELAY_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
/** Time without an expected reply, in milliseconds, after which a connection is replaced. */
const REPLY_TIMEOUT_MS = 8_000;
/**
 * Duration of an outage, in milliseconds, after which a run fails: longer than a restart or
 * failover takes.
 */
export const OUTAGE_TIMEOUT_MS = 60_000;

/** Time limits of connections, in milliseconds; tests set shorter ones. */
export interface ConnectionLimits {
  readonly replyMs: number;
  readonly outageMs: number;
}

/** The reply of a script: a status, and values. */
export type ScriptReply = readonly [status: string, ...rest: (string | number)[]];

/** An argument of a script. */
export type ScriptArgument = string | number | Uint8Array;

/**
 * Parses the address of an engine.
 *
 * @throws {UsageError} when the address is invalid.
 */
export function engineUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isValid = url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== "" &&
    /^(\/\d*)?$/.test(url.pathname) && url.search === "" && url.hash === "";
  if (isValid) return url;
  throw new UsageError(
    `Cannot use the engine "${redactedText(address)}": expected a URL such as ` +
      "redis://host:6379 or rediss://user:password@host:6379/2",
  );
}

/** The URL without user and password. */
export function redactedUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}

function redactedText(address: string): string {
  return address.replace(/\/\/.*@/, "//…@");
}

/** The connections to one engine. */
export class Connections implements Disposable {
  /** The URL without user and password. */
  readonly displayUrl: string;
  /** The connection for commands that do not block. */
  readonly main: Redis;
  readonly #url: URL;
  readonly #outage: OutageTimeout;
  readonly #clients = new Set<Redis>();
  readonly #replyTimeout: ReplyTimeout;
  #queueClient: Redis | undefined;
  /**
   * Whether temporarily rejected commands are sent again. Not at first: a command that connects
   * reports them at once.
   */
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
    this.#replyTimeout = new ReplyTimeout(limits.replyMs);
    this.main = this.createClient();
    this.main.on("close", () => this.#outage.onDisconnect());
    this.main.on("ready", () => this.#outage.onReconnect());
  }

  /**
   * Connects to an engine.
   *
   * @param onLost Called when an outage exceeds the limit.
   * @throws {UsageError} when the engine cannot be reached, or rejects the login.
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
   * Opens connections to the same engine with a lifetime of their own.
   *
   * @returns Undefined during an outage.
   * @throws {EngineError} when the engine rejects the connection.
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

  /** Creates a client for blocking commands. It is closed with the others. */
  createClient(): Redis {
    let isRejected = false;
    // A temporary rejection: the command or login is repeated after a delay.
    const isRepeated = (error: Error): boolean => {
      if (!this.#retriesTransient || !isTransient(error)) return false;
      this.#outage.onRejected(error);
      return isRejected = true;
    };
    const redis = new Redis(this.#url.href, {
      ...OPTIONS,
      // Reconnects to send again: after a failover, the address belongs to another server.
      reconnectOnError: (error) => {
        if (!isRepeated(error)) return false;
        // Each rejected command adds a listener for the end of the connection; there may be many.
        redis.stream.setMaxListeners(0);
        return RECONNECT_AND_RESEND;
      },
      retryStrategy: (times) => {
        const pauseMs = isRejected ? REJECTED_DELAY_MS : 50 * 2 ** Math.min(times, 10);
        isRejected = false;
        return Math.min(pauseMs, RETRY_DELAY_MAX_MS);
      },
    });
    redis.on("error", () => {}); // ioredis reconnects; the outage is timed on the main connection
    handleRejectedLogin(redis, isRepeated);
    batchWrites(redis);
    for (const name of Object.keys(SCRIPTS) as ScriptName[]) {
      redis.defineCommand(name, { numberOfKeys: 1, lua: scriptText(name) });
    }
    this.#clients.add(redis);
    this.#replyTimeout.add(redis);
    return redis;
  }

  /**
   * The client for the commands of the queue that do not block: the main one, so that the server
   * executes them in the order of all commands, and one write sends those of one turn. The queue's
   * scripts set TTLs.
   */
  get queueClient(): Redis {
    return this.#queueClient ??= withQueueTtl(withReplyTimeout(this.main, this.limits.replyMs));
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

  /** Closes all connections. Pending commands are rejected. */
  [Symbol.dispose](): void {
    this.#retriesTransient = false;
    this.#outage[Symbol.dispose]();
    this.#replyTimeout[Symbol.dispose]();
    for (const redis of this.#clients) {
      redis.removeAllListeners("close");
      redis.disconnect();
      rejectPending(redis);
    }
    this.#clients.clear();
  }

  /** Connects. The first attempt must succeed; later ones are repeated. */
  async #connect(): Promise<void> {
    const failed = new Promise<never>((_, reject) => this.main.once("error", reject));
    await Promise.race([this.main.connect(), failed]);
    // A replica accepts connections, and rejects writes.
    await Promise.race([this.#probe(), failed]);
    this.#retriesTransient = true;
  }

  /**
   * Tests whether the engine accepts writes. LPUSHX on a key that does not exist writes nothing.
   */
  async #probe(): Promise<void> {
    await this.main.lpushx(PROBE_KEY, "");
  }
}

/**
 * Converts a reply or closed connection to an EngineError: a problem of the engine, not of this
 * library.
 */
export function engineError(error: unknown, displayUrl: string): unknown {
  if (error instanceof EngineFailure) return new EngineError(error.detail);
  if (!isReplyError(error) && !isClosedError(error)) return error;
  return new EngineError(`Cannot use the engine at ${displayUrl}: ${replyText(error)}`);
}

/** The commands that ioredis keeps until it is reconnected. It does not always reject them. */
interface Pending {
  flushQueue(error: Error): void;
  prevCommandQueue?: { shift(): { command: { reject(error: Error): void } } | undefined };
}

/** Rejects the pending commands of a client, which ioredis does not do when it is disconnected. */
function rejectPending(redis: Redis): void {
  const error = new Error(CLOSED);
  (redis as unknown as Pending).flushQueue(error);
  rejectUnanswered(redis, error);
}

/**
 * Handles a login, or the check after it, that the server rejects. ioredis would reject the
 * commands that it has queued even if the rejection is temporary, and keep those that the lost
 * connection has not answered: they would never settle.
 *
 * @param isRepeated Whether the login is repeated; otherwise all commands are rejected.
 */
function handleRejectedLogin(redis: Redis, isRepeated: (error: Error) => boolean): void {
  const recover = redis.recoverFromFatalError;
  redis.recoverFromFatalError = (cause, error, options) => {
    if (isReplyError(error)) {
      if (isRepeated(error)) return redis.disconnect(true);
      rejectUnanswered(redis, error);
    }
    recover.call(redis, cause, error, options);
  };
}

/** Rejects the commands that the lost connection has not answered. */
function rejectUnanswered(redis: Redis, error: Error): void {
  const { prevCommandQueue } = redis as unknown as Pending;
  for (let it = prevCommandQueue?.shift(); it; it = prevCommandQueue?.shift()) {
    it.command.reject(error);
  }
}

/** The message of ioredis when a connection is closed under a command. */
const CLOSED = "Connection is closed.";

/** Whether an error is a command on a closed connection. */
export function isClosedError(error: unknown): error is Error {
  return error instanceof Error && error.message === CLOSED;
}

const OPTIONS = {
  lazyConnect: true,
  protocol: 2 as const, // with RESP3, ioredis returns stream entries in another form
  maxRetriesPerRequest: null,
  connectTimeout: CONNECT_TIMEOUT_MS,
};

/** The value with which ioredis reconnects and sends the rejected command again. */
const RECONNECT_AND_RESEND = 2;

/**
 * Writes the commands of one turn of the event loop together: a write costs a system call. Some are
 * sent by the next tick themselves (attempt_claims.ts), so the write is one tick later.
 */
function batchWrites(redis: Redis): void {
  const send = redis.sendCommand;
  redis.sendCommand = function (...args) {
    const { stream } = redis;
    if (stream?.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => process.nextTick(() => stream.uncork()));
    }
    return send.apply(redis, args);
  };
}

/** Limits the time for a reply on the connection on which BullMQ blocks: it has few commands. */
function withReplyTimeout(redis: Redis, replyMs: number): Redis {
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => duplicate({ ...options, socketTimeout: replyMs });
  return redis;
}

/** Views bytes as a Buffer, which ioredis needs. */
function bufferOf(bytes: Uint8Array): Buffer {
  const { Buffer } = process.getBuiltinModule("node:buffer");
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
