"use strict";
// Texts of files and labels only ever become text nodes or are drawn: they are never parsed as HTML.
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b57f00", "#3f9fd1", "#8c6d31", "#777777"];

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function makeSvg(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// A name may run from right to left: isolated, it leaves the words around it in their order.
function isolate(text) { return make("bdi", null, text); }

function formatTime(seconds) { return `${seconds.toFixed(2)} s`; }

function formatPercent(share) { return `${(100 * share).toFixed(0)}%`; }

function readColor(name) { return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(); }

let palette = null;
function colors() {
  if (palette === null) {
    palette = {};
    for (const name of ["ink", "soft", "grid", "left", "right", "middle", "bone", "zero", "plus", "minus", "low", "high"]) {
      palette[name] = readColor(name);
    }
  }
  return palette;
}

const redrawn = new Set();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palette = null;
  for (const redraw of redrawn) redraw();
});

function mix(from, to, share) {
  const channels = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  const [a, b] = [channels(from), channels(to)];
  return `rgb(${a.map((value, n) => Math.round(value + share * (b[n] - value))).join(" ")})`;
}

function shade(value, signed) {
  const { zero, plus, minus, low, high } = colors();
  if (!signed) return mix(low, high, Math.min(Math.abs(value), 1));
  return mix(zero, value < 0 ? minus : plus, Math.min(Math.abs(value), 1));
}

// Small values are to be seen beside large ones.
function shadeValue(value, signed) { return shade(Math.sign(value) * Math.sqrt(Math.abs(value)), signed); }

function fit(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

const DATA = JSON.parse(document.getElementById("data").textContent);
