// What the reader has chosen; kept in the address, so that a view can be shared by its link.

const state = {
  y: "test_accuracy",
  color: "method",
  show: "mean",
  zoom: "all",
  theme: "",
  selected: "",
  filters: new Map(),
};
const CHOICES = {
  y: Object.keys(METRICS),
  color: [...new Set(["method", ...FILTERS.map((key) => key.name)])],
  show: ["mean", "curves"],
  zoom: ["all", "dense"],
  theme: ["", "light", "dark"],
};

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = given.get(name);
    state[name] = allowed.includes(value) ? value : allowed[0];
  }
  if (VARIES_WITHIN_CELLS.has(state.color)) state.show = "curves";
  state.selected = CURVES.some((c) => c.id === given.get("curve")) ? given.get("curve") : "";
  state.filters = new Map();
  for (const key of FILTERS) {
    const wanted = given.getAll(`only.${key.name}`);
    const codes = key.values.map((_, code) => code);
    const chosen = codes.filter((code) => wanted.includes(valueText(key.values[code])));
    if (chosen.length) state.filters.set(key.name, new Set(chosen));
  }
}

function writeAddress() {
  const given = new URLSearchParams();
  for (const [name, allowed] of Object.entries(CHOICES)) {
    if (state[name] !== allowed[0]) given.set(name, state[name]);
  }
  if (state.selected) given.set("curve", state.selected);
  for (const [name, codes] of state.filters) {
    for (const code of codes) given.append(`only.${name}`, valueText(KEY.get(name).values[code]));
  }
  const hash = given.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

function toggleFilter(name, code) {
  const codes = new Set(state.filters.get(name));
  codes.has(code) ? codes.delete(code) : codes.add(code);
  codes.size ? state.filters.set(name, codes) : state.filters.delete(name);
}

function visibleCurves() {
  return CURVES.filter((curve) => passes(curve, state.filters));
}

function isDark() {
  if (state.theme) return state.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
