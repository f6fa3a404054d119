"""The house's own laws: what import contracts cannot see."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 300
LONG_WITH_REASON = {
    "i4emploi_site/settings.py": "one settings module is the rule",
    "i4emploi_site/servers.py": "both servers, their start and their end, read as one story",
    "tests/influencers/test_state_machine.py": "all that may happen to a post, and what always holds, are one machine",
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def test_campaigns_never_names_influencers():
    named = [
        str(path.relative_to(ROOT))
        for path in tracked("campaigns/*.py", "campaigns/**/*.py", "templates/campaigns/**")
        if re.search(r"\binfluencers[.\"']", path.read_text())
    ]
    assert named == []


def test_no_migration_of_campaigns_waits_for_influencers():
    for path in tracked("campaigns/migrations/*.py"):
        assert '"influencers"' not in path.read_text(), path


def test_relations_across_apps_add_no_reverse_accessor():
    for model in apps.get_app_config("influencers").get_models():
        for field in model._meta.get_fields():
            if field.is_relation and field.many_to_one and not field.auto_created:
                target = field.related_model._meta.app_label
                if target == "campaigns":
                    assert field.remote_field.related_name == "+", f"{model.__name__}.{field.name}"


def test_every_template_is_used():
    templates = tracked("templates/**/*.html", "templates/**/*.txt", "templates/*.html")
    source = "\n".join(p.read_text() for p in [*tracked("*.py", "**/*.py"), *templates] if "migrations" not in p.parts)
    by_convention = {"404.html", "500.html", "403.html", "400.html", "403_csrf.html"}
    overriding = ("account/", "allauth/", "admin/", "mfa/", "unfold/")
    for path in templates:
        name = str(path.relative_to(ROOT / "templates"))
        if name in by_convention or name.startswith(overriding):
            continue
        stem = name.rsplit(".", 1)[0]
        assert name in source or f"{stem}" in source, f"{name} is used nowhere"


@pytest.mark.parametrize("pattern", ["*.py", "*.html", "*.css", "*.js"])
def test_long_files_have_a_listed_reason(pattern):
    for path in tracked(pattern, f"**/{pattern}"):
        name = str(path.relative_to(ROOT))
        if "migrations" in path.parts or name in LONG_WITH_REASON:
            continue
        assert len(path.read_text().splitlines()) <= LONGEST_FILE, f"{name}: split it, or list a reason"


def test_reasons_for_long_files_are_still_needed():
    for name in LONG_WITH_REASON:
        assert len((ROOT / name).read_text().splitlines()) > LONGEST_FILE * 0.8, f"{name} is short again"


def test_no_inline_script_or_event_handler():
    for path in tracked("templates/**/*.html", "templates/*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"\son(click|change|submit|load|input)=", text), path


def test_every_form_that_changes_something_carries_its_token():
    """The tests' client forgives a form without one; a browser does not."""
    templates = ROOT / "templates"
    for path in tracked("templates/**/*.html", "templates/*.html"):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.S):
            included = re.findall(r'{% include "([^"]+)"', form)
            whole = form + "".join((templates / name).read_text() for name in included)
            assert "{% csrf_token %}" in whole, f"{path}: {form[:80]}"


def test_guillemets_keep_their_words():
    """A guillemet alone at the end or the start of a line reads badly: the space inside it does not break."""
    for path in tracked("*.py", "**/*.py", "templates/**/*.html", "templates/**/*.txt", "templates/*.html"):
        assert not re.search("[«] | [»]", path.read_text()), path


def doors(patterns=None, prefix="") -> list[tuple[str, str]]:
    """Every route of ours: (path, name); the admin's and allauth's own are theirs."""
    found = []
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not path.startswith(("admin/", "compte/")):
                found += doors(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            found.append((path, pattern.name or ""))
    return found


ACCESS = ROOT / "tests" / "access_matrix.txt"


def test_every_door_is_in_the_access_matrix():
    """`tests/access_matrix.txt` says who may open each route; a new door must be written there, a dead one removed."""
    listed = {line.split()[0] for line in ACCESS.read_text().splitlines() if line and not line.startswith("#")}
    real = {name for _path, name in doors() if name}
    assert real - listed == set(), "doors missing from tests/access_matrix.txt"
    assert listed - real == set(), "doors of tests/access_matrix.txt that no longer exist"
