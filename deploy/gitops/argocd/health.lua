-- What Argo CD shows for an object of instanced.dev: the conditions follow kstatus, and this says
-- the same in Argo CD's words. Lua 5.1, as Argo CD runs it.
local function condition(kind)
  if obj.status ~= nil and obj.status.conditions ~= nil then
    for _, found in ipairs(obj.status.conditions) do
      if found.type == kind then
        return found
      end
    end
  end
  return nil
end

local function says(status, found)
  local message = found.message or ""
  if found.reason ~= nil then
    message = found.reason .. ": " .. message
  end
  return { status = status, message = message }
end

-- A ProviderConfig has no status: it is what others use.
if obj.kind == "ProviderConfig" then
  return { status = "Healthy", message = "" }
end

local annotations = obj.metadata.annotations or {}
local stalled = condition("Stalled")
if stalled ~= nil and stalled.status == "True" then
  if stalled.reason == "AwaitingApproval" then
    return says("Suspended", stalled)
  end
  return says("Degraded", stalled)
end
if annotations["instanced.dev/paused"] == "true" then
  return { status = "Suspended", message = "Paused by annotation." }
end
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "The instance is being deleted." }
end
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "The last change has not been looked at yet." }
end
local reconciling = condition("Reconciling")
if reconciling ~= nil and reconciling.status == "True" then
  return says("Progressing", reconciling)
end
local ready = condition("Ready")
if ready ~= nil and ready.status == "True" then
  return says("Healthy", ready)
end
if ready ~= nil and ready.status == "False" then
  return says("Degraded", ready)
end
return { status = "Progressing", message = "Waiting for the first look at the cloud." }
