"""The pictures of the page: those of the reports, with fewer colours."""

from PIL import Image, ImageChops, ImageStat

from ltsweep.views.results.write import write_results

from .conftest import ORIGINS, fill


def test_they_look_the_same_have_the_same_caption_and_take_half_of_the_bytes(made_up, tmp_path):
    fill(made_up, "small", ("imp", "random_mask"), seeds=2)
    write_results(made_up.store, tmp_path, ORIGINS.get)
    files = made_up.store.reports_dir / "small" / "curves.png", tmp_path / "results" / "small.png"
    whole, own = map(Image.open, files)
    assert own.info["Description"] == whole.info["Description"]
    difference = ImageChops.difference(own.convert("RGB"), whole.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 2  # of 255
    assert 2 * files[1].stat().st_size < files[0].stat().st_size
    first = files[1].read_bytes()
    write_results(made_up.store, tmp_path, ORIGINS.get)
    assert files[1].read_bytes() == first
