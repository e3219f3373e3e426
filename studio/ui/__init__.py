"""The pages' parts: shell, session, forms, grid, progress, charts. Only this package draws."""
