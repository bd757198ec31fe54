from __future__ import annotations

import pytest
from django.db import connection

from tenants_app.literals import Literal
from tenants_app.models import Tenant


def test_it_stands_in_the_statement_itself() -> None:
    active = Tenant.objects.filter(status=Literal(Tenant.Status.ACTIVE)).query
    statement, values = active.get_compiler(connection=connection).as_sql()
    assert "'active'" in statement
    assert values == ()


@pytest.mark.parametrize("text", ["it's", "a b", "x;", '"'])
def test_it_takes_no_text_that_could_be_more_than_a_word(text: str) -> None:
    with pytest.raises(ValueError, match="word"):
        Literal(text)
