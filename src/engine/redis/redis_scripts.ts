/**
 * The Lua scripts, each atomic. A client sends its commands again after a broken connection, so
 * each script is idempotent: called again with the same arguments, it gives the same reply and has
 * its effect once.
 *
 * `KEYS[1]` is the prefix of the run's keys; a cluster has all of them in one hash slot.
 */
import { DRIVER_SCRIPTS } from "./driver_scripts.ts";
import { withTtl } from "./key_ttl.ts";
import { LOCK_SCRIPTS } from "./lock_scripts.ts";
import { STARTS_MAX, STATE_BYTES } from "../engine_protocol.ts";

/**
 * Bytes of the state that only writes which shrink it may use: without them, it could not be
 * emptied.
 */
const RESERVE = 16 * 1024;

const HEAD = `
local function k(name) return KEYS[1] .. ':' .. name end
local function now() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
local function hasOtherDriver(token)
  local driver = redis.call('GET', k('driver'))
  return driver and driver ~= token
end
local function missing()
  return redis.call('EXISTS', k('tombstone')) == 1 and 'finished' or 'forgotten'
end
local function keys()
  local all = {'run', 'base', 'log', 'written', 'events', 'commands', 'workers', 'tokens', 'starts',
    'ended', 'revoked', 'lock', 'waiting', 'names', 'senders'}
  for at, name in ipairs(all) do all[at] = k(name) end
  return all
end
local function each(command, ...)
  for _, list in ipairs({'tasks:wait', 'tasks:active'}) do
    for _, id in ipairs(redis.call('LRANGE', k(list), 0, -1)) do
      redis.call(command, k('tasks:' .. id), ...)
    end
  end
  for _, key in ipairs(keys()) do redis.call(command, key, ...) end
  for _, name in ipairs({'wait', 'active', 'meta', 'id', 'events', 'stalled', 'marker'}) do
    redis.call(command, k('tasks:' .. name), ...)
  end
end
local function renewAll(ttlMs) each('PEXPIRE', ttlMs) end
`;

/** The scripts, by name. */
export const SCRIPTS = {
  ...DRIVER_SCRIPTS,

  /**
   * Adds a worker to the run. id, livenessMs, info, event → ok id-of-last-command aborted |
   * finished
   */
  join: `
if redis.call('HEXISTS', k('run'), 'spec') == 0 then
  if redis.call('HDEL', k('workers'), ARGV[1]) == 1 then
    redis.call('XADD', k('events'), '*', 'm', cjson.encode({type = 'left', worker = ARGV[1]}))
  end
  return {'finished'}
end
redis.call('SET', k('heartbeat:' .. ARGV[1]), 1, 'PX', ARGV[2])
if redis.call('HSETNX', k('workers'), ARGV[1], ARGV[3]) == 1 then
  redis.call('XADD', k('events'), '*', 'm', ARGV[4])
end
local last = redis.call('XREVRANGE', k('commands'), '+', '-', 'COUNT', 1)
local aborted = redis.call('HGET', k('run'), 'aborted')
return {'ok', last[1] and last[1][1] or '0-0', aborted or ''}`,

  /**
   * Renews a worker's heartbeat. id, livenessMs, ttlMs → ok whether the run has a driver | removed
   * | finished
   */
  heartbeat: `
if redis.call('EXISTS', k('run')) == 0 then return {'finished'} end
if redis.call('HEXISTS', k('workers'), ARGV[1]) == 0 then return {'removed'} end
redis.call('SET', k('heartbeat:' .. ARGV[1]), 1, 'PX', ARGV[2])
renewAll(ARGV[3])
return {'ok', redis.call('EXISTS', k('driver'))}`,

  /**
   * Publishes a batch of a sender's events, in order: six arguments each. Events of an attempt that
   * another worker has claimed since are dropped. A result is appended to the op log with its
   * event; if it has no room, the script stops before that event.
   * sender, number of the first, then: attempt or '', token or '', whether the event ends the
   * attempt, event, result's batch or '', its growth → ok | full number bytes | finished
   */
  publishEvents: `
if redis.call('EXISTS', k('run')) == 0 then return {'finished'} end
local last = tonumber(redis.call('HGET', k('senders'), ARGV[1]) or '0')
local position = redis.call('HGET', k('run'), 'count')
local count = tonumber(ARGV[2])
for at = 3, #ARGV, 6 do
  local key, token, ends, event, batch, growth = unpack(ARGV, at, at + 5)
  if count > last then
    local task = string.match(key, '^%d+')
    if not task or redis.call('HGET', k('tokens'), task) == token then
      if batch ~= '' then
        local bound = redis.call('HGET', k('run'), 'bound') + growth
        if bound > ${STATE_BYTES - RESERVE} then
          redis.call('HSET', k('senders'), ARGV[1], last)
          return {'full', count, bound}
        end
        position = string.format('%d', position + 1)
        redis.call('XADD', k('log'), position .. '-0', 'b', batch, 'g', growth, 's', '')
        redis.call('HSET', k('run'), 'count', position, 'bound', bound)
      end
      redis.call('XADD', k('events'), '*', 'm', event, 'p', position)
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
   * Claims attempts for a worker, by their tokens: three arguments each. The queue delivers a job
   * again if its worker was silent for a moment; a worker that is still part of the run keeps the
   * attempt (held). A second start means that the previous worker was lost, or has left; it sees
   * the writes of the first, up to the position.
   * worker, then: attempt, token (which begins with the worker's id), event if it was started too
   * often → for each: status (go | held | ended | revoked | removed | finished), position or 0
   */
  claimAttempts: `
local worker = ARGV[1]
local function isPart(id) return redis.call('HEXISTS', k('workers'), id) == 1 end
local function claim(key, token, tooOften)
  local task = string.match(key, '^%d+')
  if redis.call('EXISTS', k('run')) == 0 then return 'finished' end
  if redis.call('SISMEMBER', k('revoked'), key) == 1 then return 'revoked' end
  if redis.call('HEXISTS', k('ended'), key) == 1 then return 'ended' end
  if not isPart(worker) then return 'removed' end
  local before = redis.call('HGET', k('tokens'), task)
  local function go(starts)
    return 'go', starts > 1 and redis.call('HGET', k('run'), 'count')
  end
  if before == token then return go(tonumber(redis.call('HGET', k('starts'), key))) end
  if before then
    if isPart(string.match(before, '^[^.]*')) then return 'held' end
    local stop = cjson.encode({type = 'stop', task = task, token = before})
    redis.call('XADD', k('commands'), '*', 'm', stop)
  end
  local starts = redis.call('HINCRBY', k('starts'), key, 1)
  if starts > ${STARTS_MAX} then
    redis.call('HDEL', k('tokens'), task)
    redis.call('HSET', k('ended'), key, 1)
    redis.call('XADD', k('events'), '*', 'm', tooOften)
    return 'ended'
  end
  redis.call('HSET', k('tokens'), task, token)
  if starts > 1 then
    redis.call('XADD', k('events'), '*', 'm', cjson.encode({type = 'restarted', key = key}))
  end
  return go(starts)
end
local reply = {}
for at = 2, #ARGV, 3 do
  local status, position = claim(unpack(ARGV, at, at + 2))
  reply[#reply + 1] = status
  reply[#reply + 1] = position or '0'
end
return reply`,

  /**
   * Appends a batch of operations to the op log. Fenced by the task's token, and by the lock's if
   * it is held; conditional on the position, if one is given.
   * sender, its count, task or '', token, fencing token of the lock or 0, position or -1, growth,
   * shrinks, batch → at position | conflict position | full bytes | fenced | unlocked | finished
   */
  append: `
local sender, count = ARGV[1], ARGV[2]
local seen, position = string.match(redis.call('HGET', k('senders'), sender) or '', '^(%d+) (%d+)$')
if seen == count then return {'at', position} end
local at = redis.call('HGET', k('run'), 'count')
if not at then return {'finished'} end
if ARGV[3] ~= '' and redis.call('HGET', k('tokens'), ARGV[3]) ~= ARGV[4] then return {'fenced'} end
if ARGV[5] ~= '0' then
  local holder, token = unpack(redis.call('HMGET', k('lock'), 'holder', 'token'))
  if holder ~= sender or token ~= ARGV[5] then return {'unlocked'} end
end
if ARGV[6] ~= '-1' and ARGV[6] ~= at then return {'conflict', at} end
local bound = redis.call('HGET', k('run'), 'bound') + ARGV[7]
if bound > ${STATE_BYTES} - (ARGV[8] == '1' and 0 or ${RESERVE}) then return {'full', bound} end
at = at + 1
redis.call('XADD', k('log'), string.format('%d-0', at), 'b', ARGV[9], 'g', ARGV[7],
  's', sender)
redis.call('XADD', k('written'), 'MAXLEN', 1, string.format('%d-0', at), 'p', '')
redis.call('HSET', k('run'), 'count', at, 'bound', bound)
redis.call('HSET', k('senders'), sender, count .. ' ' .. string.format('%d', at))
return {'at', at}`,

  /** Allocates blocks of object ids. number of blocks → ids first | finished */
  allocateIds: `
if redis.call('EXISTS', k('run')) == 0 then return {'finished'} end
return {'ids', redis.call('HINCRBY', k('run'), 'ids', ARGV[1]) - ARGV[1]}`,

  /**
   * Compacts the op log: makes a snapshot its base. Entries since the previous base stay, for
   * slower followers.
   * position, snapshot → at position | conflict position | finished
   */
  compact: `
local at = redis.call('HGET', k('run'), 'count')
if not at then return {'finished'} end
local base = tonumber(redis.call('HGET', k('base'), 'position'))
if base == ARGV[1] + 1 then return {'at', ARGV[1] + 1} end
if at ~= ARGV[1] then return {'conflict', at} end
at = at + 1
local before = redis.call('HGET', k('base'), 'position')
redis.call('XADD', k('log'), string.format('%d-0', at), 'r', '')
redis.call('HSET', k('base'), 'position', at, 'bytes', ARGV[2])
redis.call('HSET', k('run'), 'count', at, 'bound', #ARGV[2])
redis.call('XTRIM', k('log'), 'MINID', before .. '-0')
return {'at', at}`,

  ...LOCK_SCRIPTS,

  /**
   * Removes a worker from the run; its attempts are started again on other workers. If the run is
   * finished, removes the keys that the worker's queue has written since. id, event → ok
   */
  leave: `
if redis.call('EXISTS', k('run')) == 0 then each('UNLINK') end
redis.call('DEL', k('heartbeat:' .. ARGV[1]))
if redis.call('HDEL', k('workers'), ARGV[1]) == 1 then
  redis.call('XADD', k('events'), '*', 'm', ARGV[2])
end
return {'ok'}`,
} as const;

/** A script's name. */
export type ScriptName = keyof typeof SCRIPTS;

/** The text of a script as Redis gets it. */
export function scriptText(name: ScriptName): string {
  return withTtl(HEAD + SCRIPTS[name]);
}
