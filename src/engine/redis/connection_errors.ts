/** Classifies and describes the errors of connections to an engine. */

/** Whether an error is a reply of the server. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/**
 * Rejections that the server may lift: it is loading, out of memory, without enough replicas, or
 * has become a replica. Older servers put the code into the message of the script's error.
 */
const TRANSIENT =
  /(?:^|-)(?:BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|READONLY|TRYAGAIN|UNBLOCKED) /;

/** Whether a reply is a temporary rejection, without any effect. */
export function isTransient(error: unknown): boolean {
  return isReplyError(error) && TRANSIENT.test(error.message) && !isTooLarge(error);
}

/** Size in bytes from which a command may be the cause of an OOM reply by itself. */
const LARGE_BYTES = 2 * 1024 * 1024;

/**
 * Whether an OOM reply is probably caused by the command's own size. The server holds the command
 * in memory until it rejects it, and has that memory back afterwards: a repetition would fail
 * again, and delay all other commands.
 */
export function isTooLarge(error: unknown): error is Error {
  if (!isReplyError(error) || !/(?:^|-)OOM /.test(error.message)) return false;
  const { command } = error as { command?: { args: readonly (string | Uint8Array)[] } };
  let bytes = 0;
  for (const arg of command?.args ?? []) bytes += arg.length;
  return bytes > LARGE_BYTES;
}

/** The text of a reply, without the location in the script. */
export function replyText({ message }: Error): string {
  return message.replace(/^ERR Error running script .*?: -(?=[A-Z]+ )/, "")
    .replace(/ script: [0-9a-f]+, on @user_script:\d+\.$/, "").replace(/\.$/, "");
}

/** Describes why the engine at an address cannot be used. */
export function describeConnectionError(error: unknown, { protocol }: URL): string {
  if (!(error instanceof Error)) return String(error);
  if (isReplyError(error)) return `the server rejects commands: ${replyText(error)}`;
  const { code = "", message } = error as Error & { code?: string };
  const isEncrypted = protocol === "rediss:";
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOTFOUND":
      return "unknown host";
    case "ETIMEDOUT":
      return isEncrypted
        ? "the server does not answer; use redis:// for one without TLS"
        : "the server does not answer";
    case "ECONNRESET":
    case "EPIPE":
      return isEncrypted
        ? "the server closed the connection"
        : "the server closed the connection; use rediss:// for one with TLS";
  }
  if (message.startsWith("Unknown RESP type")) return "the server is neither Redis nor Valkey";
  if (/CERT|ISSUER|SIGNATURE/.test(code)) {
    return `${message}; set DENO_CERT to a file of trusted certificates`;
  }
  return message;
}
