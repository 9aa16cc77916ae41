"""Submissions to a made-up Slurm that takes some jobs, refuses others, hangs or talks nonsense."""

import re
from pathlib import Path

import pytest

from ltsweep.foundations import squeue
from ltsweep.foundations.errors import RequestError
from ltsweep.launch.engine import Outcome
from ltsweep.launch.slurm import sbatch
from ltsweep.launch.slurm.submit import Queued

from ...canary import set_secrets, telling
from ...slurm_made_up import HANGS, REFUSED, MadeUpSlurm
from .conftest import ONE, SEEDS, Launcher, hurry

pytestmark = pytest.mark.process
CHAIN = (*ONE, "cluster.levels_per_job=1")  # two jobs, the second behind the first
LIMIT = (
    "sbatch refused a job: QOSMaxSubmitJobPerUserLimit; Batch job submission failed: Job violates "
    "accounting/QOS policy (job submit limit, user's size and/or time limits)"
)


def test_all_jobs_are_one_array(launcher: Launcher, cluster: MadeUpSlurm) -> None:
    assert launcher.submit() == Queued(refused=0)
    assert cluster.queue() == launcher.recorded() == [f"100_{task}" for task in range(SEEDS)]
    assert launcher.said[1].startswith("submitted 16 stages in 8 jobs: 100")
    assert launcher.claimed() == 2 * SEEDS


def test_no_secret_of_the_environment_is_written_down(
    launcher: Launcher, cluster: MadeUpSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jobs have the environment from Slurm, and it is nobody else's business."""
    set_secrets(tmp_path, monkeypatch)
    assert launcher.submit("logger=wandb", axes=ONE) == Queued(refused=0)
    assert len(cluster.scripts()) == 1
    assert telling(launcher.store.root) == []


def test_what_is_refused_half_way_is_told_and_what_was_queued_stays(
    launcher: Launcher, cluster: MadeUpSlurm
) -> None:
    """The array of eight goes beyond the limit of five: what fits is submitted."""
    cluster.write("limit", "5")
    outcome = launcher.submit()
    assert outcome == Queued(refused=3) and outcome.exit_code == 1
    assert cluster.queue() == launcher.recorded() and len(cluster.queue()) == 5
    assert launcher.said[2] == (
        f"{LIMIT}: 6 stages in 3 jobs are not submitted; the same command submits them when places "
        "have become free, and wait=true waits for that"
    )
    squeue._queue.cache_clear()
    assert launcher.claimed() == 2 * 5, "the rest is anybody's"
    cluster.write("limit", "1000")
    assert launcher.submit() == Queued(refused=0)
    assert cluster.queue() == launcher.recorded() and len(cluster.queue()) == SEEDS


def test_with_wait_the_rest_is_fed_as_places_become_free(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write("limit", "5")
    counts = []

    def sleep(seconds: float) -> None:
        counts.append(len(cluster.queue()))
        cluster.end(2)

    hurry(monkeypatch, sleep)
    outcome = launcher.submit("wait=true")
    assert isinstance(outcome, Outcome) and outcome.unfinished == 2 * SEEDS  # nobody ran the jobs
    assert counts[:3] == [5, 5, 4] and len(launcher.recorded()) == SEEDS
    assert any(line.startswith(f"0/{2 * SEEDS} stages done, 0 running") for line in launcher.said)
    assert launcher.said[2] == (
        f"{LIMIT}: 6 stages in 3 jobs are not submitted yet; they are as places become free"
    )
    assert [line for line in launcher.said if "more jobs" in line] == [
        "submitted 2 more jobs; 1 are left",
        "submitted 1 more jobs; none is left",
    ]


def test_jobs_that_were_fed_wait_for_none_that_slurm_has_forgotten(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write("limit", "1")
    hurry(monkeypatch, lambda seconds: cluster.end(1))
    launcher.submit("wait=true", axes=CHAIN)
    dense, reinit = cluster.scripts()
    assert len(launcher.recorded()) == 2 and "--dependency" not in reinit + dense


def test_nobody_waits_for_places_that_no_job_will_leave(
    launcher: Launcher, cluster: MadeUpSlurm
) -> None:
    """The limit of others, or of none: no job of this user is in the queue."""
    cluster.write("limit", "0")
    with pytest.raises(RequestError) as refused:
        launcher.submit("wait=true")
    assert refused.value.problems == [LIMIT]
    assert launcher.launches() == [] and launcher.claimed() == 0


def test_a_user_whose_other_jobs_fill_the_queue_waits_for_places(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write("limit", "1")
    cluster.write("queue", "99|RUNNING|/another/script.sh\n")
    hurry(monkeypatch, lambda seconds: cluster.end(1))
    launcher.submit("wait=true", axes=CHAIN)
    assert launcher.said[1].endswith("are not submitted yet; they are as places become free")
    assert len(launcher.recorded()) == 2


def test_what_is_refused_for_good_half_way_is_not_tried_for_ever(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write("refusal.later", "sbatch: error: Invalid account\n")
    cluster.write("behind", "mv refusal.later refusal")
    hurry(monkeypatch, lambda seconds: cluster.end(1))
    outcome = launcher.submit("wait=true", axes=CHAIN)
    assert isinstance(outcome, Outcome) and outcome.exit_code == 1
    assert launcher.said[2] == (
        "sbatch refused a job: Invalid account: 1 stages in 1 jobs are not submitted; the same "
        "command submits what is left"
    )


@pytest.mark.parametrize("nodes", ["up|idle\n", "up|idle~\nup|allocated\n"])
def test_what_no_node_can_run_is_refused_before_anything_is_queued(
    launcher: Launcher, cluster: MadeUpSlurm, nodes: str
) -> None:
    cluster.write("never", "Requested node configuration is not available")
    cluster.write("nodes", nodes)
    with pytest.raises(RequestError) as refused:
        launcher.submit("cluster.gpus_per_job=9", "cluster.partition=gpu", axes=ONE)
    assert refused.value.problems == [
        "sbatch refuses such jobs: Requested node configuration is not available; they ask for "
        "cluster.partition=gpu, cluster.gpus_per_job=9, cluster.cpus_per_job=1, cluster.minutes=240"
    ]
    assert cluster.queue() == [] and launcher.launches() == [] and launcher.claimed() == 0


@pytest.mark.parametrize("nodes", ["up|drained\n", "up|idle*\n", "down|idle\n"])
def test_while_nodes_are_down_slurm_may_queue_what_it_cannot_run_yet(
    launcher: Launcher, cluster: MadeUpSlurm, nodes: str
) -> None:
    """sbatch --test-only says the same of a node that is drained as of one that does not exist."""
    cluster.write("never", "Requested node configuration is not available")
    cluster.write("nodes", nodes)
    assert launcher.submit(axes=ONE) == Queued(refused=0)


def test_sbatch_that_hangs_is_told_in_time(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sbatch, "SUBMIT_SECONDS", 0.3)
    (cluster.folder / "sbatch").write_text(f"#!/bin/sh\n[ $1 = --test-only ] || {HANGS}\n")
    with pytest.raises(RequestError) as refused:
        launcher.submit()
    assert refused.value.problems == [
        "sbatch did not answer within 0.3 seconds; it may have queued jobs, which squeue --me "
        "would show: they do their stages unless others have them by then"
    ]
    assert launcher.claimed() == 0 and len(launcher.launches()) == 1


@pytest.mark.parametrize("behind", ["exec sleep 60", "echo '<html>502</html>'; exit 0"])
def test_an_array_is_found_whose_id_sbatch_does_not_tell(
    launcher: Launcher,
    cluster: MadeUpSlurm,
    monkeypatch: pytest.MonkeyPatch,
    behind: str,
) -> None:
    monkeypatch.setattr(sbatch, "SUBMIT_SECONDS", 1.0)
    cluster.write("behind", behind)
    assert launcher.submit() == Queued(refused=0)
    assert cluster.queue() == launcher.recorded() == [f"100_{task}" for task in range(SEEDS)]


def test_a_controller_without_places_is_a_limit(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At MaxJobCount sbatch itself sleeps and tries again, for minutes."""
    monkeypatch.setattr(sbatch, "SUBMIT_SECONDS", 0.5)
    cluster.write("queue", "99|RUNNING|/another/script.sh\n")
    said = "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying"
    (cluster.folder / "sbatch").write_text(
        f"#!/bin/sh\n[ $1 = --test-only ] || {{ echo '{said}' >&2; {HANGS}; }}\n"
    )
    with pytest.raises(RequestError) as refused:
        launcher.submit(axes=ONE)
    assert refused.value.problems == [
        "sbatch did not answer within 0.5 seconds: Slurm temporarily unable to accept job, "
        "sleeping and retrying: 2 stages in 1 jobs are not submitted; the same command submits "
        "them when places have become free, and wait=true waits for that"
    ]


def test_signs_of_patterns_in_the_path_are_no_patterns(
    tmp_path: Path, cluster: MadeUpSlurm
) -> None:
    Launcher(tmp_path / "100%j of %A").submit(axes=ONE)
    (script,) = cluster.scripts()
    log = re.escape(f"{tmp_path}/100%%j of %%A/store/launches/") + r"\S+/logs/"
    assert re.search(rf"#SBATCH --output='{log}%j_0_log.out'", script)
    assert re.search(rf"srun .*--output '{log}%j_%t_log.out'", script)


def test_jobs_have_the_name_that_the_user_gives(launcher: Launcher, cluster: MadeUpSlurm) -> None:
    launcher.submit("cluster.job_name=lottery", axes=ONE)
    launcher.submit(axes=("seed=1", "jobs=1"))
    named, usual = [re.findall(r"--job-name=(\S+)", script) for script in cluster.scripts()]
    assert named == ["lottery"]
    assert usual[0] in {f"ltsweep-{launch.name}" for launch in launcher.launches()}


def test_the_message_of_a_limit_is_that_of_slurm() -> None:
    assert sbatch._FOR_NOW.search(REFUSED) and not sbatch._FOR_NOW.search("Requested time limit")
