"""Fixtures of the tests of the language."""

from __future__ import annotations

import jsonschema
import pytest

from ragkit.spec.schema.schemas import pipeline_schema
from tests.components_for_tests import CATALOGUE
from tests.spec.schema_checks import validator


@pytest.fixture(scope="session")
def for_tests() -> jsonschema.Draft202012Validator:
    """The schema of the language with the components of ``tests/components_for_tests.py``."""
    return validator(pipeline_schema(CATALOGUE))
