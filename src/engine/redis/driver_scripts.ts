/**
 * The Lua scripts of a run's driver, each atomic (see redis_scripts.ts). A process is refused if
 * another one has claimed the run since: it was silent for too long, and may not know yet.
 */
import { STATE_BYTES } from "../engine_protocol.ts";

/** The scripts, by name. */
export const DRIVER_SCRIPTS = {
  /**
   * Claims the run for a driver, unless another process drives it.
   * token, livenessMs → new | resumed metadata | driven | finished text
   */
  claimRun: `
local tombstone = redis.call('GET', k('tombstone'))
if tombstone then return {'finished', tombstone} end
local driver = redis.call('GET', k('driver'))
if driver and driver ~= ARGV[1] then return {'driven'} end
redis.call('SET', k('driver'), ARGV[1], 'PX', ARGV[2])
local metadata = redis.call('HGET', k('run'), 'metadata')
if metadata then return {'resumed', metadata} end
return {'new'}`,

  /**
   * Creates the run and its state. `setupState` runs between claim and creation, and may outlast
   * the claim: the run is still this driver's, unless another has claimed it since.
   * token, livenessMs, ttlMs, metadata, ids, snapshot → ok | lost | full bytes
   */
  open: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
if redis.call('HEXISTS', k('run'), 'metadata') == 1 then
  return {redis.call('EXISTS', k('driver')) == 1 and 'ok' or 'lost'}
end
if #ARGV[6] > ${STATE_BYTES} then return {'full', #ARGV[6]} end
redis.call('SET', k('driver'), ARGV[1], 'PX', ARGV[2])
redis.call('HSET', k('base'), 'position', 0, 'bytes', ARGV[6])
redis.call('HSET', k('run'), 'metadata', ARGV[4], 'ids', ARGV[5], 'count', 0, 'bound', #ARGV[6])
renewAll(ARGV[3])
return {'ok'}`,

  /**
   * Lets workers join. Revokes the abort of a previous driver: workers that know of it leave, and
   * join again.
   * token, spec → ok | lost | forgotten | finished
   */
  announce: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
if redis.call('HEXISTS', k('run'), 'metadata') == 0 then return {missing()} end
if redis.call('HDEL', k('run'), 'aborted') == 1 then
  redis.call('XADD', k('commands'), '*', 'm', '{"type":"drain"}')
end
redis.call('HSET', k('run'), 'spec', ARGV[2])
return {'ok'}`,

  /**
   * Publishes a command to the workers.
   * token, command, reason if the run is cancelled or '' → ok | lost | forgotten | finished
   */
  publishCommand: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
if redis.call('EXISTS', k('run')) == 0 then return {missing()} end
if ARGV[3] ~= '' then redis.call('HSET', k('run'), 'aborted', ARGV[3]) end
redis.call('XADD', k('commands'), '*', 'm', ARGV[2])
return {'ok'}`,

  /**
   * Has all workers leave. No worker can join any more: it would miss the command. token → ok |
   * lost
   */
  drain: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
if redis.call('HDEL', k('run'), 'spec') == 1 then
  redis.call('XADD', k('commands'), '*', 'm', '{"type":"drain"}')
end
return {'ok'}`,

  /**
   * Removes all keys of the run, and leaves a tombstone. That is written last: a server out of
   * memory lets a script write if its first command removes something. token, ttlMs → ok | lost
   */
  remove: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
redis.call('UNLINK', k('driver'))
each('UNLINK')
redis.call('SET', k('tombstone'), 'finished', 'PX', ARGV[2])
return {'ok'}`,

  /** Releases the claim: another process may drive. token → ok | lost */
  abandon: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
redis.call('DEL', k('driver'))
return {'ok'}`,

  /**
   * Renews the driver's claim. token, livenessMs, ttlMs, position the driver has read the op log up
   * to → ok | lost | forgotten | finished
   */
  driverHeartbeat: `
local count = redis.call('HGET', k('run'), 'count')
if not count or tonumber(count) < tonumber(ARGV[4]) then return {missing()} end
if hasOtherDriver(ARGV[1]) then return {'lost'} end
redis.call('SET', k('driver'), ARGV[1], 'PX', ARGV[2])
renewAll(ARGV[3])
return {'ok'}`,

  /**
   * Keeps an attempt from starting, or stops it.
   * driver's token, attempt, event → ok id-of-the-stopped-worker or '' | lost
   */
  revoke: `
if hasOtherDriver(ARGV[1]) then return {'lost'} end
local key = ARGV[2]
local task = string.match(key, '^%d+')
if redis.call('SADD', k('revoked'), key) == 0 then
  local worker = redis.call('HGET', k('ended'), key)
  return {'ok', worker ~= '1' and worker or ''}
end
local token = redis.call('HGET', k('tokens'), task)
local worker = token and string.match(token, '^[^.]*') or ''
if token then
  redis.call('HDEL', k('tokens'), task)
  local stop = cjson.encode({type = 'stop', task = task, token = token})
  redis.call('XADD', k('commands'), '*', 'm', stop)
end
if redis.call('HSETNX', k('ended'), key, token and worker or 1) == 1 then
  redis.call('XADD', k('events'), '*', 'm', ARGV[3])
end
return {'ok', worker}`,
} as const;
