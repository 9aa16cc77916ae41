"""Wrong command lines and what is told about them."""

from ..points import any_of

STEPS = "optimizer steps such as 500it or epochs such as 1ep"
WARMUP = (
    "optimizer steps such as 500it, epochs such as 1ep or a fraction of the training such as 0.08"
)
SGD = "optimizer=sgd has lr, momentum, nesterov and weight_decay"
ADAM = "optimizer=adam has lr, betas, eps and weight_decay"
SEEDS = "a whole number from 0 to 2147483647"
METHODS = f"choose {any_of('method')}"
DATASETS = f"choose {any_of('dataset')}"
INITS = any_of("init")
SIZES = "source, target or height and width in pixels such as 14x14, or null"
NO_NAME = "is not GROUP=NAME or KEY=VALUE: a name stands right before the equals sign"
NINES = 5000 * "9"
TOO_LONG = "has a number of more than 4300 digits"
TOO_DEEP = "for pruning.fraction={} and model=lenet_300_100 on digits: level {}"

# what is typed: the sentences; a sentence that ends in ... is only a beginning
WRONG = {
    # names
    "dataset=foo": [f"dataset=foo is unknown; {DATASETS}"],
    "model=lenet": [
        f"model=lenet is unknown (did you mean lenet_300_100?); choose {any_of('model')}"
    ],
    "optimizer=sdg": [
        f"optimizer=sdg is unknown (did you mean sgd?); choose {any_of('optimizer')}"
    ],
    "-m method=imp,random": [f"method=random is unknown (did you mean random_mask?); {METHODS}"],
    "experiment=quickstar": [
        f"experiment=quickstar is unknown (did you mean quickstart?); choose {any_of('experiment')}"
    ],
    "pruning=foo init=foo reset=foo cluster=foo logger=foo": [
        f"{group}=foo is unknown; choose {any_of(group)}"
        for group in ("pruning", "init", "reset", "cluster", "logger")
    ],
    "init@control_init=foo": [f"init@control_init=foo is unknown; choose {INITS}"],
    "init@target_init=xavier_normal": ["init@target_init is unknown..."],
    "control_init=xavier_normal": [
        "control_init=xavier_normal: choose it as init@control_init=NAME, NAME being " + INITS
    ],
    "dataset@target=foo": [f"dataset@target=foo is unknown; {DATASETS}"],
    "target=mnist": ["target=mnist: choose it as dataset@target=NAME, NAME being ..."],
    "target.hlf=a": ["target.hlf is not a setting (did you mean target.half?); dataset=digits..."],
    "target.half=c": ["target.half=c must be a or b, or null"],
    "'target.classes=[]'": [
        "target.classes=[] must list two classes of digits or more, or be null for all of them"
    ],
    "'target.classes=[3,12]'": ["target.classes=[3,12]: digits has no class 12, only 0 to 9"],
    "target.half=a target.validation=652": [
        "target.validation=652 must be less than 652, the number of training images of digits "
        "with target.half that it is taken from"
    ],
    "target.half=b target.per_class=100": [
        "target.per_class=100 must be at most 48, the number of training images of digits with "
        "target.half in class 1 without its validation images, or null"
    ],
    "target.half=a batch_size=600": [
        "batch_size=600 must be at most 522, the number of training examples of "
        "dataset@target=digits"
    ],
    "'target.classes=[0,1,2]' transfer.head=source": [
        "transfer.head=source needs as many classes: digits has 10 and digits[0-2] 3; "
        "transfer.head=fresh draws a head for each"
    ],
    "target_schedule.lenght=9it": [
        "target_schedule.lenght is not a setting (did you mean target_schedule.length?); ..."
    ],
    "transfer.head=new": ["transfer.head=new must be auto, fresh or source"],
    # tickets from files
    "ticket=no.safetensors": ["ticket=no.safetensors: there is no such file"],
    "ticket=": ["ticket= must be a file, or null"],
    "ticket=/etc": ["ticket=/etc cannot be read: Is a directory"],
    "ticket=/etc/passwd": [
        "ticket=/etc/passwd is no ticket, or not a whole one: write it with `ltsweep ticket "
        "export`, or copy it again"
    ],
    "ticket=no.safetensors dataset@target=digits target_batch_size=9": [
        "ticket=no.safetensors is trained on what dataset=, optimizer=, schedule= and batch_size= "
        "say, since nothing else is trained; leave out target and target_batch_size",
        "ticket=no.safetensors: there is no such file",
    ],
    "ticket=no.safetensors levels=1,5": [
        "levels=5: a ticket from a file has no levels but 0, the dense training, and 1, its mask; "
        "leave levels out",
        "ticket=no.safetensors: there is no such file",
    ],
    "ticket=no.safetensors method=imp,trained": [
        "method=trained asks for ended, which ticket=no.safetensors does not hold; choose ...",
        "ticket=no.safetensors: there is no such file",
    ],
    "+dataset=mnist": ["+dataset=mnist: dataset is chosen already; write it without +"],
    "~dataset": ["dataset is missing; choose a section of settings by its name"],
    "dataset=null": [f"dataset=null is unknown; {DATASETS}"],
    **{
        f"dataset={path}": [f"dataset={path} is unknown; {DATASETS}"]
        for path in (
            "../dataset/mnist",
            "/etc/passwd",
            "../../etc/passwd",
            "a//b",
        )
    },
    "experiment=../experiment/reset": ["experiment=../experiment/reset is unknown; choose ..."],
    "'dataset={rotate:1}'": ["dataset.rotate is not a setting; dataset=digits has flip, crop..."],
    "experiment=null": ["experiment=null can be left out, or written ~experiment"],
    # keys
    "optimizer.lrr=0.1": [f"optimizer.lrr is not a setting (did you mean optimizer.lr?); {SGD}"],
    "levls=4": ["levls is not a setting (did you mean levels?); the configuration has batch_si..."],
    "optimizer=sgd,adam optimizer.momentum=0.9": [f"optimizer.momentum is not a setting; {ADAM}"],
    "optimizer=adam +optimizer.momentum=0.9": [f"optimizer.momentum is not a setting; {ADAM}"],
    "optimizer.lr.decay=1": ["optimizer.lr.decay is not a setting: optimizer.lr has none"],
    "+foo=1": ["foo is not a setting; the configuration has batch_size..."],
    "~optimizer.foo": [f"optimizer.foo is not a setting; {SGD}"],
    "control_init.scale=1,2": [
        "control_init.scale is not a setting: control_init has none until it is chosen by "
        "init@control_init=NAME"
    ],
    "quickstart": [
        "'quickstart' is neither GROUP=NAME nor KEY=VALUE (did you mean experiment=quickstart?)"
    ],
    "go": ["'go' is neither GROUP=NAME nor KEY=VALUE"],
    "store=a=b": ["store=a=b cannot be read (mismatched input '=' expecting <EOF>); special..."],
    "seed=range(0,3": ["seed=range(0,3 cannot be read (..."],
    "'store=~/x' 'data_dir=~/y'": [
        f"{name} cannot be read: ~ needs quotes of its own ($HOME does not), as in '{quoted}'"
        for name, quoted in (("store=~/x", 'store="~/x"'), ("data_dir=~/y", 'data_dir="~/y"'))
    ],
    "store=störe": [
        "store=störe cannot be read: ö needs quotes of its own, as in 'store=\"störe\"'"
    ],
    "'pruning.layers={fc1*:0.1,fc2#:0.2}'": [
        "pruning.layers={fc1*:0.1,fc2#:0.2} cannot be read: # needs quotes of its own"
    ],
    '"report.question=what\'s new"': [
        "report.question=what's new cannot be read: ' has no end, or needs quotes of the other kind"
    ],
    "'BASE ='": [f"'BASE =' {NO_NAME}"],
    "BASE = 3": [
        "'BASE' is neither GROUP=NAME nor KEY=VALUE",
        f"'=' {NO_NAME}",
        "'3' is neither GROUP=NAME nor KEY=VALUE",
    ],
    "=3 ++=3 @=3 ~": [f"'{text}' {NO_NAME}" for text in ("=3", "++=3", "@=3", "~")],
    # empty values
    "optimizer.lr=": ["optimizer.lr= must be a number greater than 0"],
    "-m seed=": [f"seed= must be {SEEDS}"],
    "dataset=": [f"dataset= is unknown; {DATASETS}"],
    "store= data_dir=": ["store= must be a directory", "data_dir= must be a directory"],
    "logger.project=": ["logger.project= must be a name of at most 128 characters..."],
    # numbers
    "pruning.fraction=-0.1": [
        "pruning.fraction=-0.1 must be a number greater than 0 and less than 1"
    ],
    "pruning.fraction=0,1.5": [
        "pruning.fraction=0 must be a number greater than 0 and less than 1",
        "pruning.fraction=1.5 must be a number greater than 0 and less than 1",
    ],
    "optimizer.lr=0,-1": [
        "optimizer.lr=0 must be a number greater than 0",
        "optimizer.lr=-1 must be a number greater than 0",
    ],
    "optimizer.lr=nan,inf": [
        "optimizer.lr=nan must be a finite number greater than 0",
        "optimizer.lr=inf must be a finite number greater than 0",
    ],
    "optimizer.lr=abc,true": [
        "optimizer.lr=abc must be a number greater than 0",
        "optimizer.lr=true must be a number greater than 0",
    ],
    "optimizer.momentum=2": ["optimizer.momentum=2 must be a number of at least 0 and less than 1"],
    "batch_size=0,1.5,true": [
        "batch_size=0 must be a whole number of at least 1",
        "batch_size=1.5 must be a whole number of at least 1",
        "batch_size=true must be a whole number of at least 1",
    ],
    "'model.hidden=[1000000,1000000]'": [
        "model=lenet_300_100 is too large: it asks for 12 TB of memory, and this machine has..."
    ],
    "batch_size=1171": [
        "batch_size=1171 must be at most 1170, the number of training examples of dataset=digits"
    ],
    "levels=-1,abc,1000": [
        "levels=-1 must be a whole number from 0 to 200",
        "levels=abc must be a whole number from 0 to 200",
        "levels=1000 must be a whole number from 0 to 200",
    ],
    "levels=46": [
        f"levels=46 must be at most 45 {TOO_DEEP.format(0.2, 46)} would not prune any more..."
    ],
    "pruning.layers={fc9*:half}": [
        "pruning.layers: fc9* matches no layer of model=lenet_300_100; there is fc1.weight, "
        "fc2.weight, fc3.weight, @first and @output"
    ],
    "pruning.layers={*:0.1,fc1*:0}": [
        "pruning.layers: fc1* comes too late, all that it matches is matched before"
    ],
    "pruning.layers={@output:1}": [
        "pruning.layers={@output:1} must be patterns of layers with a fraction each, or half, or "
        "null"
    ],
    "pruning.layers={@output:half} pruning.output_fraction=0": [
        "pruning: output_fraction is short for layers={@output: ...}; set one of them and the "
        "other to null"
    ],
    "pruning.schedule=gradual": ["pruning.schedule=gradual must be iterative or oneshot"],
    "'report.arms=[method,init.rescal]'": [
        "report.arms: init.rescal is no setting that arms can differ in; an arm is made of "
        "settings, or of groups of them, such as method or init.scale"
    ],
    "levels=3 report.densities=[0.5,0.1]": [
        "report.densities: no planned level comes near 0.1; the nearest planned density is 0.512"
    ],
    "report.split=validation dataset.validation=0": [
        "report.split=validation needs validation images; set dataset.validation=1 or more"
    ],
    "report.split=validation target.half=b target.validation=0": [
        "report.split=validation needs validation images; set target.validation=1 or more"
    ],
    "report.arms=[]": [
        "report.arms=[] must be a list of one or more values in brackets, each text"
    ],
    "levels=5 pruning.fraction=0.9": [
        f"levels=5 must be at most 4 {TOO_DEEP.format(0.9, 5)} would prune all of the 5 weights..."
    ],
    "seed=-1,1.5": [f"seed=-1 must be {SEEDS}", f"seed=1.5 must be {SEEDS}"],
    "init.scale=0": ["init.scale=0 must be a number greater than 0"],
    "jobs=0 pack=-1": [
        "jobs=0 must be a whole number of at least 1, or auto",
        "pack=-1 must be a whole number of at least 1, or auto",
    ],
    "dataset.mean=[0.1,0.2]": [
        "dataset.mean=[0.1,0.2] must have as many values as digits has channels: 1"
    ],
    "model.hidden=300": [
        "model.hidden=300 must be a list of values in brackets, each a whole number of at least 1"
    ],
    "dataset.validation=-1": ["dataset.validation=-1 must be a whole number of at least 0"],
    "dataset.validation=1300": [
        "dataset.validation=1300 must be less than 1300, the number of training images of digits "
        "that it is taken from"
    ],
    "dataset.classes=[0,10]": ["dataset.classes=[0,10]: digits has no class 10, only 0 to 9"],
    "dataset.classes=[]": [
        "dataset.classes=[] must list two classes of digits or more, or be null for all of them"
    ],
    "dataset.classes=[1,2,1]": ["dataset.classes=[1,2,1] lists class 1 twice"],
    "dataset.classes=3 dataset.half=c dataset.per_class=0": [
        "dataset.classes=3 must be a list of values in brackets, each a whole number of at least "
        "0, or null",
        "dataset.half=c must be a or b, or null",
        "dataset.per_class=0 must be a whole number of at least 1, or null",
    ],
    "dataset.half=a dataset.validation=652": [
        "dataset.validation=652 must be less than 652, the number of training images of digits "
        "with dataset.half that it is taken from"
    ],
    "dataset.examples=9 dataset.per_class=9": [
        "dataset.examples=9 and dataset.per_class=9 both say how many images are trained on: set "
        "one of them to null"
    ],
    "dataset=arrays": [
        "dataset=arrays: set dataset.path to an .npz file that holds train_images, train_labels, "
        "test_images and test_labels, or to a folder of idx files named as MNIST's."
    ],
    "dataset=arrays dataset.path=/etc/passwd dataset.name=mine dataset.layout=nchw": [
        "dataset.layout=nchw must be auto, channels_first or channels_last"
    ],
    "dataset=arrays dataset.path=/etc/passwd dataset.name=mine": [
        "dataset=mine: /etc/passwd is not a whole .npz file: write it with numpy.savez, or copy it "
        "again."
    ],
    "dataset=arrays dataset.path=/dev/zero dataset.name=mine": [
        "dataset=mine: /dev/zero is neither a file nor a folder."
    ],
    "dataset=arrays 'dataset.path=\"~nobody-here/x\"' dataset.name=mine": [
        "dataset=mine: dataset.path=~nobody-here/x begins with a home directory that is unknown "
        "here: write the whole path."
    ],
    "ticket=/dev/zero": ["ticket=/dev/zero is a device or a pipe, and no file"],
    "input=foo": [f"input=foo is unknown; choose {any_of('input')}"],
    "input.size=14": [f"input.size=14 must be {SIZES}"],
    "input.size=0x3": [f"input.size=0x3 must be {SIZES}"],
    "input=resize input.size=14x input.channels=grey": [
        f"input.size=14x must be {SIZES}",
        "input.channels=grey must be repeat, luma or keep",
    ],
    "input.size=14x14": [
        "input=native does not suit digits (1x8x8): it leaves images as they are, and 14x14 pixels "
        "are wanted; choose input=resize or input=pad"
    ],
    "input=pad input.size=8x7": [
        "input=pad does not suit digits (1x8x8): 8x8 pixels do not fit into 8x7; choose "
        "input=resize, or a larger input.size"
    ],
    "input._target_=ltsweep.data.digits": [
        "input._target_: 'ltsweep.data.digits' takes data_dir before its settings, but is given "
        "images, the height and the width"
    ],
    f"seed={NINES} optimizer.lr={NINES} model.hidden=[{NINES}]": [
        f"seed={NINES[:35]}... {TOO_LONG}",
        f"optimizer.lr={NINES[:27]}... {TOO_LONG}",
        f"model.hidden=[{NINES[:26]}... {TOO_LONG}",
    ],
    f"seed=range({NINES}) 'hydra.sweeper.params={{levels:{NINES}}}'": [
        f"seed=range({NINES[:29]}... {TOO_LONG}",
        f"hydra.sweeper.params={{levels:{NINES[:11]}... {TOO_LONG}",
    ],
    f"batch_size=-{NINES[:4000]}": [
        f"batch_size=-{NINES[:39]}... must be a whole number of at least 1"
    ],
    f"schedule.length={NINES[:16]}ep schedule.warmup=0{NINES}it": [
        f"schedule.length={NINES[:16]}ep must be {STEPS}, at least one",
        f"schedule.warmup=0{NINES[:39]}... must be {WARMUP}",
    ],
    f"model.hidden=[{NINES[:100]}]": ["model=lenet_300_100 does not suit digits (1x8x8): ..."],
    # words
    "precision=fp8": ["precision=fp8 must be fp32 or bf16"],
    "norm_statistics=batch": ["norm_statistics=batch must be running or recalibrated"],
    "action=dance": ["action=dance must be plan, submit, status, logs, retry, cancel or report"],
    "device=tpu": ["device=tpu must be auto, cpu or cuda"],
    "wait=maybe": ["wait=maybe must be true or false, or auto"],
    # steps
    "reset.step=20,20steps,-1it": [
        f"reset.step=20 must be {STEPS}",
        f"reset.step=20steps must be {STEPS}",
        f"reset.step=-1it must be {STEPS}",
    ],
    "reset.step=400it": [
        "reset.step=400it is step 400 of a training of 400 steps; it must be at most 399it, so "
        "that reset.schedule=resume has a step left"
    ],
    "reset.step=22ep reset.schedule=restart": [
        "reset.step=22ep is step 418 of a training of 400 steps; it must be at most 400it, the end"
    ],
    "schedule.length=99999999999ep": [
        "schedule.length=99999999999ep is 1,899,999,999,981 steps; it must be at most "
        "1,000,000,000 steps"
    ],
    "schedule.length=2000000000it target_schedule.length=1000000001it": [
        "schedule.length=2000000000it must be at most 1,000,000,000 steps",
        "target_schedule.length=1000000001it must be at most 1,000,000,000 steps",
    ],
    "schedule.length=0it": [f"schedule.length=0it must be {STEPS}, at least one"],
    "schedule.warmup=1": [f"schedule.warmup=1 must be {WARMUP}"],
    "schedule.warmup=true": [f"schedule.warmup=true must be {WARMUP}"],
    "schedule.warmup=500it": [
        "schedule.warmup=500it is 500 steps; it must be at most 400it, the length of the training"
    ],
    # components
    "method.weights=null": ["method: a mask needs weights; without a mask the net is dense"],
    "optimizer._target_=nope.foo": [
        "optimizer._target_: cannot import 'nope.foo': No module named 'nope'; it is looked for in "
        "the current directory and on PYTHONPATH"
    ],
    "pruning._target_=ltsweep.init.kaiming_normal": [
        "pruning._target_: 'ltsweep.init.kaiming_normal' asks for fan_in and fan_out; there is..."
    ],
    "optimizer._target_=torch.optim.SGD": [
        "optimizer._target_: 'torch.optim.SGD' is given the parameters, and what it takes besides, "
        "lr, momentum, dampening, weight_decay and nesterov, would have to be keyword-only to be "
        "settings; name a function of your own that calls it, such as def mine(params, *, lr): "
        "return SGD(params, lr=lr)"
    ],
    "model._target_=torch.nn.Linear": [
        "model._target_: 'torch.nn.Linear' is given the shape of an image and the number of "
        "classes, and what it takes besides, bias, device and dtype, would have to be keyword-only "
        "to be settings; name a function of your own that calls it, such as def mine(in_features, "
        "out_features, *, bias): return Linear(in_features, out_features, bias=bias)"
    ],
    "init._target_=torch.nn.init.normal_": ["init._target_: 'torch.nn.init.normal_' is given..."],
    "objective._target_=torch.nn.functional.cross_entropy": ["objective._target_: 'torch.nn.f..."],
    "schedule._target_=builtins.max": [
        "schedule._target_: 'builtins.max' is Python's own and changes with its version; name a "
        "function of your own, in a file, that calls it"
    ],
    "schedule._target_=torch.relu": [
        "schedule._target_: the parameters of 'torch.relu' cannot be read; name a function of your "
        "own, in a file, that calls it"
    ],
    "init._target_=math.sqrt": [
        "init._target_: 'math.sqrt' is Python's own and changes with its version; name a function "
        "of your own, in a file, that calls it"
    ],
    "optimizer._target_=builtins.print optimizer.lr=-1": [
        "optimizer._target_: 'builtins.print' is Python's own...",
        "optimizer.lr=-1 must be a number greater than 0",
    ],
    "dataset._target_=pathlib.Path": ["dataset._target_: 'pathlib.Path' is Python's own..."],
    "method.weights=sorce": [
        "method.weights: 'sorce' must be fresh, end or source, or the dotted name of a rule such "
        "as my.rule"
    ],
    "method.lr=0.1": ["method.lr is not a setting; method=imp has mask and weights"],
    "method=finetune method.lr=0": [
        "method.lr=0 must be last, or a number greater than 0, or null"
    ],
    "method=trained reset.optimizer=snapshot": [
        "reset.optimizer=snapshot goes on with the optimizer of the source at the reset step, so "
        "it takes the source's weights of then; method=trained starts from others: write "
        "reset.optimizer=fresh"
    ],
    "method.mask=ltsweep.pruning.magnitude": [
        "method.mask: 'ltsweep.pruning.magnitude' asks for weights; there is batches, net, ..."
    ],
    # settings of a method's rules
    "method=rigl method.drop=1.5 method.start=dense": [
        "method.start=dense must be erk or uniform",
        "method.drop=1.5 must be a number from 0 to 1",
    ],
    "method=rigl method.drop=true method.every=0it": [
        f"method.every=0it must be {STEPS}, at least one, or null",
        "method.drop=true must be a number from 0 to 1",
    ],
    "method=rigl method.grow=0.3": [
        "method.grow is not a setting; method=rigl has mask, weights, dynamics, start, every, "
        "every_at_most, until and drop"
    ],
    "method=rigl +method.grow=0.3": [
        "method.grow is not a setting; method=rigl has start, drop, mask, weights, ladder, "
        "lr, step, dynamics, every, every_at_most, begin, until, end and frozen"
    ],
    "method=imp +method.drop=0.3": [
        "method.drop is not a setting; method=imp has mask, weights..."
    ],
    "method=imp +method.until=0.5": [
        "method: until: only the masks of a method with dynamics change"
    ],
    "method=gradual +method.until=0.5": [
        "method: masks that change need every, and either until or end"
    ],
    "method=set ~method.every": ["method: masks that change need every, and either until or end"],
    "method=gradual method.begin=0.8": ["method: begin=0.8 must be less than end=0.75"],
    "method=set method.until=0": ["method: begin=0 must be less than until=0"],
    "method=set method.every=500it method.every_at_most=1": [
        "method.every=500it: masks would never change; method=set changes them after step 0 and "
        "before step 300 of a training of 400 steps: it must be at most 299it"
    ],
    "method=gradual method.begin=0.999 method.end=1": [
        "method.every=100it: masks would never change; method=gradual changes them after step 400 "
        "and before step 400 of a training of 400 steps: there is no step between them"
    ],
    "method.dynamics=ltsweep.methods.imp": [
        "method.dynamics is not a setting; method=imp has mask and weights"
    ],
    "+method.dynamics=ltsweep.methods.imp": [
        "method.dynamics: 'ltsweep.methods.imp' asks for ladder; there is weights, mask, ..."
    ],
    # axes and Hydra
    "store=a,b": ["store takes one value: it says how a sweep is run or judged, and cannot be..."],
    "report.delta=1,2": ["report.delta takes one value: it says how a sweep is run or judged..."],
    "experiment=quickstart,foo": [
        "experiment=quickstart,foo: experiment takes one name, because each has axes of its own"
    ],
    "seed=range(0)": ["seed=range(0) is an axis without values"],
    "'seed=range(0,1,0)'": ["seed=range(0,1,0) is an axis without values"],
    "'seed=range(0,1,nan)' 'levels=range(0,3,0.0)'": [
        "seed=range(0,1,nan) is an axis without values",
        "levels=range(0,3,0.0) is an axis without values",
    ],
    "seed=shuffle(range(99999999999))": ["a sweep has at most 100000 points; these axes make more"],
    f"seed=range({NINES[:4000]})": ["a sweep has at most 100000 points; these axes make more"],
    "dataset=glob(x*)": ["dataset=glob(x*) is an axis without values"],
    "optimizer.lr=interval(0,1)": ["optimizer.lr=interval(0,1) names no values; write a list..."],
    "seed=range(1000000000)": ["a sweep has at most 100000 points; these axes make more"],
    # exclusions, axes that advance together, grids
    "seed=-1 'hydra.sweeper.exclude=[{method:imq},{optimizer.lrr:1,reset.step:0it}]'": [
        f"exclude: method=imq is unknown (did you mean imp?); {METHODS}",
        f"exclude: optimizer.lrr is not a setting (did you mean optimizer.lr?); {SGD}",
        f"seed=-1 must be {SEEDS}",
    ],
    "optimizer=sgd,adam 'hydra.sweeper.exclude=[{optimizer.momentum:0},{optimizer.foo:0}]'": [
        f"exclude: optimizer.foo is not a setting; {SGD}"
    ],
    "'hydra.sweeper.exclude=[{seed:\"range(0)\"}]'": [
        "exclude: seed=range(0) is an axis without..."
    ],
    "seed=-1 optimizer.lrr=1 'hydra.sweeper.exclude=[{seed:-1}]'": [
        f"optimizer.lrr is not a setting (did you mean optimizer.lr?); {SGD}",
        "hydra.sweeper.exclude leaves no point of the sweep",
    ],
    "hydra.sweeper.exclude=imp": [
        "hydra.sweeper.exclude=imp must be a list of settings that a point must not have together, "
        "as in [{method:imp,seed:1}]"
    ],
    "'hydra.sweeper.exclude=[[seed]]' 'hydra.sweeper.grids=[3]' seed=-1": [
        "hydra.sweeper.exclude=[[seed]] must be a list of settings that...",
        "hydra.sweeper.grids=[3] must be a list of settings and their values...",
        f"seed=-1 must be {SEEDS}",
    ],
    "hydra.sweeper.params=3": [
        "hydra.sweeper.params=3 must be settings and their values, such as {seed:'0,1',levels:'3'}"
    ],
    "'hydra.sweeper.params={seed:[0,1]}' 'hydra.sweeper={zip:null,exclude:3}'": [
        "hydra.sweeper.params={seed:[0,1]} must be settings and their values...",
        "hydra.sweeper.zip=null must be a list of lists of axes...",
        "hydra.sweeper.exclude=3 must be a list...",
    ],
    "'hydra.sweeper.zip=[seed,levels]'": [
        "hydra.sweeper.zip=[seed,levels] must be a list of lists of axes, such as "
        "[[model,optimizer.lr]]"
    ],
    **{
        f"'hydra.sweeper.params={given}'": [
            f"hydra.sweeper.params={given} must be settings and their values, such as "
            "{seed:'0,1',levels:'3'}"
        ]
        for given in ("{1:2}", "{seed:null}")
    },
    "'hydra.sweeper.grids=[{1:2}]' 'hydra.sweeper.exclude=[{1:2}]'": [
        "hydra.sweeper.grids=[{1:2}] must be a list of settings and their values...",
        "hydra.sweeper.exclude=[{1:2}] must be a list of settings that a point must not...",
    ],
    "'hydra.sweeper.zip=[[1,2]]'": ["hydra.sweeper.zip=[[1,2]] must be a list of lists of axes..."],
    **{
        f"'hydra.sweeper.{given}'": [
            f"hydra.sweeper.{place}: Interpolation key 'nothing' not found"
        ]
        for given, place in (
            ("zip=${nothing}", "zip"),
            ("grids=[${nothing}]", "grids[0]"),
            ("params={seed:${nothing}}", "params.seed"),
            ("exclude=[{seed:${nothing}}]", "exclude[0].seed"),
        )
    },
    "hydra.sweeper.gird=3": [
        "hydra.sweeper.gird is not a setting (did you mean hydra.sweeper.grids?); hydra.sweeper "
        "has params, grids, zip and exclude"
    ],
    "seed=0,1 optimizer.lr=1,2,3 batch_size=0 'hydra.sweeper.zip=[[seed,optimizer.lr]]'": [
        "zip: axes that advance together need equally many values; seed has 2 and optimizer.lr "
        "has 3",
        "batch_size=0 must be a whole number of at least 1",
    ],
    "seed=0,1 optimizer.lr=1,2 'hydra.sweeper.zip=[[seed,optimiser.lr],[optimizer.lr,seed]]'": [
        "zip: optimiser.lr is unknown (did you mean optimizer.lr?); choose seed or optimizer.lr",
        "zip: seed is in two lists",
    ],
    "levels=1 'hydra.sweeper.zip=[[seed,levels]]'": ["zip: seed is no axis; this sweep has none"],
    "seed=0,1 'hydra.sweeper.grids=[{levels:\"1,2\"},{}]' 'hydra.sweeper.zip=[[seed,levels]]'": [
        "zip: axes that advance together need equally many values; seed has 2 and levels has 0"
    ],
    "'hydra.sweeper.grids=[{seed:-1},{optimizer:adam,optimizer.momentum:0.9},{method:imq}]'": [
        f"optimizer.momentum is not a setting; {ADAM}",
        f"method=imq is unknown (did you mean imp?); {METHODS}",
        f"seed=-1 must be {SEEDS}",
    ],
    '\'hydra.sweeper.grids=[{seed:"range(60000)"},{batch_size:"range(60000)"}]\'': [
        "a sweep has at most 100000 points; these axes make more"
    ],
    "hydra/launcher=basic": [
        "hydra/launcher must stay ltsweep: where jobs run is chosen by cluster=NAME"
    ],
    **{
        f"hydra.sweeper{given}": [
            f"hydra.sweeper{given} is no sweeper; choose one by its name as hydra/sweeper=NAME"
        ]
        for given in ("._target_=os.system", "._target_=nope")
    },
    **{
        f"'+hydra.callbacks.a{given}'": [
            "hydra.callbacks.a is no callback: its _target_ must name a class derived from "
            "hydra.experimental.callback.Callback"
        ]
        for given in ("=1", "._target_=builtins.print", "._target_=nope.x", "={_target_:os.system}")
    },
    "'hydra.sweeper.params={sed:1}'": ["sed is not a setting (did you mean seed?)..."],
    "hydra=foo": ["hydra is unknown", "hydra=foo is unknown; choose config"],
    "hydra/sweeper=optuna": ["In 'hydra/config': Could not find 'hydra/sweeper/optuna'..."],
    "hydra.mode=RUN": ["hydra.mode must stay MULTIRUN: all points are planned as one"],
    "hydra.foo=1": ["Could not override 'hydra.foo'. Key 'foo' not in 'HydraConf'"],
    "-m --cfg job": ["--cfg and --help show a configuration and run nothing: drop -m"],
    "--cfg job seed=0,1": ["seed=0,1 is an axis; give seed one value here"],
    "--help levls=3": ["levls is not a setting (did you mean levels?)..."],
    "--resolve": ["--resolve goes with --cfg or --help"],
    "--package optimizer": ["--package goes with --cfg: it shows a section alone"],
    "--cfg job --package optimiser": [
        "--package optimiser is unknown (did you mean optimizer?); choose hydra, model, ..."
    ],
    "--config-dir ''": ["--config-dir  is not a directory"],
    "'hydra.searchpath=[file://nowhere,elsewhere,pkg://no.such]'": [
        "hydra.searchpath: nowhere is not a directory",
        "hydra.searchpath: elsewhere is not a directory",
        "hydra.searchpath: there is no package no.such, a folder with __init__.py",
    ],
    "'hydra.searchpath=[1,null]'": [
        "hydra.searchpath: 1 is not a directory",
        "hydra.searchpath: None is not a directory",
    ],
    "--config-dir nowhere": ["--config-dir nowhere is not a directory"],
    # places
    "store=/proc/none": [
        "the store /proc/none cannot be written: No such file or directory at /proc/none; choose "
        "store=DIR"
    ],
    "store=/etc/passwd/store": [
        "store=/etc/passwd/store cannot be a directory: /etc/passwd is a file"
    ],
    # many at once
    "dataset=foo optimizer.lrr=1 seed=-1 precision=fp8 levels=46 reset.step=x batch_size=2000": [
        f"dataset=foo is unknown; {DATASETS}",
        f"optimizer.lrr is not a setting (did you mean optimizer.lr?); {SGD}",
        f"reset.step=x must be {STEPS}",
        f"seed=-1 must be {SEEDS}",
        "precision=fp8 must be fp32 or bf16",
    ],
    "optimizer.lrr=1 optimizer.momentum=2 store=/etc/passwd levels=46 reset.step=x": [
        f"optimizer.lrr is not a setting (did you mean optimizer.lr?); {SGD}",
        "optimizer.momentum=2 must be a number of at least 0 and less than 1",
        f"reset.step=x must be {STEPS}",
        "store=/etc/passwd cannot be a directory: /etc/passwd is a file",
        f"levels=46 must be at most 45 {TOO_DEEP.format(0.2, 46)} would not prune any more...",
    ],
}
