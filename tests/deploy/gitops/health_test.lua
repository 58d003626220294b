-- health_test.lua HEALTH: the health script over objects as an API server shows them.
local path = arg[1]
local failed = 0

local function health(object)
  local script = assert(loadfile(path))
  setfenv(script, { obj = object, ipairs = ipairs })  -- Argo CD gives little more
  return script()
end

local function object(change)
  local made = {
    kind = "ConnectInstance",
    metadata = { name = "desk", generation = 2 },
    status = { observedGeneration = 2, conditions = {} },
  }
  change(made)
  return made
end

local function condition(made, kind, status, reason)
  table.insert(made.status.conditions, { type = kind, status = status, reason = reason, message = "words" })
end

local function expect(name, wanted, change)
  local found = health(object(change))
  if found.status ~= wanted or type(found.message) ~= "string" then
    print(name .. ": " .. tostring(found.status) .. " instead of " .. wanted)
    failed = failed + 1
  end
end

expect("ready", "Healthy", function(o) condition(o, "Ready", "True", "Available") end)
expect("new", "Progressing", function(o) o.status.observedGeneration = -1 end)
expect("no status", "Progressing", function(o) o.status = nil end)
expect("changed and not yet looked at", "Progressing", function(o)
  o.metadata.generation = 3
  condition(o, "Ready", "True", "Available")
end)
expect("on its way", "Progressing", function(o)
  condition(o, "Ready", "False", "Creating")
  condition(o, "Reconciling", "True", "Creating")
end)
expect("stalled", "Degraded", function(o)
  condition(o, "Ready", "False", "NameTaken")
  condition(o, "Stalled", "True", "NameTaken")
end)
expect("stalled while it works", "Degraded", function(o)
  condition(o, "Ready", "True", "Available")
  condition(o, "Stalled", "True", "DriftNotRepairable")
end)
expect("held by a brake", "Suspended", function(o)
  o.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"
  condition(o, "Stalled", "True", "AwaitingApproval")
end)
expect("stalled on its way out", "Degraded", function(o)
  o.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"
  condition(o, "Stalled", "True", "DeleteFailed")
end)
expect("on its way out", "Progressing", function(o)
  o.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"
  condition(o, "Ready", "True", "Available")
end)
expect("paused", "Suspended", function(o)
  o.metadata.annotations = { ["instanced.dev/paused"] = "true" }
  condition(o, "Ready", "True", "Available")
end)
expect("not usable", "Degraded", function(o) condition(o, "Ready", "False", "Suspended") end)
expect("a config", "Healthy", function(o)
  o.kind = "ProviderConfig"
  o.status = nil
end)

if failed > 0 then
  os.exit(1)
end
print("all as expected")
