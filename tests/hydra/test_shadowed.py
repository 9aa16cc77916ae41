"""A choice that two folders offer is told, with the file that counts."""

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from ltsweep.hydra.compose import Composer
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.shadowed import shadowed

from ..points import CONF


def told(folder, *lines):
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        composer = Composer(loader, "config", (f"hydra.searchpath=[file://{folder}]",))
        given = composer.parse(lines)
        conf = SelectionConf.of(composer.compose([]).hydra.sweeper)
        return list(shadowed(conf, given, composer))


def test_the_file_that_counts_is_named(tmp_path):
    folder = tmp_path / "pruning"
    twice, once = folder / "magnitude_layerwise.yaml", folder / "mine.yaml"
    folder.mkdir()
    for path in (twice, once):
        path.write_text((CONF / "pruning" / "magnitude_layerwise.yaml").read_text())
    sentence = f"pruning=magnitude_layerwise is {CONF / 'pruning' / twice.name}, and not {twice}"
    assert told(tmp_path, "pruning=magnitude_layerwise") == [sentence]
    assert told(tmp_path, "pruning=mine,magnitude_layerwise", "seed=0,1") == [sentence]
    assert told(tmp_path, "pruning=mine") == told(tmp_path) == []
