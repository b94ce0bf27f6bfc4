"""What we ship as content holds together: policy, sources, seeds and the page that explains the policy's keys."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from app.governance.document import TABLES, TOP, parse
from app.governance.proposal import Tier
from app.governance.sources import Source, catalogue, parse_source

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "sandbox/zendesk/seeds"
LANGUAGES = {"en", "de", "fr", "es", "pt", "ja"}
POLICY = parse((ROOT / "manifest/policy.toml").read_text(encoding="utf-8"))
FILES = sorted((ROOT / "manifest/sources").glob("*.md"))
SOURCES = {file.stem: parse_source(file.read_text(encoding="utf-8"), file.name) for file in FILES}
CONVERSATIONS = [json.loads(line) for line in (SEEDS / "conversations.jsonl").read_text(encoding="utf-8").splitlines()]
PEOPLE = json.loads((SEEDS / "people.json").read_text(encoding="utf-8"))
TRANSLATIONS = [name for name, source in SOURCES.items() if source.language != "en"]


def figures(source: Source) -> Counter[str]:
    """Every number of a source; German and French write 4,90 where English writes 4.90."""
    return Counter(found.replace(",", ".") for found in re.findall(r"\d+(?:[.,:]\d+)*", source.text))


@pytest.mark.parametrize("category", POLICY.categories, ids=lambda category: category.name)
def test_a_category_names_public_sources_in_each_of_its_languages(category):
    wanted = {(name, language) for name in category.sources for language in category.languages or ("en",)}
    public = {(source.id, source.language) for source in SOURCES.values() if source.audience == "public"}
    assert wanted <= public


def test_every_public_source_answers_some_category():
    named = {name for category in POLICY.categories for name in category.sources}
    assert {source.id for source in SOURCES.values() if source.audience == "public"} == named


def test_tier_3_has_no_source_to_answer_from():
    assert [one.name for one in POLICY.categories if one.tier is Tier.HIGH_STAKES and one.sources] == []


@pytest.mark.parametrize("stem", SOURCES)
def test_a_source_is_named_like_its_file(stem):
    source = SOURCES[stem]
    assert stem == (source.id if source.language == "en" else f"{source.id}.{source.language}")


@pytest.mark.parametrize("stem", TRANSLATIONS)
def test_a_translation_states_the_same_figures(stem):
    # Japanese counts "2時間" where English spells "two-hour"; nothing that English counts may be missing.
    original, translated = figures(SOURCES[stem.rpartition(".")[0]]), figures(SOURCES[stem])
    assert not original - translated
    assert set(translated - original) <= {"2"}


def test_a_translation_takes_over_the_passages_of_its_original():
    passages = catalogue(SOURCES.values())
    for name, language in passages:
        assert [one.id for one in passages[name, language]] == [one.id for one in passages[name, "en"]]


def test_every_key_of_the_policy_has_its_heading_in_the_reference():
    page = (ROOT / "docs/policy-reference.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ (.+)$", page, re.MULTILINE))
    keys = {f"{table}.{key}" for table, known in TABLES.items() for key in known}
    assert keys | set(TABLES) | set(TOP) <= headings


def test_the_seeds_cover_tiers_languages_and_ends():
    assert len(CONVERSATIONS) >= 60
    assert len({seed["key"] for seed in CONVERSATIONS}) == len(CONVERSATIONS)
    assert {seed["tier"] for seed in CONVERSATIONS} == {1, 2, 3}
    assert {seed["language"] for seed in CONVERSATIONS} == LANGUAGES
    assert {"new", "open", "solved", "closed"} <= {seed["status"] for seed in CONVERSATIONS}


@pytest.mark.parametrize("seed", CONVERSATIONS, ids=lambda seed: seed["key"])
def test_a_seed_is_spoken_by_invented_customers_and_known_agents(seed):
    agents = {f"agent:{agent['email']}" for agent in PEOPLE["agents"]}
    assert {comment["from"] for comment in seed["comments"]} <= {"requester", *agents}
    assert re.search(r"@example\.(com|org|net)$", seed["requester"]["email"])
    assert seed["group"] in PEOPLE["groups"]
    ages = [comment["minutes_ago"] for comment in seed["comments"]]
    assert ages == sorted(ages, reverse=True)


def test_every_seed_says_where_it_comes_from():
    page = (SEEDS / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert [seed["key"] for seed in CONVERSATIONS if f"`{seed['key']}`" not in page] == []
