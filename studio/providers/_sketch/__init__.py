"""The drawing engine behind the sketch provider: words in, pixels out, nothing else."""
