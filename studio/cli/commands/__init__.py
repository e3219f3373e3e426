"""Commands of the command line, one file each; every module here has ``register(app)``."""
