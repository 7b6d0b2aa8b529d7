"use strict";
// Texts from the stream only ever become text nodes, or are drawn: they are never parsed as HTML.
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#777777"];
const HISTORY_S = 30;
const scene = document.getElementById("scene");
const cards = new Map();
let format = null;
let latest = null;
let bounds = null;

function color(number) { return COLORS[number % COLORS.length]; }

function make(tag, name, parent) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  parent.append(element);
  return element;
}

function makeCard(person) {
  const root = make("article", "", document.getElementById("people"));
  const head = make("h2", "", root);
  make("span", "who", head).textContent = `person ${person}`;
  const answer = make("span", "answer", head);
  const behind = make("span", "behind", head);
  const bars = format.classes.map((name, number) => {
    const bar = make("div", "bar", root);
    const label = make("span", "name", bar);
    label.textContent = name;
    label.title = name;
    const fill = make("div", "fill", make("div", "track", bar));
    fill.style.background = color(number);
    return { fill, share: make("span", "share", bar) };
  });
  const canvas = make("canvas", "", root);
  canvas.setAttribute("aria-label", `probabilities of the last ${HISTORY_S} seconds`);
  return { root, answer, behind, bars, canvas, history: [] };
}

function fit(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

function showPerson(one, time) {
  if (!cards.has(one.person)) cards.set(one.person, makeCard(one.person));
  const card = cards.get(one.person);
  card.answer.textContent = one.answer === null ? "no answer yet" : one.answer;
  card.behind.textContent = one.answer === null ? "" : `${one.behind.toFixed(2)} s behind`;
  one.probabilities.forEach((p, number) => {
    card.bars[number].fill.style.width = `${(100 * p).toFixed(1)}%`;
    card.bars[number].share.textContent = `${Math.round(100 * p)} %`;
  });
  const last = card.history.length ? card.history[card.history.length - 1].time : -Infinity;
  if (one.answer !== null && one.time > last) card.history.push({ time: one.time, p: one.probabilities });
  while (card.history.length && card.history[0].time < time - HISTORY_S) card.history.shift();
}

function drawHistory(card, time) {
  const context = fit(card.canvas);
  const { clientWidth: width, clientHeight: height } = card.canvas;
  const x = (t) => width * (1 - (time - t) / HISTORY_S);
  format.classes.forEach((name, number) => {
    context.strokeStyle = color(number);
    context.lineWidth = 2;
    context.beginPath();
    card.history.forEach((one, index) => {
      const y = 2 + (height - 4) * (1 - one.p[number]);
      if (index) context.lineTo(x(one.time), y); else context.moveTo(x(one.time), y);
    });
    context.stroke();
  });
}

function grow(points) {
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  if (bounds === null) { bounds = box; return; }
  const slow = 0.02;  // the view widens at once and narrows slowly
  bounds = bounds.map((old, n) => {
    const widens = n < 2 ? box[n] < old : box[n] > old;
    return widens ? box[n] : old + slow * (box[n] - old);
  });
}

function drawScene() {
  const context = fit(scene);
  const people = latest.people.filter((one) => one.joints.some((joint) => joint !== null));
  if (!people.length) return;
  grow(people.flatMap((one) => one.joints.filter((joint) => joint !== null)));
  const wide = Math.max(bounds[2] - bounds[0], 1e-9), high = Math.max(bounds[3] - bounds[1], 1e-9);
  const scale = 0.85 * Math.min(scene.clientWidth / wide, scene.clientHeight / high);
  const place = ([x, y]) => [
    scene.clientWidth / 2 + scale * (x - (bounds[0] + bounds[2]) / 2),
    scene.clientHeight / 2 + scale * (y - (bounds[1] + bounds[3]) / 2),
  ];
  people.forEach((one, number) => {
    const points = one.joints.map((joint) => (joint === null ? null : place(joint)));
    context.strokeStyle = context.fillStyle = color(number);
    context.lineWidth = 3;
    context.lineCap = "round";
    for (const [child, parent] of format.bones) {
      if (points[child] === null || points[parent] === null) continue;
      context.beginPath();
      context.moveTo(...points[child]);
      context.lineTo(...points[parent]);
      context.stroke();
    }
    const there = points.filter((point) => point !== null);
    for (const [x, y] of there) { context.beginPath(); context.arc(x, y, 4, 0, 7); context.fill(); }
    const top = there.reduce((best, point) => (point[1] < best[1] ? point : best));
    context.font = "15px system-ui, sans-serif";
    context.textAlign = "center";
    const said = one.answer === null ? "" : `: ${one.answer}`;
    context.fillText(`${one.person}${said}`, top[0], Math.max(top[1] - 12, 16), scene.clientWidth);
  });
}

function draw() {
  window.requestAnimationFrame(draw);
  if (latest === null || latest.isDrawn) return;
  latest.isDrawn = true;
  const there = new Set(latest.people.map((one) => one.person));
  for (const [name, card] of cards) if (!there.has(name)) { card.root.remove(); cards.delete(name); }
  latest.people.forEach((one) => showPerson(one, latest.time));
  for (const card of cards.values()) drawHistory(card, latest.time);
  drawScene();
  say(`${latest.time.toFixed(1)} s · ${latest.frames} frames · ${latest.dropped} dropped`);
}

function say(text) { document.getElementById("status").textContent = text; }

const events = new EventSource("events");
events.addEventListener("format", (event) => {
  format = JSON.parse(event.data);
  document.getElementById("title").textContent = format.title;
  document.title = format.title;
});
events.addEventListener("frame", (event) => { latest = JSON.parse(event.data); });
events.addEventListener("end", () => { events.close(); say(`${document.getElementById("status").textContent} · ended`); });
events.onerror = () => say("the stream cannot be reached; trying again");
window.requestAnimationFrame(draw);
