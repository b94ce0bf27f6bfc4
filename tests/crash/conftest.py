"""One deployment for all crash tests: starting it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.crash.deployment import Deployment


@pytest.fixture(scope="session")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int], redis_url: str
) -> Iterator[Deployment]:
    made = Deployment(tmp_path_factory.mktemp("deployment"), (free_port(), free_port()), redis_url)
    try:
        made.start()
        yield made
    finally:
        made.stop()
