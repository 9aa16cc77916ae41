// Puts the page together, and redraws it when a choice changes.

function update() {
  const curves = visibleCurves();
  drawChart(curves);
  drawLegend(curves);
  focusOn(null);
  showFilters();
  showSummary(curves);
  showVerdicts(curves);
  writeAddress();
}

function change(choices) {
  Object.assign(state, choices);
  // A mean over seeds has no seed to be coloured by.
  if (choices.color && VARIES_WITHIN_CELLS.has(state.color)) state.show = "curves";
  if (choices.show === "mean" && VARIES_WITHIN_CELLS.has(state.color)) state.color = "method";
  buildView();
  update();
}

function select(id) {
  state.selected = id;
  showDetails();
  focusOn(null);
  writeAddress();
}

function applyTheme() {
  document.documentElement.dataset.theme = state.theme;
}

function toggleTheme() {
  state.theme = isDark() ? "light" : "dark";
  applyTheme();
  update();
  showDetails();
}

function start() {
  readAddress();
  applyTheme();
  buildView();
  buildFilters();
  buildVerdicts();
  buildMatrices();
  showProblems();
  showShared();
  listenToChart();
  // On a phone the picture comes first: the choices unfold on demand.
  document.getElementById("controls").open = !matchMedia("(max-width: 760px)").matches;
  update();
  if (state.selected) showDetails();
  document.getElementById("theme").addEventListener("click", toggleTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    update();
    showDetails();
  });
  let width = chart.box.width;
  new ResizeObserver(() => {
    // The observer also reports heights, which the drawing itself changes.
    if (chart.svg.parentElement.clientWidth === width) return;
    width = chart.svg.parentElement.clientWidth;
    update();
    showDetails();
  }).observe(chart.svg.parentElement);
  addEventListener("hashchange", () => {
    readAddress();
    applyTheme();
    buildView();
    update();
    showDetails();
  });
}

start();
