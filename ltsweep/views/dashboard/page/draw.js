// Building blocks of every picture: elements, scales, ticks and colours.

const CATEGORIES = [
  ["#0072B2", "#56A8DC"], ["#D55E00", "#F0843C"], ["#009E73", "#35C79B"], ["#B2538D", "#DE93BF"],
  ["#C28A00", "#E9B93A"], ["#3A9BD0", "#8CCBF0"], ["#7A5230", "#BF9470"], ["#5A5F66", "#AEB4BC"],
];
// Stops of viridis, without the ends that vanish on white or on black.
const RAMP = ["#46327E", "#365C8D", "#277F8E", "#1FA187", "#4AC16D", "#A0DA39"];

// Makes an element; strings become text nodes, so that no value is ever read as markup.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function theme(pair) {
  return pair[isDark() ? 1 : 0];
}

// Position t in 0..1 of the ramp; dark pages start from a lighter stop.
function rampColor(t) {
  const at = (isDark() ? 0.25 + 0.75 * t : 0.85 * t) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  const channel = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) =>
    Math.round(channel(RAMP[low], i) * (1 - at + low) + channel(RAMP[low + 1], i) * (at - low)));
  return `rgb(${mixed.join(",")})`;
}

// The colour of a value: a method's own, a ramp for many numbers, else one of eight.
function colorOf(name, value) {
  if (name === "method") return theme(DATA.looks[value]);
  const key = KEY.get(name);
  if (!key) return theme(CATEGORIES[0]);
  const code = key.values.indexOf(value);
  const ordered = key.values.every((v) => typeof v === "number") || key.values.length > 8;
  if (ordered && key.values.length > 3) return rampColor(code / (key.values.length - 1));
  return theme(CATEGORIES[code % CATEGORIES.length]);
}

function linear(low, high, from, to) {
  const slope = high === low ? 0 : (to - from) / (high - low);
  return (value) => from + (value - low) * slope;
}

function logarithmic(low, high, from, to) {
  const scale = linear(Math.log(low), Math.log(high), from, to);
  return (value) => scale(Math.log(value));
}

// Distance of about `count` round ticks over a range > 0.
function tickStep(range, count) {
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= rough * (1 - 1e-9));
}

// Round numbers within [low, high], about `count` of them.
function linearTicks(low, high, count) {
  if (!(high > low)) return [low];
  const step = tickStep(high - low, count);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12) + 1e-12; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

// 1, 2, 5, 10, ... within [low, high]; powers of ten alone where those are enough, and linear
// steps where the range is too short for either.
function logTicks(low, high, count) {
  if (high < 4 * low) return linearTicks(low, high, 5);
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const digit of [1, 2, 5]) {
      const tick = Number((digit * 10 ** power).toPrecision(3));
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  const powers = ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
  return ticks.length > count && powers.length > 1 ? powers : ticks;
}

// Grid, ticks and titles of a chart as SVG text. Axes: {ticks, at, text, label}.
function axesMarkup(x, y, box) {
  const parts = [];
  for (const tick of y.ticks) {
    const at = y.at(tick).toFixed(1);
    parts.push(`<line class="grid" x1="${box.left}" x2="${box.right}" y1="${at}" y2="${at}"/>`);
    parts.push(`<text class="tick" x="${box.left - 8}" y="${at}" dy=".32em" text-anchor="end">`
      + `${escaped(y.text(tick))}</text>`);
  }
  for (const tick of x.ticks) {
    const at = x.at(tick).toFixed(1);
    const low = box.bottom;
    parts.push(`<line class="axis" x1="${at}" x2="${at}" y1="${low}" y2="${low + 4}"/>`);
    parts.push(`<text class="tick" x="${at}" y="${low + 17}" text-anchor="middle">`
      + `${escaped(x.text(tick))}</text>`);
  }
  const middle = (box.left + box.right) / 2;
  parts.push(`<path class="axis" d="M${box.left} ${box.bottom}H${box.right}"/>`);
  parts.push(`<text class="label" x="${middle}" y="${box.bottom + 36}" text-anchor="middle">`
    + `${escaped(x.label)}</text>`);
  parts.push(`<text class="label" x="${box.left - 40}" y="14" text-anchor="start">`
    + `${escaped(y.label)}</text>`);
  return parts.join("");
}

// A line through the points {px, py}; null heights leave a gap.
function pathThrough(points) {
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (point.py === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${point.px.toFixed(1)} ${point.py.toFixed(1)}`;
    pen = "L";
  }
  return path;
}
