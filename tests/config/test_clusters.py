"""The settings of the clusters: each kind has its own, and wrong ones are told in a sentence."""

import pytest

from ltsweep.config.clusters import Debug, Local, Slurm, Training

from ..points import request

WHOLE = "must be a whole number of at least 1"


def test_each_cluster_has_settings_of_its_own() -> None:
    kinds = [type(request(f"cluster={name}").run.cluster) for name in ("local", "debug", "slurm")]
    assert kinds == [Local, Debug, Slurm]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("cluster.minutes=0",), f"cluster.minutes=0 {WHOLE}"),
        (("cluster.levels_per_job=x",), f"cluster.levels_per_job=x {WHOLE}, or null"),
        (("~cluster.minutes",), f"cluster.minutes is missing; it {WHOLE}"),
        (
            ("cluster.partition='a b'",),
            "cluster.partition=a b must be a name that the cluster knows, or null",
        ),
        (
            ("cluster.setup=hello",),
            "cluster.setup=hello must be a list of values in brackets, each text",
        ),
        (("cluster.name=foo",), "cluster.name=foo must be debug, local or slurm"),
        (
            ("+cluster.sbatch.gres='gpu:1'",),
            "cluster.sbatch: GPUs are asked for by cluster.gpus_per_job and cluster.gpu_type",
        ),
        (("+cluster.sbatch.mem=3",), "cluster.sbatch: mem is set by cluster.mem_gb"),
        (("+cluster.sbatch.job_name=a",), "cluster.sbatch: job-name is set by cluster.job_name"),
        (
            ("cluster.job_name='my sweep'",),
            "cluster.job_name=my sweep must be a name without spaces and commas, or null",
        ),
        (("+cluster.sbatch.array=1-3",), "cluster.sbatch: array is set by ltsweep itself"),
        (
            ("+cluster.sbatch.exclude=[a,b]",),
            "cluster.sbatch={exclude:[a,b]} must be options of sbatch with one value each, such as "
            "{exclude: node7}",
        ),
    ],
)
def test_a_wrong_setting_of_slurm_is_told(lines: tuple[str, ...], problem: str) -> None:
    assert request("cluster=slurm", *lines).problems == [problem]


def test_a_setting_that_another_cluster_has_is_refused() -> None:
    (problem,) = request("cluster=slurm", "+cluster.cores=2").problems
    assert problem.startswith("cluster.cores is not a setting; cluster=slurm has partition, ")
    assert request("cluster=debug", "+cluster.cores=2").problems == [
        "cluster.cores is not a setting; cluster=debug has none"
    ]


def test_sbatch_options_are_spelled_as_sbatch_does() -> None:
    run = request("cluster=slurm", "+cluster.sbatch={mail_type:END,--exclusive:true}").run
    assert isinstance(run.cluster, Slurm)
    assert run.cluster.sbatch == {"mail-type": "END", "exclusive": True}


@pytest.mark.parametrize(
    ("lines", "workers"),
    [((), 1), (("cluster.cpus_per_job=4",), 4), (("cluster.gpus_per_job=2",), 2)],
    ids=["a core", "a worker for each core", "a worker for each GPU"],
)
def test_a_job_has_a_worker_for_each_gpu_or_core(lines: tuple[str, ...], workers: int) -> None:
    cluster = request("cluster=slurm", *lines).run.cluster
    assert isinstance(cluster, Slurm) and cluster.workers == workers


def test_a_rule_gives_some_trainings_other_resources() -> None:
    rules = (
        "cluster.per_stage=[{when:{model:resnet20},set:{gpus_per_job:1,minutes:600}},"
        "{when:{dense:true,precision:bf16},set:{minutes:30,sbatch:{mail_type:END}}}]"
    )
    cluster = request("cluster=slurm", "cluster.partition=long", rules).run.cluster
    assert isinstance(cluster, Slurm)
    for training, expected in (
        (Training("digits", "conv2", "bf16", dense=False), ("long", 0, 240, {})),
        (Training("digits", "conv2", "fp32", dense=True), ("long", 0, 240, {})),
        (Training("digits", "conv2", "bf16", dense=True), ("long", 0, 30, {"mail-type": "END"})),
        (Training("digits", "resnet20", "fp32", dense=True), ("long", 1, 600, {})),
        (
            Training("cifar10", "resnet20", "bf16", dense=True),
            ("long", 1, 30, {"mail-type": "END"}),
        ),
    ):
        found = cluster.resources(training)
        asked = (found.partition, found.gpus_per_job, found.minutes, found.sbatch)
        assert asked == expected


def test_a_rule_may_name_where_tickets_come_from_and_go_to() -> None:
    rules = (
        "cluster.per_stage=[{when:{dataset:mnist},set:{minutes:1}},"
        "{when:{target:mnist},set:{minutes:2}},{when:{source:digits},set:{minutes:3}},"
        "{when:{source:digits,target:mnist},set:{minutes:4}}]"
    )
    cluster = request("cluster=slurm", "cluster.minutes=9", rules).run.cluster
    assert isinstance(cluster, Slurm)
    for dataset, source, minutes in (
        ("digits", None, 9),
        ("mnist", None, 1),
        ("mnist", "kmnist", 2),
        ("kmnist", "digits", 3),
        ("mnist", "digits", 4),
    ):
        target = None if source is None else dataset
        training = Training(dataset, "conv2", "fp32", False, source, target)
        assert cluster.resources(training).minutes == minutes


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            "{when:{model:conv2},set:{minutes:-3}}",
            "cluster: rule 1 of per_stage: minutes=-3 must be a whole number of at least 1",
        ),
        (
            "{when:{model:conv2},set:{minute:3}}",
            "cluster: minute is not a setting (did you mean minutes?); the set of rule 1 of "
            "per_stage has partition, account,",
        ),
        (
            "{when:{modle:conv2},set:{minutes:3}}",
            "cluster.per_stage=[{when:{modle:conv2},set:{minutes:3}}] must be a list of rules such "
            "as {when:{model:resnet20},set:{gpus_per_job:1}}; when names dataset, source, target, ",
        ),
    ],
    ids=["value", "resource", "condition"],
)
def test_a_wrong_rule_is_told(rule: str, problem: str) -> None:
    (told,) = request("cluster=slurm", f"cluster.per_stage=[{rule}]").problems
    assert told.startswith(problem)
