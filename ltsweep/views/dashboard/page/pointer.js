// Hovering, clicking and the keyboard on the main chart: find a point, say what it is, open it.

const focus = { line: -1, point: -1 };

function nearestPoint(px, py) {
  let best = null;
  let least = 40 * 40;
  chart.lines.forEach((line, i) => line.points.forEach((point, j) => {
    if (point.py === null) return;
    const distance = (point.px - px) ** 2 + (point.py - py) ** 2;
    if (distance < least) {
      least = distance;
      best = [i, j];
    }
  }));
  return best;
}

function focusOn(found) {
  const tip = document.getElementById("tip");
  const layer = document.getElementById("focus");
  if (!layer) return;
  [focus.line, focus.point] = found ?? [-1, -1];
  chart.svg.style.cursor = found ? "pointer" : "";
  if (!found) {
    layer.innerHTML = selectionMarkup();
    tip.hidden = true;
    return;
  }
  const line = chart.lines[focus.line];
  const point = line.points[focus.point];
  layer.innerHTML = selectionMarkup() + highlight(line)
    + `<circle class="ring" stroke="${line.color}" cx="${point.px}" cy="${point.py}" r="5.5"/>`;
  tip.replaceChildren(...tipLines(line, point));
  tip.hidden = false;
  const left = Math.min(Math.max(point.px - tip.offsetWidth / 2, 4), chart.box.width - tip.offsetWidth - 4);
  const above = point.py - tip.offsetHeight - 14;
  tip.style.transform = `translate(${left}px,${above > 0 ? above : point.py + 16}px)`;
}

function highlight(line, kind = "") {
  const path = pathThrough(line.points);
  return `<path class="halo" d="${path}"/>`
    + `<path class="curve strong ${kind}" stroke="${line.color}" d="${path}"/>`;
}

function selectionMarkup() {
  const chosen = chart.lines.find((line) => line.curves.some((c) => c.id === state.selected));
  return chosen ? highlight(chosen, "chosen") : "";
}

function tipLines(line, point) {
  const metric = METRICS[state.y];
  const unit = metric.unit && ` ${metric.unit}`;
  const seeds = state.show === "mean"
    ? `n = ${point.n}` : `seed ${valueText(settingOf(line.curves[0], "seed"))}`;
  const sd = point.sd === null ? "" : ` ± ${point.sd.toFixed(metric.decimals)}`;
  const weights = ROWS.kept[point.row].toLocaleString("en");
  const lines = [
    h("strong", {}, h("span", { class: "swatch", style: `background:${line.color}` }),
      nameOf(line.curves[0])),
    h("span", { class: "value" }, `${point.y.toFixed(metric.decimals)}${sd}${unit} (${seeds})`),
    h("span", {}, `level ${point.level}, ${percentText(point.x)} of weights (${weights})`),
  ];
  if (point.diverged) lines.push(h("span", {}, `${point.diverged} more diverged`));
  return lines;
}

function openFocused() {
  if (focus.line >= 0) select(chart.lines[focus.line].curves[0].id);
}

// Up and down pick the line above or below at the same level, left and right another level.
function moveFocus(key) {
  if (!chart.lines.length) return;
  if (focus.line < 0) {
    focusOn([0, firstDrawn(chart.lines[0])]);
    return;
  }
  const points = chart.lines[focus.line].points;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step) {
    let next = focus.point + step;
    while (points[next] && points[next].py === null) next += step;
    if (points[next]) focusOn([focus.line, next]);
    return;
  }
  const here = points[focus.point];
  const direction = key === "ArrowUp" ? -1 : 1;
  let best = null;
  let least = Infinity;
  chart.lines.forEach((line, i) => {
    const j = line.points.findIndex((point) => point.level === here.level && point.py !== null);
    // Ties in height are broken by the line's number, so that every line can be reached.
    const gap = j < 0 ? 0 : direction * (line.points[j].py - here.py + 1e-6 * (i - focus.line));
    if (gap > 0 && gap < least) [best, least] = [[i, j], gap];
  });
  if (best) focusOn(best);
}

function firstDrawn(line) {
  return line.points.findIndex((point) => point.py !== null);
}

function listenToChart() {
  const at = (event) => {
    const frame = chart.svg.getBoundingClientRect();
    return nearestPoint(event.clientX - frame.left, event.clientY - frame.top);
  };
  chart.svg.addEventListener("pointermove", (event) => focusOn(at(event)));
  chart.svg.addEventListener("pointerleave", () => focusOn(null));
  chart.svg.addEventListener("click", (event) => {
    focusOn(at(event));
    openFocused();
  });
  chart.svg.addEventListener("blur", () => focusOn(null));
  chart.svg.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) moveFocus(event.key);
    else if (event.key === "Enter" || event.key === " ") openFocused();
    else if (event.key === "Escape") select("");
    else return;
    event.preventDefault();
  });
}
