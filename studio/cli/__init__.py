"""The command line: one face of the façade, for people who script the studio."""
