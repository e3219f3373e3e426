# Everyday commands; `just` lists them. They use the virtual environment that the README makes.
bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }
python := bin / "python"

default:
    @just --list

# Make the virtual environment with everything for development.
install:
    python3 -m venv .venv
    {{python}} -m pip install -q -r requirements-dev.txt

# Open the app.
open:
    {{python}} -m streamlit run app.py

# Run the tests; words after it go to pytest.
test *words:
    {{python}} -m pytest {{words}}

# Lint, format, types, import contracts, docs: what the continuous check runs after the tests.
check:
    {{python}} -m ruff check .
    {{python}} -m ruff format --check .
    {{python}} -m mypy
    {{bin}}/lint-imports
    {{python}} -m cogapp --check -I . -I docs README.md docs/*.md

# Write the generated parts of README and docs.
docs:
    {{python}} -m cogapp -r -I . -I docs README.md docs/*.md

# Make the pictures of docs/screenshots from a real run.
screenshots:
    {{python}} -m tests.browser.screenshots

# Choose new exact versions inside the ranges of pyproject.toml.
pins:
    {{python}} docs/pins.py
