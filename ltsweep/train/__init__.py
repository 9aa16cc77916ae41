"""Training of packs: the loop that strategies share, the strategies, optimizers, schedules."""
