"""The dashboard in headless Chromium, offline: no error, no request, and clicks do their work."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import read_json, write_json
from ltsweep.store.records import ClosingRecord
from ltsweep.store.training_records import Validations
from ltsweep.views import metrics
from ltsweep.views.dashboard.render import embedded, render
from ltsweep.views.matrix import matrices
from ltsweep.views.metrics import COUNT, Metric
from ltsweep.views.panels import make_panels
from ltsweep.views.records import Curve, FinishedLevel, read_curves
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.primary import find_primary, judge_primary

from ..conftest import end_record

CHOOSE_LOSS = (
    "const menu = document.querySelector('#view select'); menu.value = 'test_loss';"
    "menu.dispatchEvent(new Event('change'))"
)
FILTER_ONE_SEED = "document.querySelector('[data-key=seed] .chip').click()"


def test_it_draws_every_curve_without_an_error_or_a_request(made_up, browser, tmp_path):
    curves = read_curves(made_up.fill(seeds=3))
    browser.open(page_of(curves, tmp_path / "d.html"), "#show=curves")
    assert browser.count("#chart path.curve") == len(curves) == 9
    assert browser.text("#summary").startswith("9 curves · 3 cells")
    assert browser.text("h1") == "made up"
    browser.open(tmp_path / "d.html")
    assert browser.count("#chart path.curve") == browser.count("#chart path.band") == 3
    assert "imp (n = 3)" in browser.text("#legend")
    assert browser.count("#chart line.dense") == 1
    assert (browser.complaints, browser.requests) == ([], [])


def test_filters_narrow_the_curves_and_stay_in_the_address(made_up, browser, tmp_path):
    for scale in (0.5, 2.0):
        made_up.fill(("imp", "random_mask"), seeds=2, levels=4, init_scale=scale)
    browser.open(page_of(read_curves(made_up.store), tmp_path / "d.html"))
    filters = "[...document.querySelectorAll('#filters fieldset')].map(f => f.dataset.key)"
    assert browser.evaluate(filters) == ["method", "seed", "init_scale"]
    press_chip(browser, "method", "imp")
    assert browser.count("#chart path.curve") == 2
    press_chip(browser, "init_scale", "2")
    assert browser.count("#chart path.curve") == 1
    assert browser.text("#summary").startswith("2 of 8 curves · 1 cells")
    assert browser.count("#verdicts .panel:not([hidden])") == 1
    address = browser.evaluate("location.hash")
    browser.open(tmp_path / "d.html", address)
    assert browser.count("#chart path.curve") == 1
    press_chip(browser, "method", "imp")
    press_chip(browser, "init_scale", "2")
    assert browser.count("#chart path.curve") == 4
    assert browser.complaints == []


def test_metric_colour_and_lines_can_be_chosen(made_up, browser, tmp_path):
    made_up.fill(("imp", "random_mask"), seeds=3, levels=6)
    browser.open(page_of(read_curves(made_up.store), tmp_path / "d.html"))
    metrics = browser.evaluate(
        "[...document.querySelector('#view select').options].map(o => o.value)"
    )
    for metric in metrics:
        choose(browser, 0, metric)
        drawn = browser.count("#chart path.curve")
        assert drawn > 0 or metric == "steps_to_dense_val", metric
    choose(browser, 0, "test_loss")
    assert "test loss" in browser.text("#chart")
    assert browser.text("#about-metric") == ""
    choose(browser, 0, "train_accuracy")
    assert browser.text("#about-metric").startswith("over the first 2,000 training images")
    choose(browser, 1, "seed")
    assert browser.count("#chart path.curve") == 6, "colouring by seed shows every curve"
    assert len(strokes(browser)) == 3
    assert browser.complaints == []


def test_names_and_units_are_those_of_the_table_of_metrics(made_up, browser, tmp_path, monkeypatch):
    made_up.fill(("imp",), seeds=2, levels=2)
    multiply_adds = Metric("multiply_adds_dense", COUNT, "multiply-adds of dense", unit="MAC")
    monkeypatch.setattr(metrics, "METRICS", (*metrics.METRICS, multiply_adds))
    page = page_of(read_curves(made_up.store), tmp_path / "d.html")
    browser.open(page, f"#curve={made_up.make_point('imp', 0, levels=2).id}&y=multiply_adds_dense")
    options = "[...document.querySelector('#view select').options].map(o => o.textContent)"
    assert browser.evaluate(options) == [
        "test accuracy (%)",
        "validation accuracy (%)",
        "validation accuracy as pruned, before training (%)",
        "train accuracy (%)",
        "test loss",
        "validation loss",
        "train loss",
        "live weights (% of prunable)",
        "step of least validation loss",
        "steps to dense validation accuracy",
        "bits",
        "multiply-adds in all",
        "multiply-adds, amortised",
        "seconds in all (s)",
        "multiply-adds of dense (MAC)",
    ]
    assert "multiply-adds of dense (MAC)" in browser.text("#chart")
    browser.evaluate("document.getElementById('chart').focus()")
    browser.press("ArrowRight")
    assert "50200 ± 0 MAC (n = 2)" in browser.text("#tip")
    headings = "[...document.querySelectorAll('#details thead th')].map(e => e.textContent)"
    assert browser.evaluate(headings) == [
        "level", "weights", "live", "val. before", "val.", "test", "steps to dense",
    ]  # fmt: skip
    cells = (
        "[...document.querySelectorAll('#details tbody tr:last-child td')].map(e => e.textContent)"
    )
    shown = browser.evaluate(cells)
    assert shown[:4] == ["2", "64 %", "64 %", "42.0"]
    assert browser.complaints == []


def test_hovering_tells_values_and_clicking_opens_the_curve(made_up, browser, tmp_path):
    made_up.fill(seeds=3)
    browser.open(page_of(read_curves(made_up.store), tmp_path / "d.html"))
    x, y = browser.evaluate(
        "(() => { const dots = [...document.querySelectorAll('#chart circle')];"
        " const last = dots.at(-1).getBoundingClientRect();"
        " return [last.x + last.width / 2, last.y + last.height / 2]; })()"
    )
    browser.mouse("mouseMoved", x + 3, y + 3)
    tip = browser.text("#tip")
    assert "imp" in tip
    assert "n = 3" in tip
    assert "level 15, 3.52 %" in tip
    browser.click(x, y)
    assert browser.count("#details tbody tr") == 16
    assert browser.count("#details .by-level") == 16
    assert browser.text("#details h2") == "imp"
    assert "fc1.weight (19,200)" in browser.text("#details .legend")
    settings = "[...document.querySelectorAll('#details dt')].map(e => e.textContent)"
    assert {"optimizer.lr", "method", "seed"} <= set(browser.evaluate(settings))
    assert (browser.complaints, browser.requests) == ([], [])


def test_rescaled_arms_are_dashed_and_the_size_of_weights_is_drawn(made_up, browser, tmp_path):
    for rescale in ("none", "count"):
        made_up.fill(("imp",), seeds=1, levels=3, rescale=rescale)
    rescaled = next(point for point in made_up.store.points() if point.columns.rescale == "count")
    page = page_of(read_curves(made_up.store), tmp_path / "d.html")
    browser.open(page)
    assert browser.count("#chart path.curve") == 2
    assert browser.count("#chart path.curve[stroke-dasharray]") == 1
    assert "imp (rescale count) (n = 1)" in browser.text("#legend")
    browser.open(page, f"#curve={rescaled.id}")
    assert "rescale count" in browser.text("#details h2")
    sizes = "[aria-label='size of the kept weights in each layer'] path.curve"
    assert browser.count(f"#details {sizes}") == 3
    assert "rms / std of the init" in browser.text("#details")
    assert browser.complaints == []


def test_the_keyboard_reaches_every_line(made_up, browser, tmp_path):
    made_up.fill(seeds=2, levels=6)
    browser.open(page_of(read_curves(made_up.store), tmp_path / "d.html"))
    browser.evaluate("document.getElementById('chart').focus()")
    browser.press("ArrowRight")
    for _ in range(6):
        browser.press("ArrowRight")
    seen = {browser.evaluate("document.querySelector('#tip strong').textContent")}
    for key in ("ArrowUp",) * 3 + ("ArrowDown",) * 3:
        browser.press(key)
        seen.add(browser.evaluate("document.querySelector('#tip strong').textContent"))
    assert seen == {"imp", "random_reinit", "random_mask"}
    browser.press("Enter")
    assert browser.evaluate("document.getElementById('details').hidden") is False
    browser.press("Escape")
    assert browser.evaluate("document.getElementById('details').hidden") is True


def test_sources_and_targets_have_a_matrix_per_method(made_up, browser, tmp_path):
    names = [(("name", name),) for name in ("digits", "fashion_mnist")]
    for method in ("imp", "dense_at_k"):
        for source in names:
            for target in names:
                for seed in range(5):
                    choices = {"source": source, "target": target, "densities": (0.8,)}
                    made_up.write_curve(made_up.make_point(method, seed, 1, **choices))
    browser.open(page_of(read_curves(made_up.store), tmp_path / "d.html"))
    summaries = "[...document.querySelectorAll('#matrices summary')].map(e => e.textContent)"
    assert browser.evaluate(summaries) == ["imp at 80 %", "dense_at_k at 100 %"]
    heads = "[...document.querySelectorAll('#matrices th')].slice(0, 3)"
    assert browser.evaluate(f"{heads}.map(e => e.textContent)") == [
        "source", "digits", "fashion_mnist",
    ]  # fmt: skip
    assert browser.count("#matrices td small") == 2 * 4 * 2
    assert browser.text("#matrices td small:last-child").startswith("n = 5, ")
    panels = "[...document.querySelectorAll('#verdicts summary')].map(e => e.firstChild.data)"
    assert browser.evaluate(panels) == [
        "source digits",
        "source digits, target fashion_mnist",
        "source fashion_mnist, target digits",
        "source fashion_mnist",
    ]
    wins = "[...document.querySelectorAll('#matrices > .scroll td')].map(e => e.textContent)"
    assert browser.evaluate(wins)[:2] == ["imp − dense", "4"]
    assert browser.count("#chart circle.open") == 4
    assert browser.count("#chart line.dense") == 4
    assert browser.complaints == []


def test_without_transfer_the_page_has_no_matrices(made_up, browser, tmp_path):
    page = page_of(read_curves(made_up.fill(("imp",), seeds=1, levels=1)), tmp_path / "d.html")
    browser.open(page)
    assert browser.evaluate("document.getElementById('matrices').hidden") is True


def test_contrasts_and_the_primary_one_are_told(made_up, browser, tmp_path):
    made_up.fill(("imp", "random_mask"), seeds=5, levels=3, densities=(0.512,))
    made_up.declare(primary={"arm": {"method": "imp"}, "against": {"method": "random_mask"}})
    browser.open(page_of(read_curves(made_up.store), tmp_path / "d.html"))
    assert browser.text("#verdicts .primary").startswith("Primary contrast: imp − random_mask")
    text = browser.text("#verdicts")
    assert "imp − random_mask" in text and "One arm minus another" in text
    assert "the primary contrast is one test, named beforehand" in text
    assert browser.complaints == []


HOSTILE = """<img src=x onerror='window.ran=1'>"><svg onload=window.ran=1></script>{{data}}"""


def test_names_and_texts_of_a_store_are_never_run(made_up, browser, tmp_path, monkeypatch):
    """Those of datasets, models, methods, layers, columns, devices and errors."""
    monkeypatch.setattr(
        "tests.views.conftest.end_record",
        lambda *of: ClosingRecord.read(_spoiled(end_record(*of).stored())),
    )
    for seed in range(2):
        made_up.write_curve(made_up.make_point("imp", seed, levels=3))
    failed = made_up.make_point("random_mask", 0, levels=3)
    made_up.write_curve(failed, until=1)
    made_up.store.stage(failed.stages[2]).create({})
    made_up.store.stage(failed.stages[2]).fail(f"ValueError: {HOSTILE}", HOSTILE, HOSTILE)
    for path in made_up.store.points_dir.glob("*.json"):
        write_json(path, _spoiled(read_json(path)))
    curves = read_curves(made_up.store)
    assert len(curves) == 3
    page = page_of(curves, tmp_path / "d.html")
    for fragment in ("", *(f"#curve={curve.id}" for curve in curves)):
        browser.open(page, fragment)
        browser.evaluate(
            "document.querySelectorAll('details').forEach(part => part.open = true);"
            "document.querySelectorAll('.chip').forEach(chip => chip.click());"
        )
        assert "onerror" in browser.text("body")
        assert browser.evaluate("[window.ran === undefined, document.images.length]") == [True, 0]
        assert browser.count("svg svg, script script, [onload], [onerror]") == 0
        assert (browser.complaints, browser.requests) == ([], [])


def _spoiled(value: Any, key: str = "") -> Any:
    """The same with hostile names, and with hostile words for people."""
    told = ("name", "method", "device_name", "host", "commit", "kin", "nonlinearity")
    if isinstance(value, dict):
        told_here = (*told, *value) if key == "columns" else told
        names = {n: f"{n}{HOSTILE}" if key == "layers" else n for n in value}
        return {
            names[n]: f"{part}{HOSTILE}" if n in told_here and isinstance(part, str)
            else _spoiled(part, n)
            for n, part in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [f"{v}{HOSTILE}" if key in told and isinstance(v, str) else v for v in value]
    return value


def test_missing_failed_and_diverged_levels_are_told_in_words(made_up, browser, tmp_path):
    whole, failed, diverged = (made_up.make_point("imp", seed, levels=3) for seed in range(3))
    made_up.write_curve(whole)
    made_up.write_curve(failed, until=1)
    made_up.store.stage(failed.stages[2]).create({})
    made_up.store.stage(failed.stages[2]).fail("ValueError: </script><b>boom", "", "")
    made_up.write_curve(diverged, until=1)
    made_up.write_diverged(diverged, 2)
    page = page_of(read_curves(made_up.store), tmp_path / "d.html")
    browser.open(page, f"#curve={failed.id}")
    rows = browser.evaluate(
        "[...document.querySelectorAll('#details td.problem')].map(e => e.innerText)"
    )
    assert rows == ["failed: ValueError: </script><b>boom", "not run: level 2 failed"]
    listed = browser.evaluate("document.querySelector('#problems').textContent")
    assert "Levels without a result (4)" in listed
    assert "imp, seed 2, level 2: diverged" in listed
    assert "imp, seed 2, level 3: not run: level 2 diverged" in listed
    assert browser.count("#problems b") == 0
    assert browser.complaints == []


def test_curves_without_validation_show_no_panel_for_it(made_up, browser, tmp_path):
    made_up.fill(("imp",), seeds=2, levels=2)
    curves = [without_validation(curve) for curve in read_curves(made_up.store)]
    browser.open(page_of(curves, tmp_path / "d.html"), f"#curve={curves[0].id}&y=val_accuracy")
    options = "[...document.querySelector('#view select').options].map(o => o.value)"
    assert browser.evaluate(options) == [
        "test_accuracy", "train_accuracy", "test_loss", "train_loss", "live_density",
        "bits", "total_multiply_adds", "amortised_multiply_adds", "total_seconds",
    ]  # fmt: skip
    assert browser.evaluate("document.querySelector('#view select').value") == "test_accuracy"
    assert browser.count("#chart path.curve") > 0
    headings = "[...document.querySelectorAll('#details thead th')].map(e => e.textContent)"
    assert browser.evaluate(headings) == ["level", "weights", "live", "test"]
    assert "No validation was recorded." in browser.text("#details")
    assert "show loss" not in browser.text("#details")
    assert browser.complaints == []


def test_an_empty_store_says_so(browser, tmp_path):
    browser.open(page_of([], tmp_path / "d.html", 'a <title> & "more"'))
    assert browser.text("#chart text") == "no finished level yet"
    assert browser.text("h1") == 'a <title> & "more"'
    assert browser.complaints == []


def test_dark_mode_follows_the_system_and_the_button(made_up, browser, tmp_path):
    made_up.fill(("imp",), seeds=1, levels=2)
    page = page_of(read_curves(made_up.store), tmp_path / "d.html")
    background = "getComputedStyle(document.body).backgroundColor"
    colours = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=features)
        browser.open(page)
        colours.append((browser.evaluate(background), *strokes(browser)))
    assert colours[0] != colours[1]
    browser.evaluate("document.getElementById('theme').click()")
    assert (browser.evaluate(background), *strokes(browser)) == colours[0]


def test_a_phone_sees_the_whole_width(made_up, browser, tmp_path):
    made_up.fill(seeds=2)
    page = page_of(read_curves(made_up.store), tmp_path / "d.html")
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=740,
        deviceScaleFactor=2,
        mobile=True,
    )
    browser.open(page, f"#curve={made_up.make_point('imp', 0).id}")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 360
    assert browser.evaluate("document.getElementById('controls').open") is False
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_a_thousand_curves_are_drawn_and_filtered(made_up, browser, tmp_path):
    """How fast is measured in benchmarks/dashboard.py."""
    page = page_of(thousand(made_up), tmp_path / "d.html")
    assert page.stat().st_size < 8e6
    browser.open(page, "#show=curves")
    assert browser.count("#chart path.curve") == 1000
    browser.evaluate(FILTER_ONE_SEED)
    assert browser.count("#chart path.curve") == 100


def test_embedded_json_cannot_end_its_script_and_has_no_nan():
    packed = embedded({"a": "</script><!--\u2028", "b": float("nan"), "c": "NaN", "d": 1.5})
    assert "<" not in packed
    assert "\u2028" not in packed
    assert json.loads(packed) == {"a": "</script><!--\u2028", "b": None, "c": "NaN", "d": 1.5}


def thousand(made_up: Any) -> list[Curve]:
    """A thousand curves of 16 levels in memory, ten seeds of a hundred cells.

    Four cells are as planned, the others copies of them under another learning rate and name:
    planning a thousand takes seconds.
    """
    curves = []
    for method in ("imp", "random_reinit", "layerwise_permuted", "random_mask"):
        for seed in range(10):
            point = made_up.make_point(method, seed)
            levels = []
            for number, key in enumerate(point.stages):
                end = made_up.end_record(point, number)
                validation = Validations.of(made_up.validation_records(end, 20))
                levels.append(FinishedLevel(number, key, "trained", end=end, validation=validation))
            curves += [copied(Curve(point, levels), copy) for copy in range(25)]
    return sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))


def without_validation(curve: Curve) -> Curve:
    """The same curve as it is recorded with dataset.validation=0."""
    not_measured = ("val_accuracy", "val_loss", "val_accuracy_before", "early_stop_step")
    levels = []
    for level in curve.finished:
        known = {n: v for n, v in level.end.stored().items() if n not in not_measured}
        levels.append(replace(level, end=ClosingRecord.read(known), validation=Validations.of([])))
    return Curve(curve.point, levels)


def copied(curve: Curve, number: int) -> Curve:
    optimizer = {**curve.config["optimizer"], "lr": 0.01 * (1 + number)}
    point = curve.point.model_copy(
        update={
            "id": f"{curve.id}-{number}",
            "cell": f"{curve.cell}-{number}",
            "config": {**curve.config, "optimizer": optimizer},
            "stages": tuple(f"{level.key}-{number}" for level in curve.levels),
        }
    )
    return Curve(point, [replace(level, key=f"{level.key}-{number}") for level in curve.levels])


def choose(browser: Any, menu: int, value: str) -> None:
    browser.evaluate(
        f"(() => {{ const menu = document.querySelectorAll('#view select')[{menu}];"
        f" menu.value = '{value}'; menu.dispatchEvent(new Event('change')); }})()"
    )


def strokes(browser: Any) -> list[str]:
    return browser.evaluate(
        "[...new Set([...document.querySelectorAll('#chart path.curve')]"
        ".map(path => path.getAttribute('stroke')))]"
    )


def page_of(curves: list[Curve], path: Path, title: str = "made up") -> Path:
    panels = make_panels(curves)
    path.write_text(
        render(
            curves,
            panels,
            judge(panels),
            matrices(panels),
            title,
            primary=judge_primary(find_primary(panels)),
        ),
        encoding="utf-8",
    )
    return path


def press_chip(browser: Any, key: str, value: str) -> None:
    browser.evaluate(
        f"[...document.querySelectorAll('[data-key=\"{key}\"] .chip')]"
        f".find(chip => chip.firstChild.textContent === '{value}').click()"
    )
