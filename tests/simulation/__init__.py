"""A whole studio in a world of its own: simulated time, provider, disk, crashes; replayable."""
