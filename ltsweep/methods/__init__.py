"""Methods: a mask rule combined with a weights rule; rules ask for inputs by argument name."""
