"""What a host needs: pins for every import, secrets that arrive, a start without routes."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

from studio.container.process import slot
from studio.settings import find_value, load_settings
from tests.architecture.sources import ROOT, imports, name, python_files, text, tree
from tests.flows.page_world import page_world

SHIPPED = python_files("studio", "pages", "app.py")
OPTIONAL = {"streamlit.auth_util": "authlib"}
"""Modules that need another distribution at run time without importing it in our code."""


def distributions(file: str) -> set[str]:
    """What a list of pins names."""
    lines = [line.strip() for line in text(ROOT / file).splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(Requirement(line).name) for line in wanted}


@cache
def owners() -> dict[str, set[str]]:
    """Top-level module → the distributions that hold it."""
    found = packages_distributions()
    return {module: {canonicalize_name(dist) for dist in held} for module, held in found.items()}


def foreign(path: Path) -> set[str]:
    """The top-level modules of other people that a file imports, types excepted."""
    tops = {module.partition(".")[0] for module, _ in imports(path) if not module.startswith(".")}
    return tops - set(sys.stdlib_module_names) - {"studio", "pages", "tests", ""}


def test_every_import_is_pinned() -> None:
    pinned = distributions("requirements.txt")
    missing = {
        f"{name(path)} imports {module}"
        for path in SHIPPED
        for module in foreign(path)
        if not owners().get(module, set()) & pinned
    }
    assert missing == set()


def test_no_tool_of_the_developers_is_imported() -> None:
    only_tests = distributions("requirements-dev.txt")
    assert "pytest" in only_tests
    found = {
        f"{name(path)} imports {module}"
        for path in SHIPPED
        for module in foreign(path)
        if (held := owners().get(module, set())) and held <= only_tests
    }
    assert found == set()


def test_what_st_login_needs_is_pinned() -> None:
    """Community Cloud installs this list and nothing else, and st.login imports Authlib late."""
    assert {"authlib", "joserfc", "cryptography", "httpx"} <= distributions("requirements.txt")


def test_poetry_is_told_that_this_is_no_package() -> None:
    assert tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["poetry"]["package-mode"] is False


def test_secrets_never_enter_the_repository() -> None:
    ignored = text(ROOT / ".gitignore").splitlines()
    assert {".streamlit/secrets.toml", ".env", "/studio-data/"} <= set(ignored)


def test_streamlit_finds_the_app_with_its_routes() -> None:
    found = discover_asgi_app(ROOT / "app.py")
    assert found.is_asgi_app


def test_the_routes_know_who_signed_in() -> None:
    """Without it pictures would be open to strangers who cannot open the pages."""
    calls = {ast.unparse(node) for node in ast.walk(tree(ROOT / "app.py"))}
    assert "routes(Identity())" in calls


def test_secrets_reach_settings_and_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    lines = [
        'STUDIO_PASSWORD = "open s3same"',
        "STUDIO_MONTHLY_BUDGET = 20",
        'STUDIO_ALLOWED_EMAILS = "@studio.example"',
        'MADE_UP_KEY = "k3y"',
        "[auth]",
        'cookie_secret = "hidden"',
    ]
    (folder / "secrets.toml").write_text("\n".join(lines), encoding="utf-8")
    settings = load_settings()
    assert settings.studio_password is not None
    assert settings.studio_password.get_secret_value() == "open s3same"
    assert settings.monthly_budget == 20_000_000
    assert settings.studio_allowed_emails == "@studio.example"
    assert find_value(("OTHER_KEY", "MADE_UP_KEY")) == ("secrets.toml", "k3y")
    assert find_value(("auth",)) is None or "hidden" not in repr(settings)


@pytest.mark.parametrize(
    "page", ["", *(path.stem for path in sorted((ROOT / "pages").glob("*.py")))]
)
def test_every_page_opens_where_a_host_runs_the_plain_script(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, routes=False):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        if page:
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert app.title[0].value
        assert not slot().routes


def test_the_guide_names_what_exists() -> None:
    guide = text(ROOT / "docs" / "deploy.md")
    from studio.settings import Settings

    known = {field.upper() for field in Settings.model_fields}
    named = set(re.findall(r"\bSTUDIO_[A-Z_]+\b", guide))
    assert named <= known
    assert {"STUDIO_PASSWORD", "STUDIO_ALLOWED_EMAILS", "STUDIO_PUBLIC_URL"} <= named
    samples = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(samples) >= 3
    for sample in samples:
        section = tomllib.loads(sample).get("auth", {})
        assert not section.get("cookie_secret"), "a sample that works is a secret everybody knows"
