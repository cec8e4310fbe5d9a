/**
 * What a script makes at the server expires, whoever dies in that very moment: it gets its time to live in the same
 * piece in which it is made. Whoever takes part makes that longer, again and again.
 */
import { ORPHAN_TTL_MS } from "../engine_protocol.ts";

/** What {@linkcode withQueueTtl} uses of a connection. */
interface ScriptableClient {
  defineCommand(name: string, definition: { numberOfKeys?: number; lua: string }): void;
}

/** A script after which those of these keys expire that did not. `made` is a list of them, in Lua. */
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
 * Has the scripts of the queue keep what they make: the keys that they are told, and the job that one adds, whose id
 * is the answer.
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
