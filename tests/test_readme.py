"""What the README and the guides say exists: commands, options, files, names, code that parses."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

import shapviz
from shapviz.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "deployment.md"]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def shell_lines() -> list[str]:
    """Every `shapviz …` in code, its comment left out, continued lines joined."""
    found = []
    for text in TEXTS.values():
        code = re.findall(
            r"```\n(.*?)```", re.sub(r"```\w+\n.*?```", "", text, flags=re.S), re.S
        ) + re.findall(r"`([^`\n]+)`", text)
        lines = "\n".join(code).replace("\\\n", " ").splitlines()
        found += re.findall(r"(?:^|\s|-m )shapviz ([a-z]\w*(?: .*)?)$", "\n".join(lines), re.M)
    return sorted({line.split("  #")[0].strip() for line in found})


def test_there_are_commands_to_check():
    assert len(shell_lines()) > 8


@pytest.mark.parametrize("line", shell_lines())
def test_commands_and_their_options_exist(line):
    name, *words = shlex.split(line)
    assert name in COMMANDS
    params = COMMANDS[name].params
    options = {option for each in params for option in (*each.opts, *each.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", TEXTS[page.name])
    local = [link for link in links if "://" not in link]
    assert local
    for link in local:
        assert (page.parent / link).exists(), link


def test_python_parses_and_names_what_is_public():
    blocks = re.findall(r"```python\n(.*?)```", TEXTS["README.md"], re.S)
    assert len(blocks) >= 4
    for block in blocks:
        ast.parse(block)
    for name in set(re.findall(r"\bshapviz\.([A-Za-z_]\w*)", "\n".join(blocks))):
        assert hasattr(shapviz, name), name
