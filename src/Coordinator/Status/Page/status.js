"use strict";
// The page of a run: /events sends "history" (curves) and "status" (RunStatus as JSON; 64-bit integers are strings).
const at = id => document.getElementById(id);
const ended = ["completed", "stopped", "failed"];
const shownRows = 24, fewPoints = 60, gridFrom = 25, slowFrom = 1.3, silentFrom = 1;
const width = 600, height = 180, left = 52, bottom = 20, top_ = 8;
let curves = { steps: [], loss: [], imagesPerSecond: [], knnSteps: [], knn: [] };
let last = null, showAll = false;

function text(id, value) { const e = at(id); if (e.textContent !== value) e.textContent = value; }
const whole = n => Number(n).toLocaleString("en");
const short = n => !Number.isFinite(n) ? "not finite" : Math.abs(n) >= 1000 ? whole(Math.round(n)) : String(Number(n.toPrecision(4)));

function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const s = Math.round(seconds), pad = n => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${pad(s % 60)}` : s < 172800 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)} h` : `${(s / 86400).toFixed(1)} days`;
}

// An axis from the least to the largest number, a broken line over the steps, dots where they are few; what is not finite is left out.
function curve(id, span, steps, values, unit = "") {
  const points = steps.map((s, i) => [s, values[i]]).filter(p => Number.isFinite(p[1]) && p[1] !== null);
  if (points.length < 2) return;
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  const x0 = xs[0], x1 = xs[xs.length - 1], low = Math.min(...ys), high = Math.max(...ys), room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  const y0 = low - room, y1 = high + room;
  const x = v => left + (v - x0) / (x1 - x0 || 1) * (width - left - 8), y = v => height - bottom - (v - y0) / (y1 - y0) * (height - bottom - top_);
  const parts = [];
  for (const v of [low, (low + high) / 2, high]) {
    parts.push(["line", { x1: left, x2: width - 8, y1: y(v), y2: y(v) }], ["text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, short(v)]);
  }
  parts.push(["text", { x: left, y: height - 4 }, `step ${whole(x0)}`], ["text", { x: width - 8, y: height - 4, "text-anchor": "end" }, whole(x1)]);
  if (points.length <= fewPoints) for (const p of points) parts.push(["circle", { cx: x(p[0]), cy: y(p[1]), r: 3 }]);
  parts.push(["path", { d: points.map((p, i) => `${i ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("") }]);
  at(id).replaceChildren(...parts.map(([name, attributes, content]) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (content !== undefined) e.textContent = content;
    return e;
  }));
  text(span, short(ys[ys.length - 1]) + unit);
}

function drawCurves() {
  curve("loss-curve", "loss-span", curves.steps, curves.loss);
  curve("pace-curve", "pace-span", curves.steps, curves.imagesPerSecond);
  at("knn-figure").hidden = curves.knn.length < 2;
  curve("knn-curve", "knn-span", curves.knnSteps, curves.knn.map(a => 100 * a), " %");
}

function trouble(node) {
  return node.state === "lost" ? "lost" : node.silenceSeconds >= silentFrom ? "silent" : node.slowness >= slowFrom ? "slow" : "";
}

function drawNodes(status) {
  const committed = Number(status.committedSteps);
  const members = status.nodes.filter(n => n.state === "computing" || n.state === "prepared").length;
  text("count", `${members} of ${status.expectedNodes}`);
  const grid = at("grid");
  grid.hidden = status.nodes.length < gridFrom;
  if (!grid.hidden) {
    while (grid.children.length > status.nodes.length) grid.lastChild.remove();
    while (grid.children.length < status.nodes.length) grid.append(document.createElement("i"));
    status.nodes.forEach((n, i) => {
      const cell = grid.children[i], kind = `${n.state} ${trouble(n)}`, title = `${n.node}: ${trouble(n) || n.state}`;
      if (cell.className !== kind) cell.className = kind;
      if (cell.title !== title) cell.title = title;
    });
  }
  // Who needs a look comes first.
  const sorted = status.nodes.slice().sort((a, b) => (trouble(b) !== "") - (trouble(a) !== "") || a.index - b.index);
  const rows = showAll ? sorted : sorted.slice(0, shownRows), body = at("nodes");
  while (body.children.length > rows.length) body.lastChild.remove();
  while (body.children.length < rows.length) {
    const row = document.createElement("tr");
    for (const kind of ["mono", "", "", "num", "num", "num of", "num", "num quiet"]) row.append(Object.assign(document.createElement("td"), { className: kind }));
    body.append(row);
  }
  rows.forEach((n, i) => {
    const row = body.children[i], doing = n.waitsFor ? `${n.phase}, waits for ${n.waitsFor}` : n.phase;
    const behind = n.state === "listening" ? whole(Math.max(0, committed - Number(n.step))) : "0";
    const cells = [n.node, n.state, doing, n.microbatchCount ? `${n.firstMicrobatch}–${n.firstMicrobatch + n.microbatchCount - 1}` : "–",
      n.computeSeconds ? n.computeSeconds.toFixed(3) : "–", n.slowness ? `×${n.slowness.toFixed(2)}` : "–", behind, n.silenceSeconds.toFixed(1)];
    if (row.className !== trouble(n)) row.className = trouble(n);
    cells.forEach((c, k) => { if (row.children[k].textContent !== c) row.children[k].textContent = c; });
  });
  const more = at("more");
  more.hidden = status.nodes.length <= shownRows;
  more.textContent = showAll ? "show fewer" : `show all ${status.nodes.length} nodes`;
}

function drawFaults(status) {
  const list = at("faults"), faults = status.faults.slice().reverse();
  if (faults.length === 0) { list.replaceChildren(Object.assign(document.createElement("li"), { className: "dim", textContent: "none" })); return; }
  list.replaceChildren(...faults.map(f => {
    const item = document.createElement("li"), kind = document.createElement("b"), when = document.createElement("span");
    kind.textContent = f.kind;
    when.className = "dim";
    when.textContent = ` step ${whole(f.step)}, ${duration(Math.max(0, status.uptimeSeconds - f.atSeconds))} ago `;
    item.append(kind, when, document.createElement("br"), f.text);
    return item;
  }));
}

function draw(status) {
  const done = Number(status.committedSteps), all = Number(status.totalSteps), isOver = ended.includes(status.phase);
  last = status;
  document.title = `${all ? Math.floor(100 * done / all) : 0} % ${status.phase} – Lockstep`;
  text("run", status.run.slice(0, 8));
  at("run").title = status.run;
  text("phase", status.phase);
  at("phase").className = `pill ${status.phase}`;
  at("progress").max = all || 1;
  at("progress").value = done;
  text("step", all ? `${whole(done)} of ${whole(all)}` : whole(done));
  const pace = stepsASecond(status);
  text("left", isOver ? "–" : duration((all - done) / pace));
  text("loss", isKnown(status.loss) ? short(Number(status.loss)) : "–");
  text("knn", status.knn ? `${(100 * status.knn.accuracy).toFixed(1)} %` : "–");
  at("knn-card").hidden = !status.knn;
  text("pace", status.imagesPerSecond ? short(status.imagesPerSecond) : "–");
  text("wait", `${(100 * status.dataWaitShare).toFixed(1)} %`);
  text("generation", status.epoch > 1 ? `${whole(status.generation)} (coordinator start ${whole(status.epoch)})` : whole(status.generation));
  text("refused", `${whole(status.refused)} calls`);
  text("lost", `${whole(status.lostMicrobatches)} microbatches`);
  text("digest", status.stateDigest ? `${status.stateDigest} after step ${whole(status.stateDigestStep)}, the same on all nodes` : "none compared yet");
  const notice = at("notice");
  notice.hidden = !status.reason;
  notice.className = `notice ${status.phase}`;
  text("notice", status.reason);
  drawNodes(status);
  drawFaults(status);
}

// A coordinator that was started again knows no loss before the next step and no pace before the one after, and says 0.
function isKnown(number) {
  return number !== 0;
}

// Steps a second between the first and the newest status of the last half minute.
const seen = [];
function stepsASecond(status) {
  const now = [status.uptimeSeconds, Number(status.committedSteps)];
  if (seen.length && now[0] < seen[seen.length - 1][0]) seen.length = 0; // another start of the coordinator
  seen.push(now);
  while (seen.length > 2 && now[0] - seen[0][0] > 30) seen.shift();
  return (now[1] - seen[0][1]) / (now[0] - seen[0][0]);
}

at("more").addEventListener("click", () => { showAll = !showAll; if (last) drawNodes(last); });

const events = new EventSource("/events");
events.addEventListener("history", e => {
  curves = JSON.parse(e.data);
  drawCurves();
});
events.addEventListener("status", e => {
  const status = JSON.parse(e.data), step = Number(status.committedSteps), steps = curves.steps;
  if (isKnown(status.imagesPerSecond) && step > (steps.length ? steps[steps.length - 1] : 0)) {
    steps.push(step);
    curves.loss.push(Number(status.loss));
    curves.imagesPerSecond.push(status.imagesPerSecond);
    drawCurves();
  }
  const knn = status.knn, knnSteps = curves.knnSteps;
  if (knn && Number(knn.step) > (knnSteps.length ? knnSteps[knnSteps.length - 1] : -1)) {
    knnSteps.push(Number(knn.step));
    curves.knn.push(knn.accuracy);
    drawCurves();
  }
  draw(status);
  if (ended.includes(status.phase)) events.close();
});
events.addEventListener("error", () => {
  if (last && ended.includes(last.phase)) return;
  text("phase", "not reachable");
  at("phase").className = "pill waiting";
  at("notice").hidden = false;
  text("notice", "The coordinator does not answer. The nodes keep their state and wait for it; this page tries again by itself.");
});
