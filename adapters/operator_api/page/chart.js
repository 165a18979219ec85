"use strict";
// The curve of equity above, the fall from its peak below, drawn as SVG.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawCurve(svg, points) {
  const width = svg.clientWidth || 800, height = svg.clientHeight || 300;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren();
  if (points.length < 2) {
    svg.append(shape("text", {x: width / 2, y: height / 2, "text-anchor": "middle"}, "waiting for the market"));
    return;
  }
  const left = 62, right = 10, split = Math.round(height * 0.68), bottom = height - 22;
  const first = points[0].at_ms, span = points.at(-1).at_ms - first || 1;
  const values = points.map(one => one.equity ?? 0), low = Math.min(...values), high = Math.max(...values);
  const margin = (high - low || high * 0.001 || 1) * 0.08, least = low - margin, range = high + margin - least;
  const deepest = Math.max(0.001, ...points.map(one => one.drawdown ?? 0));
  const digits = range > 30 ? 0 : range > 0.3 ? 2 : 4;
  const x = at => left + (at - first) / span * (width - left - right);
  const y = value => 10 + (1 - (value - least) / range) * (split - 26);
  const d = fall => split + fall / deepest * (bottom - split);
  for (let step = 0; step <= 3; step++) {
    const value = least + range * step / 3;
    svg.append(shape("line", {class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value)}));
    svg.append(shape("text", {x: left - 8, y: y(value) + 4, "text-anchor": "end"}, amount(value, digits)));
  }
  svg.append(shape("line", {class: "grid", x1: left, x2: width - right, y1: split, y2: split}));
  svg.append(shape("text", {x: left - 8, y: split + 4, "text-anchor": "end"}, "0 %"));
  svg.append(shape("text", {x: left - 8, y: bottom + 4, "text-anchor": "end"}, percent(-deepest, 1)));
  const curve = points.map(one => `${x(one.at_ms).toFixed(1)},${y(one.equity ?? 0).toFixed(1)}`);
  const falls = points.map(one => `${x(one.at_ms).toFixed(1)},${d(one.drawdown ?? 0).toFixed(1)}`);
  const end = x(points.at(-1).at_ms).toFixed(1);
  svg.append(shape("polygon", {class: "under", points: `${left},${split - 16} ${curve.join(" ")} ${end},${split - 16}`}));
  svg.append(shape("polyline", {class: "line", points: curve.join(" ")}));
  svg.append(shape("polygon", {class: "fall", points: `${left},${split} ${falls.join(" ")} ${end},${split}`}));
  svg.append(shape("polyline", {class: "fall-line", points: falls.join(" ")}));
  svg.append(shape("circle", {class: "dot", r: 4, cx: end, cy: y(points.at(-1).equity ?? 0)}));
  svg.append(shape("text", {x: left, y: height - 4}, moment(first)));
  svg.append(shape("text", {x: width - right, y: height - 4, "text-anchor": "end"}, moment(points.at(-1).at_ms)));
}

const amount = (value, digits = 2) => value === null || value === undefined ? "–" : Number(value).toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
const percent = (fraction, digits = 2) => fraction === null || fraction === undefined ? "–" : `${(fraction * 100).toFixed(digits)} %`;
const moment = at => at ? new Date(at).toISOString().slice(0, 16).replace("T", " ") : "–";
