/**
 * The Lua scripts of the user's lock, each atomic (see redis_scripts.ts): a lease with a fencing
 * token.
 *
 * Keys: `lock` has the holder (a session: one process of a worker) and its name, the fencing token
 * (the number of grants so far), and when the lease expires; `waiting` lists the waiting sessions,
 * first come first served; `names` has their names. The next holder learns of one that was lost, at
 * once or later: `abandoned`. A waiting session is skipped if its worker (the session's name up to
 * the first dot) has no heartbeat: it would block all others for the time of a lease. If it is
 * alive after all, it requests the lock again.
 */

/** Grants the lock to a session; `giveNext` also publishes the grant. */
const LOCK_HEAD = `
local lock, waiting = k('lock'), k('waiting')
local function give(session, name, abandonedBy, leaseMs)
  local token = redis.call('HINCRBY', lock, 'token', 1)
  redis.call('HSET', lock, 'holder', session, 'name', name, 'abandonedBy', abandonedBy,
    'expiresAt', now() + leaseMs)
  return {'granted', token, redis.call('HGET', k('run'), 'count'), abandonedBy}
end
local function giveNext(abandonedBy, leaseMs)
  local next = redis.call('LPOP', waiting)
  while next and redis.call('EXISTS', k('heartbeat:' .. string.match(next, '^[^.]*'))) == 0 do
    next = redis.call('LPOP', waiting)
  end
  if not next then
    redis.call('HDEL', lock, 'holder')
    if abandonedBy ~= '' then redis.call('HSET', lock, 'abandoned', abandonedBy) end
    return
  end
  local name = redis.call('HGET', k('names'), next) or next
  local grant = give(next, name, abandonedBy, leaseMs)
  local command = {type = 'lock-granted', session = next, fencingToken = grant[2],
    position = tonumber(grant[3])}
  if abandonedBy ~= '' then command.abandonedBy = abandonedBy end
  redis.call('XADD', k('commands'), '*', 'm', cjson.encode(command))
end
local function expire(leaseMs)
  local holder = redis.call('HGET', lock, 'holder')
  if holder and tonumber(redis.call('HGET', lock, 'expiresAt')) < now() then
    giveNext(redis.call('HGET', lock, 'name'), leaseMs)
  end
end
`;

/** The scripts, by name. */
export const LOCK_SCRIPTS = {
  /**
   * Takes the lock, or queues the session.
   * session, name, leaseMs, whether to wait → granted token position abandonedBy | taken | finished
   */
  lock: `${LOCK_HEAD}
local session, leaseMs = ARGV[1], tonumber(ARGV[3])
if redis.call('EXISTS', k('run')) == 0 then return {'finished'} end
expire(leaseMs)
local holder = redis.call('HGET', lock, 'holder')
if holder == session then
  redis.call('HSET', lock, 'expiresAt', now() + leaseMs)
  local token, abandonedBy = unpack(redis.call('HMGET', lock, 'token', 'abandonedBy'))
  return {'granted', token, redis.call('HGET', k('run'), 'count'), abandonedBy}
end
if not holder then
  local abandonedBy = redis.call('HGET', lock, 'abandoned') or ''
  redis.call('HDEL', lock, 'abandoned')
  redis.call('LREM', waiting, 0, session)
  return give(session, ARGV[2], abandonedBy, leaseMs)
end
if ARGV[4] == '1' and not redis.call('LPOS', waiting, session) then
  redis.call('HSET', k('names'), session, ARGV[2])
  redis.call('RPUSH', waiting, session)
end
return {'taken'}`,

  /** Renews the lease. session, token, leaseMs → ok | lost */
  renew: `${LOCK_HEAD}
expire(tonumber(ARGV[3]))
local holder, token = unpack(redis.call('HMGET', lock, 'holder', 'token'))
if holder ~= ARGV[1] or token ~= ARGV[2] then return {'lost'} end
redis.call('HSET', lock, 'expiresAt', now() + ARGV[3])
return {'ok'}`,

  /**
   * Releases the lock and grants it to the next session; or stops waiting.
   * session, token or 0 for any, leaseMs, name if the holder was lost or '' → ok
   */
  unlock: `${LOCK_HEAD}
redis.call('LREM', waiting, 0, ARGV[1])
local holder, token = unpack(redis.call('HMGET', lock, 'holder', 'token'))
if holder == ARGV[1] and (ARGV[2] == '0' or token == ARGV[2]) then
  giveNext(ARGV[4], tonumber(ARGV[3]))
end
return {'ok'}`,
} as const;
