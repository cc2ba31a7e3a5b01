"""What Redis runs for the breakers, each in one step that nobody comes between (Lua 5.1).

``KEYS`` are the states of the endpoint and of the account, in this order, then their probes. The
rules are told in ``gateway.health.breaker``; ``given`` is a JSON object: values have names there.
"""

JUDGE = """
local given = cjson.decode(ARGV[1])
local endpoint, account, changes = 1, 2, {}

local function are_many(bad, all)
  return bad * 100 >= all * given.percent
end

local function numbered(prefix, bucket)
  return prefix .. string.format('%d', bucket)
end

local function counted(scope, first)
  local sums = {0, 0, 0, 0}
  for bucket = first, given.bucket do
    local key = numbered(given.windows[scope], bucket)
    local found = redis.call('HMGET', key, 'pay', 'pay.bad', 'ask', 'ask.bad')
    for field = 1, 4 do
      sums[field] = sums[field] + (tonumber(found[field]) or 0)
    end
  end
  return unpack(sums)
end

local function note_failing()
  local key = numbered(given.failing, given.bucket)
  if redis.call('SCARD', key) < given.noted then
    redis.call('SADD', key, given.scopes[account])
    redis.call('EXPIRE', key, given.seconds)
  end
end

local function is_dealt_with(name, bucket)
  local ends, closed = unpack(redis.call('HMGET', given.states .. name, 'until', 'closed'))
  return ends or closed and bucket <= tonumber(closed)
end

local function are_several_failing(first)
  local one
  for bucket = first, given.bucket do
    for _, name in ipairs(redis.call('SMEMBERS', numbered(given.failing, bucket))) do
      if name ~= one and not is_dealt_with(name, bucket) then
        if one then
          return true
        end
        one = name
      end
    end
  end
  return false
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

local function judge_closed(scope, first)
  local pay, pay_bad, ask, ask_bad = counted(scope, first)
  local calls, bad = pay + ask, pay_bad + ask_bad
  local all_fail = calls >= given.least and are_many(bad, calls)
  local paying_fails = pay >= given.least and are_many(pay_bad, pay)
  if not (all_fail or paying_fails) then
    return false
  end
  if scope == endpoint and not are_several_failing(first) then
    return false
  end
  local orders_fail = pay > 0 and are_many(pay_bad, pay)
  redis.call('HSET', KEYS[scope], 'decides', orders_fail and 'pay' or 'any')
  if not all_fail then
    calls, bad = pay, pay_bad
  end
  open(scope, 'closed', given.shortest, calls, bad)
  return true
end

local function judge_half_open(scope, breaker)
  local is_meant = breaker.decides == 'any' or breaker.decides == given.group
  if given.now < (is_meant and breaker.ends or breaker.ends + breaker.cool_down) then
    return
  end
  if given.words[scope] == 'bad' then
    open(scope, 'half_open', math.min(breaker.cool_down * 2, given.longest), 0, 0)
  elseif given.words[scope] == 'good' then
    close(scope)
  end
end

local function known(scope)
  local ends, cool_down, decides, closed =
    unpack(redis.call('HMGET', KEYS[scope], 'until', 'cool_down', 'decides', 'closed'))
  local first = math.max(given.bucket - given.buckets, tonumber(closed or 0)) + 1
  return {ends = tonumber(ends), cool_down = tonumber(cool_down), decides = decides, first = first}
end

local shared, own = known(endpoint), known(account)
local is_dealing, is_bad = own.ends, given.words[account] == 'bad'
if own.ends then
  judge_half_open(account, own)
elseif is_bad and not shared.ends then
  -- Of an account, too, what was counted before its endpoint closed is left out.
  is_dealing = judge_closed(account, math.max(shared.first, own.first))
end
if is_bad and is_dealing then
  given.words[endpoint] = ''
end
if given.words[endpoint] == 'bad' then
  note_failing()
end
if shared.ends then
  judge_half_open(endpoint, shared)
elseif given.words[endpoint] == 'bad' then
  judge_closed(endpoint, shared.first)
end
return changes
"""
"""Judges a call that was counted, and returns the changes it made, as ``breaker.Change`` has them.

``words`` is what the call says of either scope (``good``, ``bad``, or nothing), ``group`` what kind
of call it was, ``windows`` how the names of either's buckets begin, ``failing`` and ``states`` how
those of the accounts that failed and of the breakers' states do. Of a bucket ``noted`` accounts
that failed are remembered: two say as much as a thousand, a few more leave room for those whose own
breaker deals with it.
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
