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
 * Commands that create no key. Any other command may have created the keys it names, unless it
 * replies 0: it has added nothing.
 */
const CREATE_NOTHING = [
  ...["DEL", "EXISTS", "EXPIRE", "GET", "HDEL", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN"],
  ...["HMGET", "LINDEX", "LLEN", "LPOP", "LPOS", "LRANGE", "LREM", "LTRIM", "PEXPIRE"],
  ...["PEXPIREAT", "PTTL", "RPOP", "SCARD", "SISMEMBER", "SMEMBERS", "SREM", "TIME", "TYPE"],
  ...["UNLINK", "XLEN", "XRANGE", "XREVRANGE", "XTRIM", "ZCARD", "ZCOUNT", "ZPOPMIN", "ZRANGE"],
  ...["ZRANGEBYLEX", "ZRANGEBYSCORE", "ZREM", "ZREVRANGE", "ZSCORE"],
];
/** Commands that may create their second key. */
const MOVES = ["COPY", "LMOVE", "RENAME", "RPOPLPUSH", "SMOVE"];

/** A Lua table with these keys. */
const luaSet = (names: readonly string[]) => `{${names.map((name) => `${name}=1`).join(",")}}`;

/** Shadows `redis`, and records the keys that a script may have created. */
const RECORDER = `
local server, written = redis, {}
local createNothing, moves = ${luaSet(CREATE_NOTHING)}, ${luaSet(MOVES)}
local function record(name, reply, key, second)
  local hasAddedNothing = reply == 0 and not string.find(name, 'INCR', 1, true)
  if createNothing[name] or hasAddedNothing or not key then return reply end
  written[key] = true
  if moves[name] and second then written[second] = true end
  return reply
end
local redis = setmetatable({
  call = function(name, ...) return record(name, server.call(name, ...), ...) end,
  pcall = function(name, ...) return record(name, server.pcall(name, ...), ...) end
}, {__index = server})
`;

/** Wraps a script: afterwards, those of the keys it has written without a TTL get one. */
export function withTtl(script: string): string {
  return `${RECORDER}
local function main()
${script}
end
local answer = main()
for key in pairs(written) do
  if server.call('PTTL', key) == -1 then server.call('PEXPIRE', key, ${ORPHAN_TTL_MS}) end
end
return answer`;
}

/** Wraps the scripts of BullMQ. */
export function withQueueTtl<T extends ScriptableClient>(redis: T): T {
  const define = redis.defineCommand.bind(redis);
  redis.defineCommand = (name, { lua, ...definition }) =>
    define(name, { ...definition, lua: withTtl(lua) });
  return redis;
}
