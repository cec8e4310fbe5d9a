/**
 * Sets TTLs: every key gets its TTL in the script that creates it, so a client that dies in between
 * leaks nothing. Heartbeats renew the TTLs.
 */
import { ORPHAN_TTL_MS } from "../engine_protocol.ts";

/** The part of a client that {@linkcode withQueueTtl} uses. */
interface ScriptableClient {
  defineCommand(name: string, definition: { numberOfKeys?: number; lua: string }): void;
}

/**
 * Wraps a script: afterwards, those of these keys without a TTL get one.
 *
 * @param keys A Lua expression for the list of keys.
 */
export function withTtl(script: string, keys: string): string {
  return `
local function main()
${script}
end
local answer = main()
for _, key in ipairs(${keys}) do
  if redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, ${ORPHAN_TTL_MS}) end
end
return answer`;
}

/**
 * Wraps the scripts of BullMQ: their keys get a TTL, and so does the key of the job that one adds,
 * whose id is the reply.
 */
export function withQueueTtl<T extends ScriptableClient>(redis: T): T {
  const define = redis.defineCommand.bind(redis);
  redis.defineCommand = (name, { lua, ...definition }) =>
    define(name, { ...definition, lua: withTtl(lua, QUEUE_KEYS) });
  return redis;
}

const QUEUE_KEYS = `(function()
  if type(answer) ~= 'string' then return KEYS end
  local job = string.gsub(KEYS[1], '[^:]*$', '') .. answer
  return {job, unpack(KEYS)}
end)()`;
