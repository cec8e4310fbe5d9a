/**
 * What happens in Redis in one piece. A connection that breaks sends its commands again, so each script
 * gives the same answer when it is called once more with the same arguments, and has its effect once.
 *
 * `KEYS[1]` is what the keys of the run begin with; a cluster keeps all of them in one place.
 */
import { DRIVER_SCRIPTS } from "./driver_scripts.ts";
import { withTtl } from "./key_ttl.ts";
import { LOCK_SCRIPTS } from "./lock_scripts.ts";
import { STARTS_MAX, STATE_BYTES } from "../engine_protocol.ts";

/** What only writes that make the state smaller may use. */
const RESERVE = 16 * 1024;

const HEAD = `
local function k(name) return KEYS[1] .. ':' .. name end
local function now() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
local function isAnothers(token)
  local driver = redis.call('GET', k('driver'))
  return driver and driver ~= token
end
local function missing()
  return redis.call('EXISTS', k('over')) == 1 and 'over' or 'forgotten'
end
local function keys()
  local all = {'run', 'base', 'log', 'said', 'told', 'crew', 'tokens', 'begins', 'ended', 'revoked',
    'lock', 'waiting', 'names', 'senders'}
  for at, name in ipairs(all) do all[at] = k(name) end
  return all
end
local function each(does, ...)
  for _, list in ipairs({'tasks:wait', 'tasks:active'}) do
    for _, id in ipairs(redis.call('LRANGE', k(list), 0, -1)) do
      redis.call(does, k('tasks:' .. id), ...)
    end
  end
  for _, key in ipairs(keys()) do redis.call(does, key, ...) end
  for _, name in ipairs({'wait', 'active', 'meta', 'id', 'events', 'stalled', 'marker'}) do
    redis.call(does, k('tasks:' .. name), ...)
  end
end
local function keep(forMs) each('PEXPIRE', forMs) end
`;

/** The scripts, by name. */
export const SCRIPTS = {
  ...DRIVER_SCRIPTS,

  /** A worker takes part. id, goneMs, member, said → ok told-id flags | over */
  join: `
if redis.call('HEXISTS', k('run'), 'order') == 0 then
  if redis.call('HDEL', k('crew'), ARGV[1]) == 1 then
    redis.call('XADD', k('said'), '*', 'm', cjson.encode({type = 'left', worker = ARGV[1]}))
  end
  return {'over'}
end
redis.call('SET', k('beat:' .. ARGV[1]), 1, 'PX', ARGV[2])
if redis.call('HSETNX', k('crew'), ARGV[1], ARGV[3]) == 1 then
  redis.call('XADD', k('said'), '*', 'm', ARGV[4])
end
local last = redis.call('XREVRANGE', k('told'), '+', '-', 'COUNT', 1)
local aborted = redis.call('HGET', k('run'), 'aborted')
return {'ok', last[1] and last[1][1] or '0-0', aborted or ''}`,

  /** A worker is alive. id, goneMs, keptMs → ok whether the run has a driver | gone | over */
  beat: `
if redis.call('EXISTS', k('run')) == 0 then return {'over'} end
if redis.call('HEXISTS', k('crew'), ARGV[1]) == 0 then return {'gone'} end
redis.call('SET', k('beat:' .. ARGV[1]), 1, 'PX', ARGV[2])
keep(ARGV[3])
return {'ok', redis.call('EXISTS', k('driver'))}`,

  /**
   * Takes what a sender says, in its order: four arguments each.
   * sender, count of the first, then: attempt or '', token or '', whether it ends the attempt, said.
   * Of an attempt that is another's by now, nothing is taken.
   */
  say: `
if redis.call('EXISTS', k('run')) == 0 then return {'over'} end
local last = tonumber(redis.call('HGET', k('senders'), ARGV[1]) or '0')
local place = redis.call('HGET', k('run'), 'count')
local count = tonumber(ARGV[2])
for at = 3, #ARGV, 4 do
  local key, token, ends, said = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  if count > last then
    local task = string.match(key, '^%d+')
    if not task or redis.call('HGET', k('tokens'), task) == token then
      redis.call('XADD', k('said'), '*', 'm', said, 'p', place)
      if ends == '1' then
        redis.call('HDEL', k('tokens'), task)
        redis.call('HSET', k('ended'), key, 1)
      end
    end
    last = count
  end
  count = count + 1
end
redis.call('HSET', k('senders'), ARGV[1], last)
return {'ok'}`,

  /**
   * An attempt begins. Whoever takes part and runs it already goes on with that: the queue gives away again what
   * it has not heard of for a moment. So whoever has it is lost, or has left, when it begins once more.
   * attempt, token (which begins with the worker's id), worker, said if it was begun too often
   * → go count | held | ended | revoked | gone | over
   */
  begin: `
local key, token = ARGV[1], ARGV[2]
local task = string.match(key, '^%d+')
if redis.call('EXISTS', k('run')) == 0 then return {'over'} end
if redis.call('SISMEMBER', k('revoked'), key) == 1 then return {'revoked'} end
if redis.call('HEXISTS', k('ended'), key) == 1 then return {'ended'} end
if redis.call('HEXISTS', k('crew'), ARGV[3]) == 0 then return {'gone'} end
local before = redis.call('HGET', k('tokens'), task)
local count = redis.call('HGET', k('run'), 'count')
if before == token then return {'go', count} end
if before then
  if redis.call('HEXISTS', k('crew'), string.match(before, '^[^.]*')) == 1 then return {'held'} end
  local stop = cjson.encode({type = 'stop', task = task, token = before})
  redis.call('XADD', k('told'), '*', 'm', stop)
end
local begins = redis.call('HINCRBY', k('begins'), key, 1)
if begins > ${STARTS_MAX} then
  redis.call('HDEL', k('tokens'), task)
  redis.call('HSET', k('ended'), key, 1)
  redis.call('XADD', k('said'), '*', 'm', ARGV[4])
  return {'ended'}
end
redis.call('HSET', k('tokens'), task, token)
local began = cjson.encode({type = 'began', key = key, worker = ARGV[3], begins = begins})
redis.call('XADD', k('said'), '*', 'm', began)
return {'go', count}`,

  /**
   * Appends a change of the state.
   * sender, its count, task or '', token, lock's term or 0, place or -1, growth, shrinks, batch
   * → at place | gone place | full bytes | fenced | unlocked | over
   */
  append: `
local sender, count = ARGV[1], ARGV[2]
local seen, place = string.match(redis.call('HGET', k('senders'), sender) or '', '^(%d+) (%d+)$')
if seen == count then return {'at', place} end
local at = redis.call('HGET', k('run'), 'count')
if not at then return {'over'} end
if ARGV[3] ~= '' and redis.call('HGET', k('tokens'), ARGV[3]) ~= ARGV[4] then return {'fenced'} end
if ARGV[5] ~= '0' then
  local holder, term = unpack(redis.call('HMGET', k('lock'), 'holder', 'term'))
  if holder ~= sender or term ~= ARGV[5] then return {'unlocked'} end
end
if ARGV[6] ~= '-1' and ARGV[6] ~= at then return {'gone', at} end
local bound = redis.call('HGET', k('run'), 'bound') + ARGV[7]
if bound > ${STATE_BYTES} - (ARGV[8] == '1' and 0 or ${RESERVE}) then return {'full', bound} end
at = at + 1
redis.call('XADD', k('log'), string.format('%d-0', at), 'b', ARGV[9], 'g', ARGV[7],
  's', sender)
redis.call('HSET', k('run'), 'count', at, 'bound', bound)
redis.call('HSET', k('senders'), sender, count .. ' ' .. string.format('%d', at))
return {'at', at}`,

  /** Ids for new objects. how many blocks → ids first | over */
  ids: `
if redis.call('EXISTS', k('run')) == 0 then return {'over'} end
return {'ids', redis.call('HINCRBY', k('run'), 'ids', ARGV[1]) - ARGV[1]}`,

  /** Begins the log anew. place, snapshot → at place | gone place | over */
  rebase: `
local at = redis.call('HGET', k('run'), 'count')
if not at then return {'over'} end
if tonumber(redis.call('HGET', k('base'), 'place')) == ARGV[1] + 1 then return {'at', ARGV[1] + 1} end
if at ~= ARGV[1] then return {'gone', at} end
at = at + 1
local before = redis.call('HGET', k('base'), 'place')
redis.call('XADD', k('log'), string.format('%d-0', at), 'r', '')
redis.call('HSET', k('base'), 'place', at, 'bytes', ARGV[2])
redis.call('HSET', k('run'), 'count', at, 'bound', #ARGV[2])
redis.call('XTRIM', k('log'), 'MINID', before .. '-0')
return {'at', at}`,

  ...LOCK_SCRIPTS,

  /**
   * A worker takes part no more: what it runs begins again elsewhere. Where the run is over, what the worker's
   * queue has written since is removed. id, said → ok
   */
  leave: `
if redis.call('EXISTS', k('run')) == 0 then each('UNLINK') end
redis.call('DEL', k('beat:' .. ARGV[1]))
if redis.call('HDEL', k('crew'), ARGV[1]) == 1 then
  redis.call('XADD', k('said'), '*', 'm', ARGV[2])
end
return {'ok'}`,
} as const;

/** A script's name. */
export type ScriptName = keyof typeof SCRIPTS;

/** A script as Redis gets it. */
export function scriptText(name: ScriptName): string {
  return HEAD + withTtl(SCRIPTS[name], "keys()");
}
