"""Policy versions and requests in SQL: what the database refuses, whoever writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.store import policies, policy_requests
from app.store.tables import accepted_finding, policy_request, policy_version
from tests.house import POLICY

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def published(engine: Engine) -> Engine:
    with engine.begin() as tx:
        policies.install(tx, POLICY, NOW)
    return engine


def test_a_published_version_never_changes(published: Engine) -> None:
    for act in (policy_version.update().values(toml="x"), policy_version.delete()):
        with pytest.raises(DBAPIError, match="never changes"), published.begin() as tx:
            tx.execute(act)
    with published.begin() as tx:
        assert [version.toml for version in policies.versions(tx)] == [POLICY]


@pytest.mark.parametrize(
    ("second", "verdict"), [("a", "wider"), (None, "wider"), (None, "incomparable"), (None, "first"), ("a", "narrower")]
)
def test_a_widening_by_one_person_is_refused(published: Engine, second: str | None, verdict: str) -> None:
    with pytest.raises(IntegrityError), published.begin() as tx:
        policies.publish(tx, POLICY, "a", second, NOW, verdict=verdict)


def test_a_narrowing_by_one_and_a_widening_by_two_are_not(published: Engine) -> None:
    with published.begin() as tx:
        assert policies.publish(tx, POLICY, "a", None, NOW, verdict="narrower").version == 2
    with published.begin() as tx:
        assert policies.publish(tx, POLICY, "a", "b", NOW, verdict="wider").version == 3


@pytest.mark.parametrize("values", [{"approved_by": "a"}, {"approved_sha256": "0" * 64}])
def test_an_approval_by_the_author_and_of_another_text_is_refused(published: Engine, values: dict[str, str]) -> None:
    with published.begin() as tx:
        request = policy_requests.ask(tx, POLICY, 1, "wider", "a", "why not", NOW)
    with pytest.raises(IntegrityError), published.begin() as tx:
        tx.execute(policy_request.update().where(policy_request.c.id == request.id).values(**values))


def test_a_finding_is_not_accepted_by_one_person(published: Engine) -> None:
    row = {"finding": "gap-1", "text": "a gap", "reason": "later", "expires_at": NOW, "asked_by": "a", "asked_at": NOW}
    with pytest.raises(IntegrityError), published.begin() as tx:
        tx.execute(accepted_finding.insert().values(**row, granted_by="a"))


def test_the_newest_version_that_is_due_is_in_force(published: Engine) -> None:
    soon = NOW + timedelta(hours=1)
    with published.begin() as tx:
        policies.publish(tx, POLICY, "a", "b", NOW, effective_from=soon)
        for at, version in ((NOW - timedelta(seconds=1), None), (NOW, 1), (soon, 2)):
            policy = policies.in_force(tx, at)
            assert (policy.version if policy else None) == version
        assert [policy.version for policy in policies.scheduled(tx, NOW)] == [2]
    with published.begin() as tx:
        policies.publish(tx, POLICY, "a", "b", NOW)
        assert policies.scheduled(tx, NOW) == []
