/**
 * What happens to the user's lock at the engine, each in one piece; see redis_scripts.ts.
 *
 * Words: `lock` has the holder (a seat: a process of a worker) and its name, the term (how often the lock was
 * given) and till when it holds; `waiting`, the seats that wait, in the order they came; `names`, what
 * they are called. An owner that was lost is told of to the next, who may come later: `abandoned`. A seat
 * whose worker (the seat's name up to the first dot) is not heard of is passed over: it would hold up all others for
 * as long as a lock lasts. If it is alive after all, it asks again.
 */

/** Gives the lock to a seat, and says so. Its last owner may have been lost. */
const LOCK_HEAD = `
local lock, waiting = k('lock'), k('waiting')
local function give(seat, name, abandoned, forMs)
  local term = redis.call('HINCRBY', lock, 'term', 1)
  redis.call('HSET', lock, 'holder', seat, 'name', name, 'from', abandoned, 'till', now() + forMs)
  return {'granted', term, redis.call('HGET', k('run'), 'count'), abandoned}
end
local function giveNext(abandoned, forMs)
  local next = redis.call('LPOP', waiting)
  while next and redis.call('EXISTS', k('beat:' .. string.match(next, '^[^.]*'))) == 0 do
    next = redis.call('LPOP', waiting)
  end
  if not next then
    redis.call('HDEL', lock, 'holder')
    if abandoned ~= '' then redis.call('HSET', lock, 'abandoned', abandoned) end
    return
  end
  local name = redis.call('HGET', k('names'), next) or next
  local grant = give(next, name, abandoned, forMs)
  local told = {type = 'grant', seat = next, term = grant[2], place = tonumber(grant[3])}
  if abandoned ~= '' then told.abandonedBy = abandoned end
  redis.call('XADD', k('told'), '*', 'm', cjson.encode(told))
end
local function expire(forMs)
  local holder = redis.call('HGET', lock, 'holder')
  if holder and tonumber(redis.call('HGET', lock, 'till')) < now() then
    giveNext(redis.call('HGET', lock, 'name'), forMs)
  end
end
`;

/** The scripts, by name. */
export const LOCK_SCRIPTS = {
  /** Takes the user's lock, or a place among those who wait. seat, name, forMs, whether to wait */
  lock: `${LOCK_HEAD}
local seat, forMs = ARGV[1], tonumber(ARGV[3])
if redis.call('EXISTS', k('run')) == 0 then return {'over'} end
expire(forMs)
local holder = redis.call('HGET', lock, 'holder')
if holder == seat then
  redis.call('HSET', lock, 'till', now() + forMs)
  local term, from = unpack(redis.call('HMGET', lock, 'term', 'from'))
  return {'granted', term, redis.call('HGET', k('run'), 'count'), from}
end
if not holder then
  local abandoned = redis.call('HGET', lock, 'abandoned') or ''
  redis.call('HDEL', lock, 'abandoned')
  redis.call('LREM', waiting, 0, seat)
  return give(seat, ARGV[2], abandoned, forMs)
end
if ARGV[4] == '1' and not redis.call('LPOS', waiting, seat) then
  redis.call('HSET', k('names'), seat, ARGV[2])
  redis.call('RPUSH', waiting, seat)
end
return {'taken'}`,

  /** Keeps the user's lock. seat, term, forMs → ok | lost */
  renew: `${LOCK_HEAD}
expire(tonumber(ARGV[3]))
local holder, term = unpack(redis.call('HMGET', lock, 'holder', 'term'))
if holder ~= ARGV[1] or term ~= ARGV[2] then return {'lost'} end
redis.call('HSET', lock, 'till', now() + ARGV[3])
return {'ok'}`,

  /** Gives the user's lock back, or leaves it to the next. seat, term, forMs, name if it was lost → ok */
  unlock: `${LOCK_HEAD}
redis.call('LREM', waiting, 0, ARGV[1])
local holder, term = unpack(redis.call('HMGET', lock, 'holder', 'term'))
if holder == ARGV[1] and (ARGV[2] == '0' or term == ARGV[2]) then
  giveNext(ARGV[4], tonumber(ARGV[3]))
end
return {'ok'}`,
} as const;
