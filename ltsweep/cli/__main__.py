"""`python -m ltsweep.cli` is the `ltsweep` command."""

import sys

from ltsweep.cli.main import main

sys.exit(main())
