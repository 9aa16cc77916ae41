"""Architectures, one file per family: each a function (input_shape, classes) -> torch.nn.Module."""
