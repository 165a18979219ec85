"""How a database is named: what is no name of one is refused, and no message shows a password."""

import pytest

from adapters.persistence.database import open_database
from application.errors import BadInput, StoreUnavailable
from tests.databases import postgres_url

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "url",
    ["", "trades.db", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d", "a://b:c@d:e"],
)
def test_a_url_of_no_database_is_bad_input_and_shows_no_password(url: str) -> None:
    with pytest.raises(BadInput, match="sqlite:///PATH") as refused:
        open_database(url)
    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there_is_an_outage_and_shows_no_password() -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1/") as refused:
        open_database("postgresql://someone:hunter2@127.0.0.1:1/trades?options=-chunter2=1")
    assert "hunter2" not in str(refused.value)
    assert "someone" not in str(refused.value)


def test_a_server_that_refuses_a_password_does_not_have_it_shown() -> None:
    with postgres_url() as url:
        named = url.replace("root@", "nobody_such:hunter2@")
        with pytest.raises(StoreUnavailable) as refused:
            open_database(named)
        assert "hunter2" not in str(refused.value)
