"""A customer's own facts on their way: asked for only with the host's word, cited, bound to the yes, good for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import desk, pipeline
from app.ai.embed import Embedder
from app.ai.masks import Masks
from app.ai.mind import Mind
from app.fetching import Allowed
from app.governance.document import parse
from app.governance.sources import parse_source
from app.lookups import LookUps
from app.review import Refused
from app.store import policies, sources
from app.store.engine import connect
from app.store.keys import mac
from app.store.tables import audit
from tests import builders
from tests.ai.small import Scripted, Words
from tests.house import POLICY, House

ASKED = "How long does the delivery of my order 1001 take?"
STATUS = (
    builders.SOURCE.replace("shipping-times", "order-status")
    .replace('"en"\n', '"en"\nkind = "lookup"\n[lookup]\nfrom = "table"\nplace = "orders.csv"\nnamed = ["order"]\n'
             'key = "order"\nrequester = "email"\nholds = "PT1H"\n')
    .replace("Standard delivery takes 3 to 5 days.", 'Your order {{fact.order}} has the status "{{fact.status}}".')
)  # fmt: skip
OURS = POLICY.replace('"shipping-times"]', '"shipping-times", "order-status"]').replace(
    'description = "How long delivery takes"', f'description = "How long delivery takes"\nexamples = ["{ASKED}"]'
)
TOLD = 'Your order 1001 has the status "Sent".'


class Shop:
    """A house whose sources include a look-up of orders, and the stages as they are."""

    def __init__(self, home: Path, database: str, clock: Any) -> None:
        self.engine = connect(database)
        self.house = House(self.engine, clock, home, OURS)
        self.table = home / "lookups/orders.csv"
        self.table.parent.mkdir()
        self.write("Sent")
        now = clock.now()
        with self.engine.begin() as tx:
            sources.add(tx, STATUS, "order-status.md", "ana", now)
        known = [parse_source(text, "a.md") for text in (builders.SOURCE, STATUS)]
        records = LookUps(self.table.parent, Allowed(), clock.now)
        embedder = Embedder(english=Words, multilingual=Words)
        with self.engine.begin() as tx:
            self.made = Mind(embedder, policies.in_force(tx, now) or parse(OURS, "p"), known, records=records)

    def mind(self, _policy: object) -> Mind:
        return self.made

    def write(self, status: str, email: str = "casey@customer.example") -> None:
        self.table.write_text(f"order,email,status\n1001,{email},{status}\n")

    def asks(self, text: str = ASKED, **how: Any) -> Any:
        """What we concluded about that message."""
        ref = self.house.host.new_ticket("Hello there, nice day today.")
        if how:
            self.house.host.says(ref, self.house.host.people[self.house.host.fetch(ref).requester.id], text, **how)
        else:
            ref = self.house.host.new_ticket(text)
        ticket = self.house.host.fetch(ref)
        pipeline.consider(self.house.deps, self, ticket, self.house.clock.now())  # type: ignore[arg-type]
        with self.engine.begin() as tx:
            (found,) = tx.execute(sa.text("SELECT id FROM proposal ORDER BY created_at DESC, id DESC LIMIT 1"))
        return self.house.stored(found.id)


@pytest.fixture
def shop(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Shop]:
    made = Shop(tmp_path, sqlite_database, clock)
    yield made
    made.engine.dispose()


def test_a_question_about_an_order_is_answered_from_its_row_and_nothing_else(shop: Shop) -> None:
    made = shop.asks().proposal
    (fact,) = [one for one in made.draft.sentences if one.sources == ("order-status#standard",)]
    assert fact.text == TOLD
    assert "3 to 5 days" not in made.draft.text
    assert made.findings == ()


def test_an_agent_sees_the_fact_with_its_place_and_time(shop: Shop) -> None:
    shop.asks()
    (item,) = desk.queue(shop.house.deps)
    (cited,) = [source for sentence in item.sentences for source in sentence.sources if source.text == TOLD]
    assert cited.title.endswith(f"(orders.csv, read {shop.house.clock.now():%d %b %H:%M} UTC)")


@pytest.mark.parametrize("flags", [(0,), (3,), None])
def test_without_the_hosts_word_for_the_sender_nothing_is_looked_up(shop: Shop, flags: Any) -> None:
    made = shop.asks(flags=flags).proposal
    assert (made.draft, made.abstained.why) == (None, "needs-account-data")
    assert "not certain that the customer wrote this" in made.abstained.text
    assert TOLD not in str(made)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shop: shop.write("Sent", "other@customer.example"),
        lambda shop: shop.write(""),
        lambda shop: shop.write("see https://evil.example/"),
        lambda shop: shop.table.unlink(),
        lambda shop: setattr(shop.made, "records", None),
    ],
    ids=["a stranger's", "a missing fact", "a link", "no table", "no look-up"],
)
def test_what_cannot_be_told_for_certain_is_a_persons(shop: Shop, spoil: Any) -> None:
    spoil(shop)
    made = shop.asks().proposal
    assert (made.draft, made.abstained.why) == (None, "needs-account-data")


def test_a_yes_is_for_the_fact_as_it_was_read_and_for_as_long_as_it_holds(shop: Shop) -> None:
    made = shop.asks()
    shop.house.clock.tick(61 * 60)
    with pytest.raises(Refused, match="too long ago to be told"):
        shop.house.approve(made.id)


def test_a_fact_that_grows_old_after_the_yes_is_not_sent(shop: Shop) -> None:
    made = shop.asks()
    shop.house.approve(made.id)
    shop.house.clock.tick(timedelta(hours=2).total_seconds())
    shop.house.deliver_due()
    assert shop.house.host.reached == []


def test_an_approved_fact_reaches_its_customer_once(shop: Shop) -> None:
    made = shop.asks()
    shop.house.approve(made.id)
    shop.house.after_undo()
    ((_, text),) = shop.house.host.reached
    assert TOLD in text


def test_the_log_holds_the_fact_as_a_hash_that_dies_with_its_customers_key(shop: Shop) -> None:
    made = shop.asks()
    with shop.engine.begin() as tx:
        header = tx.execute(sa.select(audit.c.stored).where(audit.c.action == "proposal.decided")).scalar_one().decode()
        key = shop.house.deps.keys.of(tx, made.subject_key)
    assert mac(key, TOLD) in header
    assert "Sent" not in header


def test_a_model_outside_never_reads_a_personal_fact_and_tells_it_all_the_same(shop: Shop) -> None:
    shop.write("left with +49 30 901820")
    mark = Masks(bytes(32)).over("+49 30 901820")
    said = Scripted(f'Your order 1001 has the status "left with {mark}".', "order-status#standard")
    shop.made.model = said
    made = shop.asks().proposal
    assert "901820" not in said.asked[0]
    assert 'Your order 1001 has the status "left with +49 30 901820".' in made.draft.text
