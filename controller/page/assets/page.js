// Reads /api/v1 every two seconds and shows it. Whatever comes from there is only ever text.
"use strict";

const kPause = 2000;
const kApi = "/api/v1";
const at = (id) => document.getElementById(id);
const rows = new Map();
let objects = [];
let turn = 0;
let shownChoice = "";

function make(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

// Only what changed is touched, so that focus and selected text stay.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setClass(node, name) {
  if (node.className !== name) node.className = name;
}

// Children are made anew only when their data changed.
function setList(node, data, build) {
  const key = JSON.stringify(data);
  if (node.shownKey === key) return;
  node.shownKey = key;
  node.replaceChildren(...data.map(build));
}

async function read(path) {
  // By the origin: the page's own address may carry a name and password, which fetch refuses.
  const answer = await fetch(location.origin + kApi + path, { cache: "no-store" });
  const body = await answer.json();
  if (answer.ok) return body;
  const error = new Error(body.message);
  error.code = answer.status;
  throw error;
}

async function readObjects() {
  const all = [];
  let token = "";
  do {
    const page = await read("/objects" + (token ? "?pageToken=" + encodeURIComponent(token) : ""));
    all.push(...page.objects);
    token = page.nextPageToken;
  } while (token);
  return all;
}

function pathOf(reference) {
  return [reference.kind, reference.namespace, reference.name].map(encodeURIComponent).join("/");
}

function chosenPath() {
  return location.hash.startsWith("#/") ? location.hash.slice(2) : "";
}

function ago(time) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1000));
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 120) return seconds + "s";
  if (seconds < 7200) return Math.floor(seconds / 60) + "m";
  if (seconds < 172800) return Math.floor(seconds / 3600) + "h";
  return Math.floor(seconds / 86400) + "d";
}

function conditionOf(object, type) {
  return object.conditions.find((condition) => condition.type === type);
}

function stateOf(object) {
  const stalled = conditionOf(object, "Stalled");
  if (stalled && stalled.status === "True") return ["Stalled: " + stalled.reason, "bad"];
  if (object.deletionRequestedAt) return ["Deleting", "busy"];
  const synced = conditionOf(object, "Synced");
  if (synced && synced.reason === "Paused") return ["Paused", "busy"];
  const ready = conditionOf(object, "Ready");
  if (ready && ready.status === "True") return ["Ready", "good"];
  return [ready ? ready.reason : "Not looked at yet", "busy"];
}

// The reconciler's own comparison; this page compares nothing.
const kDrift = { DRIFT_NONE: ["in line", "good"], DRIFT_FOUND: ["differs", "bad"] };

function driftOf(object) {
  return kDrift[object.drift] ?? ["not known", "busy"];
}

function newRow(path) {
  const row = make("tr");
  const head = make("th");
  head.scope = "row";
  const link = make("a");
  link.href = "#/" + path;
  const space = make("span", "", "hint");
  head.append(link, " ", space);
  const cells = ["Kind", "State", "Drift", "Age"].map((label) => {
    const cell = make("td");
    cell.dataset.label = label;
    return cell;
  });
  row.append(head, ...cells);
  return { row, link, space, cells };
}

function fillRow(parts, object, path) {
  const [state, stateClass] = stateOf(object);
  const [drift, driftClass] = driftOf(object);
  setText(parts.link, object.object.name);
  setText(parts.space, object.object.namespace);
  const texts = [object.object.kind, state, drift, ago(object.createdAt)];
  parts.cells.forEach((cell, index) => setText(cell, texts[index]));
  setClass(parts.cells[1], stateClass);
  setClass(parts.cells[2], driftClass);
  const chosen = path === chosenPath();
  setClass(parts.row, chosen ? "chosen" : "");
  if (chosen) parts.link.setAttribute("aria-current", "true");
  else parts.link.removeAttribute("aria-current");
}

function matches(object, words) {
  const text = [object.object.kind, object.object.namespace, object.object.name, object.externalName,
    object.cloudState, stateOf(object)[0], driftOf(object)[0]].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

// The worse of state and drift.
function standingOf(object) {
  const both = [stateOf(object)[1], driftOf(object)[1]];
  return ["bad", "busy", "good"].find((standing) => both.includes(standing));
}

function showObjects() {
  const words = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = at("only").value;
  const body = at("rows");
  const wanted = objects.filter((object) => matches(object, words) &&
    (!only || standingOf(object) === only));
  const paths = new Set(wanted.map((object) => pathOf(object.object)));
  for (const [path, parts] of rows) {
    if (paths.has(path)) continue;
    parts.row.remove();
    rows.delete(path);
  }
  wanted.forEach((object, index) => {
    const path = pathOf(object.object);
    if (!rows.has(path)) rows.set(path, newRow(path));
    const parts = rows.get(path);
    fillRow(parts, object, path);
    if (body.children[index] !== parts.row) body.insertBefore(parts.row, body.children[index] || null);
  });
  at("nothing").hidden = wanted.length > 0;
  setText(at("count"), wanted.length + " of " + objects.length);
}

function showBrakes(brakes) {
  const waiting = brakes.filter((brake) => brake.state === "BRAKE_STATE_HOLDING");
  at("braking").hidden = waiting.length === 0;
  setList(at("brakes"), waiting, (brake) => {
    const item = make("li");
    const held = brake.held.map((key) => key.namespace + "/" + key.name).join(", ");
    item.append(make("strong", brake.cause), " " + brake.message + ". Held: " + held + ". ",
      make("code", "instancectl approve " + brake.id), " deletes them, ",
      make("code", "instancectl release " + brake.id), " lets them go.");
    return item;
  });
}

// Bars are kept as the rows are: only their values change.
function showBars(list, of, lines) {
  setList(list, lines.map((line) => line.title), (title) => {
    const item = make("li");
    const bar = make("meter");
    bar.setAttribute("aria-label", of + title);
    item.append(make("span", title), bar, make("span", "", "hint"));
    return item;
  });
  lines.forEach((line, index) => {
    const [, bar, note] = list.children[index].children;
    bar.min = 0;
    bar.max = Math.max(1, line.most);
    bar.low = line.most * 0.2;
    bar.optimum = bar.max;
    bar.value = line.value;
    setText(note, line.note);
  });
}

// By what `keyOf` tells, in the order in which the keys first come.
function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function budgetBar(line) {
  return {
    title: line.operation,
    value: line.available,
    most: line.capacity,
    note: line.available + " of " + line.capacity + " now, " + Number(line.rate.toFixed(2)) + "/s" +
      (line.parked ? ", " + line.parked + " waiting" : "") +
      (Number(line.blockedMs) ? ", blocked for " + Math.ceil(line.blockedMs / 1000) + "s" : ""),
  };
}

function showBudgets(budgets) {
  showBars(at("churn"), "", budgets.churn.map((line) => ({
    title: line.account, value: line.remaining, most: line.limit,
    note: line.remaining + " creates left, limit " + line.limit })));
  const accounts = grouped(budgets.lines,
    (line) => [line.service, line.account, line.region].filter(Boolean).join("/"));
  setList(at("budgets"), [...accounts.keys()], (account) => {
    const part = make("div");
    part.append(make("h4", account), make("ul", undefined, "bars"));
    return part;
  });
  [...accounts].forEach(([account, lines], index) => {
    showBars(at("budgets").children[index].lastChild, account + " ", lines.map(budgetBar));
  });
}

const kPlugin = { STATE_UP: ["Up", "good"], STATE_CONNECTING: ["Connecting", "busy"],
  STATE_BACKING_OFF: ["Backing off", "bad"], STATE_REFUSED: ["Refused", "bad"] };

function pluginRow(name) {
  const row = make("tr");
  const head = make("th", name);
  head.scope = "row";
  row.append(head, ...["State", "For", "Objects", "Restarts", "Says"].map((label) => {
    const cell = make("td");
    cell.dataset.label = label;
    return cell;
  }));
  return row;
}

function showPlugins(plugins) {
  at("plugging").hidden = plugins.length === 0;
  setList(at("plugins"), plugins.map((plugin) => plugin.name), pluginRow);
  plugins.forEach((plugin, index) => {
    const [, ...cells] = at("plugins").children[index].children;
    const [state, stateClass] = kPlugin[plugin.state] ?? ["not known", "busy"];
    const up = plugin.state === "STATE_UP";
    const texts = [state, ago(plugin.since), String(plugin.objects), String(plugin.restarts),
      up ? plugin.callsItself + " " + plugin.version : plugin.message];
    cells.forEach((cell, place) => setText(cell, texts[place]));
    setClass(cells[0], stateClass);
  });
}

function flatten(value, prefix, into) {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) {
      flatten(inner, prefix ? prefix + "." + name : name, into);
    }
  } else {
    into.set(prefix, typeof value === "string" ? value : JSON.stringify(value));
  }
  return into;
}

function fieldRow(texts) {
  const row = make("tr");
  const head = make("th", texts[0]);
  head.scope = "row";
  row.append(head, ...texts.slice(1).map((text) => make("td", text)));
  return row;
}

function showFields(id, value) {
  const fields = [...flatten(value || {}, "", new Map())].filter(([name]) => name);
  at(id).closest("details").hidden = fields.length === 0;
  setList(at(id), fields, fieldRow);
}

// "\"a\"" as a; nothing as a dash.
function valueText(json) {
  if (json === "") return "-";
  const value = JSON.parse(json);
  return typeof value === "string" && value !== "" ? value : json;
}

const kVerdict = {
  DRIFT_NONE: "Nothing: all that is declared was read that way last.",
  DRIFT_FOUND: "",
};
const kNotCompared = "Not compared: there is no instance yet, or it was not read since the daemon " +
  "started or the object changed.";

function showDifferences(explained) {
  const verdict = kVerdict[explained.object.drift] ?? kNotCompared;
  setText(at("compared"), verdict);
  at("compared").hidden = verdict === "";
  at("differences").closest("table").hidden = explained.differences.length === 0;
  setList(at("differences"), explained.differences, (difference) => fieldRow([difference.field,
    valueText(difference.declared), valueText(difference.observed),
    difference.repairedBy || "no call"]));
}

function historyItem(entry) {
  const failed = entry.result && entry.result !== "Success";
  const item = make("li", undefined, failed ? "failed" : "");
  const when = make("time", new Date(entry.at).toLocaleString());
  when.dateTime = entry.at;
  const result = [entry.result, entry.code].filter(Boolean).join(" ");
  item.append(when, " ", make("strong", entry.kind + " " + entry.operation));
  if (result) item.append(" ", make("span", result, failed ? "bad" : "good"));
  if (entry.message !== entry.operation) item.append(make("div", entry.message));
  const ids = [entry.requestId ? "request " + entry.requestId : "",
    Number(entry.durationMs) || entry.requestId ? entry.durationMs + " ms" : ""].filter(Boolean);
  if (ids.length) item.append(make("div", ids.join(" · "), "ids"));
  return item;
}

function stepItem(step) {
  const item = make("li", step.text + " ");
  if (step.command || step.field) item.append(make("code", step.command || step.field));
  return item;
}

function showExplained(explained) {
  const object = explained.object;
  const facts = [["Kind", object.object.kind], ["Namespace", object.object.namespace],
    ["State", stateOf(object)[0]], ["Drift", driftOf(object)[0]], ["Cloud's id", object.externalName],
    ["Cloud's state", object.cloudState], ["Last decision", object.decision],
    ["Next look", explained.nextLook]].filter(([, text]) => text);
  setList(at("facts"), facts.map(([name]) => name).flatMap((name) => [["dt", name], ["dd", ""]]),
    ([tag, text]) => make(tag, text));
  facts.forEach(([, text], index) => setText(at("facts").children[2 * index + 1], text));
  setText(at("meaning"), explained.meaning);
  setList(at("obstacles"), explained.obstacles, (obstacle) => {
    const item = make("li");
    item.append(make("strong", obstacle.kind), " " + obstacle.message);
    if (obstacle.evidence) item.append(make("div", obstacle.evidence, "hint"));
    return item;
  });
  at("steps-title").hidden = explained.nextSteps.length === 0;
  setList(at("steps"), explained.nextSteps, stepItem);
  setList(at("conditions"), object.conditions, (condition) => make("li", condition.type + " " +
    condition.status + ", " + condition.reason + ": " + condition.message));
  showDifferences(explained);
  const { spec, status } = JSON.parse(object.document);
  showFields("declared", (spec || {}).forProvider);
  showFields("observed", (status || {}).atProvider);
}

async function showDetail() {
  const path = chosenPath();
  if (!path) return;
  try {
    const explained = await read("/objects/" + path);
    const history = await read("/objects/" + path + "/history");
    if (path !== chosenPath()) return;
    showExplained(explained);
    setList(at("timeline"), history.entries, historyItem);
    at("gone").hidden = true;
    at("known").hidden = false;
  } catch (error) {
    if (error.code !== 404) throw error;
    setText(at("gone"), error.message);
    at("gone").hidden = false;
    at("known").hidden = true;
  }
}

function nameOf(path) {
  try {
    return decodeURIComponent(path.split("/").pop());
  } catch {
    return path;
  }
}

async function refresh() {
  const mine = ++turn;
  try {
    const declared = await readObjects();
    const { brakes } = await read("/brakes");
    const budgets = await read("/budgets");
    const { plugins } = await read("/plugins");
    // All at once: what comes above the rows may not move them under a pointer.
    objects = declared;
    showBrakes(brakes);
    showObjects();
    showBudgets(budgets);
    showPlugins(plugins);
    await showDetail();
    setText(at("link"), "live");
    setClass(at("link"), "");
  } catch (error) {
    setText(at("link"), "not answered; what is shown is old");
    setClass(at("link"), "lost");
  }
  if (mine === turn) setTimeout(() => mine === turn && refresh(), kPause);
}

function choose() {
  const path = chosenPath();
  if (path !== shownChoice) {
    at("known").hidden = true;
    at("gone").hidden = true;
    at("detail").hidden = !path;
    setClass(at("columns"), path ? "split" : "");
    setText(at("detail-title"), nameOf(path));
    if (path) at("detail-title").focus();
    else if (rows.has(shownChoice)) rows.get(shownChoice).link.focus();
    shownChoice = path;
  }
  showObjects();
  refresh();
}

at("filter").addEventListener("input", showObjects);
at("only").addEventListener("change", showObjects);
at("close").addEventListener("click", () => { location.hash = "#/"; });
window.addEventListener("hashchange", choose);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosenPath() && event.target !== at("filter")) location.hash = "#/";
});
choose();
read("/version").then((answer) => {
  setText(at("version"), answer.version + " · installation " + answer.ownerId);
}).catch(() => {});
