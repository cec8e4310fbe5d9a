/** Why there is no connection to an engine, in words for whoever has written its address. */

/** Whether an error is the engine's own answer. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/**
 * What an engine answers that will do later what it was told: it is starting, it is full, its replicas are away, or it
 * has become one itself. Older ones say so within what they say of the script.
 */
const TRANSIENT =
  /(?:^|-)(?:BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|READONLY|TRYAGAIN|UNBLOCKED) /;

/** Whether an engine's answer holds for now, and nothing was done. */
export function isTransient(error: unknown): boolean {
  return isReplyError(error) && TRANSIENT.test(error.message) && !isTooLarge(error);
}

/** What is larger than this may be more than there is room for, where all else is taken. */
const LARGE_BYTES = 2 * 1024 * 1024;

/**
 * Whether an engine is full because of what it was told, as it is likely: that is held in its memory before it is
 * refused, and no more after that. So to tell it again would come to the same, and hold up whatever else there is to
 * say.
 */
export function isTooLarge(error: unknown): error is Error {
  if (!isReplyError(error) || !/(?:^|-)OOM /.test(error.message)) return false;
  const { command } = error as { command?: { args: readonly (string | Uint8Array)[] } };
  let bytes = 0;
  for (const arg of command?.args ?? []) bytes += arg.length;
  return bytes > LARGE_BYTES;
}

/** An engine's answer without where in a script it came about. */
export function replyText({ message }: Error): string {
  return message.replace(/^ERR Error running script .*?: -(?=[A-Z]+ )/, "")
    .replace(/ script: [0-9a-f]+, on @user_script:\d+\.$/, "").replace(/\.$/, "");
}

/** Says why the engine at an address cannot be used. */
export function describeConnectionError(error: unknown, { protocol }: URL): string {
  if (!(error instanceof Error)) return String(error);
  if (isReplyError(error)) return `it refuses: ${replyText(error)}`;
  const { code = "", message } = error as Error & { code?: string };
  const isEncrypted = protocol === "rediss:";
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ENOTFOUND":
      return "there is no such host";
    case "ETIMEDOUT":
      return isEncrypted
        ? "it does not answer; one that takes no encrypted connections is redis://"
        : "it does not answer";
    case "ECONNRESET":
    case "EPIPE":
      return isEncrypted
        ? "it ends the connection"
        : "it ends the connection; one that takes encrypted connections alone is rediss://";
  }
  if (message.startsWith("Unknown RESP type")) return "what answers is neither Redis nor Valkey";
  if (/CERT|ISSUER|SIGNATURE/.test(code)) {
    return `${message}; DENO_CERT names a file with certificates to trust`;
  }
  return message;
}
