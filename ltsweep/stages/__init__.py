"""Stages at work: how one begins, is saved on its way, is measured and marked done."""
