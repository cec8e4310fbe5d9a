/**
 * What the driver of a run does in Redis, each in one piece; see redis_scripts.ts. All of it is refused to a process that
 * was the driver, was not heard of for a while, and does not know yet that another has the run.
 */
import { STATE_BYTES } from "../engine_protocol.ts";

/** The scripts, by name. */
export const DRIVER_SCRIPTS = {
  /**
   * Makes a driver the run's, unless another one is.
   * token, goneMs → new | resumed about | driven | over text
   */
  claim: `
local over = redis.call('GET', k('over'))
if over then return {'over', over} end
local driver = redis.call('GET', k('driver'))
if driver and driver ~= ARGV[1] then return {'driven'} end
redis.call('SET', k('driver'), ARGV[1], 'PX', ARGV[2])
local about = redis.call('HGET', k('run'), 'about')
if about then return {'resumed', about} end
return {'new'}`,

  /**
   * Begins the state. What comes before that, as `setupState`, may have taken so long that the claim is over:
   * the run is this driver's still, unless another has had it since.
   * token, goneMs, keptMs, about, ids, snapshot → ok | lost | full bytes
   */
  open: `
if isAnothers(ARGV[1]) then return {'lost'} end
if redis.call('HEXISTS', k('run'), 'about') == 1 then
  return {redis.call('EXISTS', k('driver')) == 1 and 'ok' or 'lost'}
end
if #ARGV[6] > ${STATE_BYTES} then return {'full', #ARGV[6]} end
redis.call('SET', k('driver'), ARGV[1], 'PX', ARGV[2])
redis.call('HSET', k('base'), 'place', 0, 'bytes', ARGV[6])
redis.call('HSET', k('run'), 'about', ARGV[4], 'ids', ARGV[5], 'count', 0, 'bound', #ARGV[6])
keep(ARGV[3])
return {'ok'}`,

  /**
   * Has workers take part from now on. What a driver before has told them of the end holds no more.
   * token, order → ok | lost | forgotten | over
   */
  announce: `
if isAnothers(ARGV[1]) then return {'lost'} end
if redis.call('HEXISTS', k('run'), 'about') == 0 then return {missing()} end
if redis.call('HDEL', k('run'), 'aborted') == 1 then
  redis.call('XADD', k('told'), '*', 'm', '{"type":"finish"}')
end
redis.call('HSET', k('run'), 'order', ARGV[2])
return {'ok'}`,

  /** Tells the workers something. token, told, why the run is cancelled or '' → ok | lost | forgotten | over */
  tell: `
if isAnothers(ARGV[1]) then return {'lost'} end
if redis.call('EXISTS', k('run')) == 0 then return {missing()} end
if ARGV[3] ~= '' then redis.call('HSET', k('run'), 'aborted', ARGV[3]) end
redis.call('XADD', k('told'), '*', 'm', ARGV[2])
return {'ok'}`,

  /** Has all workers leave. Nobody joins any more: they would not hear of it. token → ok | lost */
  finish: `
if isAnothers(ARGV[1]) then return {'lost'} end
if redis.call('HDEL', k('run'), 'order') == 1 then
  redis.call('XADD', k('told'), '*', 'm', '{"type":"finish"}')
end
return {'ok'}`,

  /**
   * Removes all there is of the run, but for the news that it is over. That comes last: a server that is full lets a
   * script write which has begun by removing. token, overMs → ok | lost
   */
  remove: `
if isAnothers(ARGV[1]) then return {'lost'} end
redis.call('UNLINK', k('driver'))
each('UNLINK')
redis.call('SET', k('over'), 'over', 'PX', ARGV[2])
return {'ok'}`,

  /** Lets another process drive. token → ok | lost */
  giveUp: `
if isAnothers(ARGV[1]) then return {'lost'} end
redis.call('DEL', k('driver'))
return {'ok'}`,

  /**
   * The driver is alive. token, goneMs, keptMs, how far it has read the log → ok | lost | forgotten | over
   */
  drive: `
local count = redis.call('HGET', k('run'), 'count')
if not count or tonumber(count) < tonumber(ARGV[4]) then return {missing()} end
if isAnothers(ARGV[1]) then return {'lost'} end
redis.call('SET', k('driver'), ARGV[1], 'PX', ARGV[2])
keep(ARGV[3])
return {'ok'}`,

  /** An attempt may not begin any more, or not go on. driver's token, attempt, said → ok | lost */
  revoke: `
if isAnothers(ARGV[1]) then return {'lost'} end
local key = ARGV[2]
local task = string.match(key, '^%d+')
if redis.call('SADD', k('revoked'), key) == 0 then return {'ok'} end
local token = redis.call('HGET', k('tokens'), task)
if token then
  redis.call('HDEL', k('tokens'), task)
  local stop = cjson.encode({type = 'stop', task = task, token = token})
  redis.call('XADD', k('told'), '*', 'm', stop)
end
if redis.call('HSETNX', k('ended'), key, 1) == 1 then
  redis.call('XADD', k('said'), '*', 'm', ARGV[3])
end
return {'ok'}`,
} as const;
