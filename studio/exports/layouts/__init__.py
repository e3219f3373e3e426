"""Layouts of exported batches, one file each; every module here has a ``LAYOUT``."""
