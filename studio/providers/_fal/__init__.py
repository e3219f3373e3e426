"""The rooms behind the fal adapter: its wire, errors, queue, uploads, platform and outputs."""
