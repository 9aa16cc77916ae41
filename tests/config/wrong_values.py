"""Wrong values of every kind of setting, and what each setting may be instead."""

COUNT = "must be a whole number of at least 1"
OR_AUTO = f"{COUNT}, or auto"
OR_NULL = f"{COUNT}, or null"
FROM_ZERO = "must be a whole number of at least 0"
SEED = "must be a whole number from 0 to 2147483647"
LEVELS = "must be a whole number from 0 to 200"
POSITIVE = "must be a number greater than 0"
FINITE = "must be a finite number greater than 0"
BELOW_ONE = "must be a number of at least 0 and less than 1"
SHARE = "must be a number from 0 to 1, or null"
STEPS = "must be optimizer steps such as 500it or epochs such as 1ep"
SOME_STEPS = f"{STEPS}, at least one"
WARMUP = (
    "must be optimizer steps such as 500it, epochs such as 1ep or a fraction of the training such "
    "as 0.08"
)
YES_NO = "must be true or false"
DIRECTORY = "must be a directory"
NAME = "must be a name of letters, digits and the characters _ . + -"
PROJECT = "must be a name of at most 128 characters, none of them one of / \\ # ? % :"
FUNCTION = "must be the dotted name of a function such as package.module.function"
LISTED = "must be a list of values in brackets, each"
DENSITIES = f"{LISTED} a number greater than 0 and at most 1"
SETTINGS = "must be settings with a value each, such as {method: imp}"
CONTRAST = (
    "a contrast such as {arm: {method: imp}, against: {method: random_reinit}}, with density and "
    "where if wanted"
)
LAYERS = "must be patterns of layers with a fraction each, or half, or null"
CLUSTER_NAME = "must be a name that the cluster knows, or null"
BETAS = f"must be a list of 2 values in brackets, each {BELOW_ONE.removeprefix('must be ')}"

# the choices, the setting, its wrong values as they are typed, and what is told of each
WRONG_VALUES = [
    ("", "batch_size", "0x10 inf 64it [64] {a:1} null true -3", COUNT),
    ("", "levels", "null [1,2] 201 true inf nan abc -1", LEVELS),
    ("", "seed", "2147483648 null [0,1] abc true 0.5", SEED),
    ("", "precision", "fp16 32 null [fp32]", "must be fp32 or bf16"),
    ("", "strategy", "fast null 1", "must be auto, by_density, stacked, sparse or loop"),
    ("", "norm_statistics", "batch null 0", "must be running or recalibrated"),
    ("", "jobs", "0 1.5 many null", OR_AUTO),
    ("", "pack", "0 -1 inf null", OR_AUTO),
    ("", "device", "cpu:0 cuda:7 gpu null", "must be auto, cpu or cuda"),
    ("", "wait", "maybe null [true]", f"{YES_NO}, or auto"),
    ("", "keep", "everything null true", "must be needed or all"),
    ("", "store", "null [a] {a:b} true 1.5", DIRECTORY),
    ("", "data_dir", "null [a] true", DIRECTORY),
    ("", "checkpoint_seconds", "-1 abc null true", "must be a number of at least 0"),
    ("", "checkpoint_seconds", "inf nan", "must be a finite number of at least 0"),
    ("", "target_batch_size", "0 abc 1.5", OR_NULL),
    ("", "ticket", "[a] true {a:b}", "must be a file, or null"),
    ("", "optimizer.lr", "[0.1] {a:0.1} null 1it 0 -0.5 true", POSITIVE),
    ("", "optimizer.lr", "inf nan -inf", FINITE),
    ("", "optimizer.momentum", "-1 1 2 null abc", BELOW_ONE),
    ("", "optimizer.nesterov", "maybe 2 null [true]", YES_NO),
    ("", "optimizer.weight_decay", "-1 abc null", "must be a number of at least 0"),
    ("", "optimizer.name", "../x .. . .x -x a/b null [a]", NAME),
    ("", "optimizer._target_", "null 1 [a] {a:b}", FUNCTION),
    ("optimizer=adam", "optimizer.betas", "0.9 [0.9] [0.9,0.99,0.999] [1,1] null", BETAS),
    ("optimizer=adam", "optimizer.eps", "0 -1 null abc", POSITIVE),
    ("", "schedule.length", "null 10 -1ep 1EP 0it 1.5ep", SOME_STEPS),
    ("", "schedule.warmup", "-0.1 1.0 abc null true", WARMUP),
    ("", "schedule.validate_every", "0it null 5", SOME_STEPS),
    ("", "reset.step", "null 0 1.5ep 1ep2 9999999999999999999it", STEPS),
    ("", "reset.schedule", "rewind null", "must be resume or restart"),
    ("", "reset.optimizer", "kept null", "must be fresh or snapshot"),
    ("", "transfer.head", "null new", "must be auto, fresh or source"),
    ("", "transfer.norm", "null new", "must be keep, reset_stats or reinit"),
    ("", "init.scale", "0 -1 abc null true", POSITIVE),
    ("", "init.scale", "nan inf", FINITE),
    ("", "init.bias", "one null", "must be zero or torch"),
    ("", "init.output", "one null", "must be same or torch"),
    ("", "init.rescale", "some null", "must be none, count, count_unit, energy or redraw"),
    ("", "init.rescale_where", "there null", "must be final or ladder"),
    ("", "model.hidden", "[0] [-1] [1.5] [a] null 300", f"{LISTED} a whole number of at least 1"),
    (
        *("", "model.prunable", "some [] [1] null"),
        "must be auto, or a list of one or more values in brackets, each text",
    ),
    ("model=resnet20", "model.width", "0 abc null 1.5", COUNT),
    ("", "pruning.fraction", "null 1 0 [0.2] true abc", f"{POSITIVE} and less than 1"),
    ("", "pruning.scope", "local null", "must be global or layerwise"),
    ("", "pruning.rounds", "0 1.5 null", COUNT),
    ("", "pruning.score_per_class", "0 all null", COUNT),
    ("", "pruning.output_fraction", "1 -1 abc", f"{BELOW_ONE}, or null"),
    ("", "pruning.layers", "{} [] abc {fc1*:2} {fc1*:third} {1:0.5}", LAYERS),
    ("", "dataset.mean", "abc 0.5 {a:1}", f"{LISTED} a number, or null"),
    ("", "dataset.std", "[0] [-1] 0.5", f"{LISTED} a number greater than 0, or null"),
    ("", "dataset.white", "0 null abc", POSITIVE),
    ("", "dataset.flip", "maybe 2 null", YES_NO),
    ("", "dataset.crop", "-1 1.5 null", FROM_ZERO),
    ("", "dataset.kin", "digits [a/b] [..]", f"{LISTED} {NAME.removeprefix('must be ')}"),
    ("", "dataset.split_seed", "-1 abc null", SEED),
    ("", "dataset.validation", "null all 1.5 -1", FROM_ZERO),
    ("", "dataset.examples", "0 all 1.5", OR_NULL),
    ("", "dataset.per_class", "0 all 1.5", OR_NULL),
    (
        *("", "dataset.classes", "[-1,2] [a,b] [0.5,1] [true,false] 3"),
        f"{LISTED} a whole number of at least 0, or null",
    ),
    ("", "dataset.half", "A c [a] 1", "must be a or b, or null"),
    ("", "dataset.name", ".. . null ../x", NAME),
    ("", "method.mask", "1 [a] {a:b}", f"{FUNCTION}, or null"),
    ("method=rigl", "method.until", "2 -1 abc true", SHARE),
    ("method=rigl", "method.every_at_most", "-1 2", SHARE),
    ("method=rigl", "method.every", "0it 5", f"{SOME_STEPS}, or null"),
    ("method=rigl", "method.start", "null dense", "must be erk or uniform"),
    ("", "report.delta", "0 -1 abc null", POSITIVE),
    ("", "report.delta", "inf nan", FINITE),
    ("", "report.densities", "0.5 [0] [1.5] [-0.1] [abc] null", DENSITIES),
    (
        *("", "report.arms", "method []"),
        "must be a list of one or more values in brackets, each text",
    ),
    ("", "report.compare", "[method] 1 {a:b}", "must be text, or null"),
    ("", "report.primary", "contrast 1", f"must be {CONTRAST}, or null"),
    (
        "",
        "report.contrasts",
        "contrast [1] 1",
        f"must be a list in brackets, each {CONTRAST}, or null",
    ),
    ("", "report.tuned", "optimizer.lr [1] null", f"{LISTED} text"),
    ("", "report.split", "train null", "must be test or validation"),
    ("", "report.linear", "maybe 2 null", YES_NO),
    ("", "report.question", "1 [a] {a:1}", "must be text, or null"),
    ("logger=wandb", "logger.mode", "live null", "must be auto, offline, online or disabled"),
    ("logger=wandb", "logger.project", "null [a] us/tickets what? 50%", PROJECT),
    ("logger=wandb", "logger.entity", "[a] --x us/tickets a:b", f"{NAME}, or null"),
    (
        "",
        "action",
        "null Plan [plan]",
        "must be plan, submit, status, logs, retry, cancel or report",
    ),
    ("", "cluster.name", "foo null", "must be debug, local or slurm"),
    ("", "cluster.cores", "0 all 1.5", OR_NULL),
    ("cluster=slurm", "cluster.partition", "1 [a]", CLUSTER_NAME),
    ("cluster=slurm", "cluster.minutes", "0 abc null", COUNT),
    ("cluster=slurm", "cluster.mem_gb", "0 -1 abc", f"{POSITIVE}, or null"),
    ("cluster=slurm", "cluster.gpus_per_job", "-1 1.5 null", FROM_ZERO),
    ("cluster=slurm", "cluster.array_parallelism", "0 all", OR_NULL),
    ("cluster=slurm", "cluster.setup", "module [1] null", f"{LISTED} text"),
]

# the choices and values of settings that are each right, and not together or not here
WRONG_SETTINGS = {
    "report.arms=[method,method]": ["report: arms names method twice; leave one of them out"],
    "report.densities=[0.5,0.3,0.5]": ["report: densities names 0.5 twice; leave one of them out"],
    "report.tuned=[optimizer.lr,optimizer.lr]": [
        "report: tuned names optimizer.lr twice; leave one of them out"
    ],
    "report.contrasts=[{arm:{method:imp},against:{method:dense}},"
    "{arm:{method:imp},against:{method:dense}}]": [
        "report: contrasts names entry 1 twice; leave one of them out"
    ],
    **{
        f"report.arms=[{name}]": [
            f"report.arms: {name} is no setting that arms can differ in; an arm is made of "
            "settings, or of groups of them, such as method or init.scale"
        ]
        for name in ("seed", "store", "report.delta", "jobs", "cluster.name", "foo")
    },
    **{
        f"report.compare={name}": [
            f"report.compare: {name} is no setting that curves can differ in; name settings, such "
            "as init.scale, or groups that have a name, such as method or dataset"
        ]
        for name in ("seed", "store", "report.delta", "jobs", "foo")
    },
    "report.primary={arm:{method:imp},against:{method:dense},where:{}}": [
        f"report.primary.where={{}} {SETTINGS}, or null"
    ],
    "report.primary={arm:1}": [
        f"report.primary.arm=1 {SETTINGS}",
        f"report.primary.against is missing; it {SETTINGS}",
    ],
    **{
        f"{name}='~nobody-here/x'": [
            f"{name}: ~nobody-here/x begins with a home directory that is unknown here; write the "
            "whole path"
        ]
        for name in ("store", "data_dir", "ticket")
    },
    "optimizer={lr:-1}": [f"optimizer.lr=-1 {POSITIVE}"],
    "optimizer={rate:1}": [
        "optimizer.rate is not a setting; optimizer=sgd has lr, momentum, nesterov and weight_decay"
    ],
    "cluster=slurm cluster.sbatch={output:x}": ["cluster.sbatch: output is set by ltsweep itself"],
    "pruning={scope:all}": ["pruning.scope=all must be global or layerwise"],
}
