"use strict";
// Looks at the daemon every two seconds. Whatever it says is text, never markup.
const at = id => document.getElementById(id);
const EVERY_MS = 2000, KEPT = "quantum-trader-token";
let token = sessionStorage.getItem(KEPT) || "", timer = 0, points = [];

function node(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function say(id, text, kind) {
  at(id).textContent = text;
  if (kind !== undefined) at(id).className = kind;
}

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), one => one.toString(16).padStart(2, "0")).join("");

async function ask(name, body) {
  const headers = {Authorization: `Bearer ${token}`};
  if (body !== undefined) Object.assign(headers, {"Content-Type": "application/json", "Idempotency-Key": random(), "X-QT-Nonce": random(), "X-QT-Timestamp": String(Date.now())});
  const options = {method: body === undefined ? "GET" : "POST", headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(10000)};
  const answer = await fetch(`/api/v1/${name}`, options);
  const told = await answer.json();
  if (answer.status !== 200) throw Object.assign(new Error(told.problem), {status: answer.status});
  return told;
}

const MODES = {NORMAL: "good", CAUTIOUS: "warn", PROTECTIVE: "warn", EMERGENCY: "bad"};
const HEALTHS = {HEALTHY: "good", DEGRADED: "warn", UNKNOWN: "warn", CRITICAL: "bad"};

function showStatus(one) {
  say("run", `${one.run} · ${one.run_mode} · ${moment(one.at_ms)} UTC`);
  say("mode", one.ess_mode, `badge ${MODES[one.ess_mode] || "bad"}`);
  say("mode-more", one.ess_causes.join(", ") || "nothing calls for it");
  say("equity", amount(one.equity));
  say("equity-more", `USD · wallet ${amount(one.wallet)}`);
  say("drawdown", percent(one.drawdown), one.drawdown > 0.05 ? "value loss" : "value");
  say("drawdown-more", `peak ${amount(one.peak)} · today ${percent(one.daily_loss)}`);
  const open = one.entries_allowed && one.ess_mode !== "EMERGENCY";
  say("entries", one.pause ? "PAUSED" : open ? "OPEN" : "CLOSED", `badge ${one.pause ? "warn" : open ? "good" : "bad"}`);
  say("entries-more", one.pause ? `by ${one.pause.owner}: ${one.pause.reason}` : `policy version ${one.policy_version} · ${one.orders} live orders`);
  say("health", one.health, `badge ${HEALTHS[one.health] || "warn"}`);
  say("health-more", one.permission.replaceAll("_", " ").toLowerCase());
  at("halt").disabled = one.ess_latched.includes("operator");
  at("halt").textContent = at("halt").disabled ? "Halted" : "Halt trading";
}

function fill(table, rows, empty) {
  const body = at(table).tBodies[0], columns = at(table).tHead.rows[0].cells.length;
  if (!rows.length) {
    const row = document.createElement("tr"), cell = node("td", empty, "empty");
    cell.colSpan = columns;
    row.append(cell);
    rows = [row];
  }
  body.replaceChildren(...rows);
}

function row(cells) {
  const made = document.createElement("tr");
  made.append(...cells.map(cell => cell instanceof Node ? cell : node("td", cell)));
  return made;
}

function badge(text, kind) {
  const cell = document.createElement("td");
  cell.append(node("span", text, `badge ${kind}`));
  return cell;
}

function showPositions(items) {
  say("positions-count", String(items.length));
  fill("positions", items.map(one => row([
    node("td", one.symbol), badge(one.side, one.side === "LONG" ? "good" : "bad"),
    node("td", one.quantity, "number"), node("td", price(one.entry_price), "number"), node("td", price(one.mark), "number"),
    node("td", amount(one.unrealised), `number ${one.unrealised < 0 ? "loss" : "gain"}`),
    node("td", one.stop === null ? "none" : price(one.stop), `number ${one.stop === null ? "loss" : ""}`), node("td", percent(one.stop_distance), "number"),
  ])), "Nothing is held.");
}

const price = value => value === null ? "–" : Number(value).toLocaleString("en-US", {maximumSignificantDigits: 7});
const VERDICTS = {approved: "good", refused: "bad", skipped: ""};

function showDecisions(items) {
  fill("decisions", items.map(one => row([
    moment(one.at_ms).slice(5), one.symbol, one.side, badge(one.verdict, VERDICTS[one.verdict] || ""),
    node("td", one.reasons.join(", ").replaceAll("_", " ") || `confidence ${percent(one.confidence, 0)}`, "why"),
  ])), "No decision yet.");
}

function listed(id, items, empty) {
  at(id).replaceChildren(...(items.length ? items : [node("li", empty, "empty")]));
}

function showModels(items) {
  listed("models", items.map(one => {
    const made = document.createElement("li"), bar = document.createElement("progress");
    bar.max = 1;
    bar.value = one.weight;
    bar.setAttribute("aria-label", `weight of ${one.model}`);
    made.append(node("span", one.model, "name"), node("span", percent(one.weight, 0)), bar,
      node("small", `${one.votes} votes: ${one.buys} buy, ${one.sells} sell, ${one.holds} hold · last ${one.last_action} ${percent(one.last_confidence, 0)}`));
    return made;
  }), "No votes yet.");
}

function showHealth(one) {
  const parts = Object.entries(one.parts.parts || {}).filter(([, part]) => part && typeof part === "object" && "state" in part);
  listed("parts", parts.map(([name, part]) => {
    const made = document.createElement("li");
    const value = typeof part.value === "number" ? `${part.value.toLocaleString("en-US", {maximumSignificantDigits: 3, notation: "compact"})} ${part.unit}` : "";
    made.append(node("span", name, "name"), node("span", String(part.state), `chip ${HEALTHS[String(part.state).toUpperCase()] || "warn"}`), node("small", value));
    return made;
  }), "No part has told of itself yet.");
  const starved = one.parts.gates?.starved, against = [...one.against_live, ...one.against_ready, ...(starved ? [starved] : [])];
  at("notice").hidden = !against.length;
  say("notice", against.join(" · "));
}

function showCurve(items) {
  points = items;
  drawCurve(at("curve"), points);
  const last = points.at(-1);
  if (!last) return;
  say("curve-now", `${points.length} points, USD`);
  say("curve-text", `Equity from ${amount(points[0].equity)} to ${amount(last.equity)} USD, drawdown now ${percent(last.drawdown)}.`);
}

async function look() {
  clearTimeout(timer);
  try {
    const [status, positions, decisions, models, health, equity] = await Promise.all(["status", "positions", "decisions?limit=40", "models", "health", "equity"].map(one => ask(one)));
    at("gate").hidden = true;
    for (const id of ["desk", "halt", "leave"]) at(id).hidden = false;
    showStatus(status); showPositions(positions.items); showDecisions(decisions.items);
    showModels(models.items); showHealth(health); showCurve(equity.items);
    say("link", "live", "chip good");
    sessionStorage.setItem(KEPT, token);
  } catch (error) {
    if (error.status === 401 || error.status === 403) return leave(error.message);
    say("link", "no answer", "chip bad");
    if (at("desk").hidden) say("gate-problem", `The daemon does not answer: ${error.message}`);
  }
  if (token) timer = setTimeout(look, EVERY_MS);
}

function leave(problem = "") {
  clearTimeout(timer);
  token = "";
  sessionStorage.removeItem(KEPT);
  at("gate").hidden = false;
  for (const id of ["desk", "halt", "leave"]) at(id).hidden = true;
  say("link", "offline", "chip");
  say("gate-problem", problem);
}

at("sign-in").addEventListener("submit", event => {
  event.preventDefault();
  token = at("token").value.trim();
  at("token").value = "";
  look();
});
at("leave").addEventListener("click", () => leave());
at("halt").addEventListener("click", () => at("sure").showModal());
at("sure").addEventListener("close", async () => {
  if (at("sure").returnValue !== "yes") return;
  try {
    await ask("halt", {reason: at("reason").value || "halt button", actor: "operator page"});
  } catch (error) {
    at("notice").hidden = false;
    say("notice", `The halt was not taken: ${error.message}. Use the command line: quantum-trader halt`);
    return;
  }
  at("reason").value = "";
  look();
});
addEventListener("resize", () => drawCurve(at("curve"), points));
if (token) look();
