"""The panels of ``studio --help``, in their order."""

MAKE, LOOK, SET_UP = "Make pictures", "Look and hand out", "Set up"

PANELS = (MAKE, LOOK, SET_UP)
