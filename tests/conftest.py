"""Settings of every test: a property is judged by what it finds, not by how long a loaded machine takes.

``--write-validation`` keeps what the tests marked ``validates`` compare, and writes the validation table from it.
"""

import agreement
import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.register_profile("the same data again", deadline=None, derandomize=True, database=None)
settings.load_profile("no deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-validation", action="store_true", help="write docs/validation_table.csv")


def pytest_configure(config: pytest.Config) -> None:
    agreement.RECORD.wanted = config.getoption("--write-validation")
    if agreement.RECORD.wanted:
        settings.load_profile("the same data again")


def pytest_runtest_setup(item: pytest.Item) -> None:
    agreement.RECORD.begin(item)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if agreement.RECORD.wanted and exitstatus == 0 and not session.config.getoption("-k"):
        agreement.write()
