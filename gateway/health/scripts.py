"""What Redis runs for the breakers, each in one step that nobody comes between (Lua 5.1).

``KEYS`` are the states of the endpoint and of the account, in this order, then their probes. The
rules are told in ``gateway.health.breaker``; ``given`` is a JSON object: values have names there.
"""

JUDGE = """
local given = cjson.decode(ARGV[1])
local first, changes = given.bucket - given.buckets + 1, {}

local function are_many(bad, all)
  return bad * 100 >= all * given.percent
end

local function counted(scope)
  local sums = {0, 0, 0, 0}
  for bucket = first, given.bucket do
    local key = given.windows[scope] .. string.format('%d', bucket)
    local found = redis.call('HMGET', key, 'pay', 'pay.bad', 'ask', 'ask.bad')
    for field = 1, 4 do
      sums[field] = sums[field] + (tonumber(found[field]) or 0)
    end
  end
  return unpack(sums)
end

local function open(scope, source, cool_down, calls, bad)
  local state = KEYS[scope]
  redis.call('HSET', state, 'until', given.now + cool_down, 'cool_down', cool_down)
  redis.call('HSETNX', state, 'since', given.now)
  redis.call('PERSIST', state)
  redis.call('DEL', KEYS[scope + 2])
  redis.call('SADD', given.open, given.scopes[scope])
  table.insert(changes, {given.scopes[scope], source, 'open', calls, bad, cool_down})
end

local function close(scope)
  redis.call('DEL', KEYS[scope])
  redis.call('HSET', KEYS[scope], 'closed', given.bucket)
  redis.call('EXPIRE', KEYS[scope], given.seconds)
  redis.call('SREM', given.open, given.scopes[scope])
  table.insert(changes, {given.scopes[scope], 'half_open', 'closed', 0, 0, 0})
end

local function judge_closed(scope)
  local pay, pay_bad, ask, ask_bad = counted(scope)
  local calls, bad = pay + ask, pay_bad + ask_bad
  local all_fail = calls >= given.least and are_many(bad, calls)
  local paying_fails = pay >= given.least and are_many(pay_bad, pay)
  if all_fail or paying_fails then
    local orders_fail = pay > 0 and are_many(pay_bad, pay)
    redis.call('HSET', KEYS[scope], 'decides', orders_fail and 'pay' or 'any')
    if not all_fail then
      calls, bad = pay, pay_bad
    end
    open(scope, 'closed', given.shortest, calls, bad)
  end
end

local function may_decide(ends, cool_down, decides)
  local is_meant = decides == 'any' or decides == given.group
  return given.now >= (is_meant and ends or ends + cool_down)
end

for scope = 1, 2 do
  local word = given.words[scope]
  local ends, cool_down, decides, closed =
    unpack(redis.call('HMGET', KEYS[scope], 'until', 'cool_down', 'decides', 'closed'))
  if closed then
    -- Of an account, too, what was counted before its endpoint closed is left out.
    first = math.max(first, tonumber(closed) + 1)
  end
  if not ends and word == 'bad' then
    judge_closed(scope)
  end
  if ends and may_decide(tonumber(ends), tonumber(cool_down), decides) then
    if word == 'bad' then
      open(scope, 'half_open', math.min(tonumber(cool_down) * 2, given.longest), 0, 0)
    elseif word == 'good' then
      close(scope)
    end
  end
  if redis.call('HEXISTS', KEYS[scope], 'until') == 1 then
    break
  end
end
return changes
"""
"""Judges a call that was counted, and returns the changes it made, as ``breaker.Change`` has them.

``words`` is what the call says of either scope (``good``, ``bad``, or nothing), ``group`` what kind
of call it was, ``windows`` how the names of either's buckets begin.
"""

ADMIT = """
local given, wait, probes = cjson.decode(ARGV[1]), 0, {}
for scope = 1, 2 do
  local ends = redis.call('HGET', KEYS[scope], 'until')
  if ends then
    local left = tonumber(ends) - given.now
    if left <= 0 then
      left = redis.call('PTTL', KEYS[scope + 2]) / 1000
    end
    wait = math.max(wait, left)
    table.insert(probes, KEYS[scope + 2])
  end
end
if wait == 0 then
  for _, probe in ipairs(probes) do
    redis.call('SET', probe, 1, 'EX', given.lifetime)
  end
end
return tostring(wait)
"""
"""Returns for how many seconds a new payment must wait; one that need not becomes the probe of
whatever is half open here. A probe that is on its way makes the next one wait."""
