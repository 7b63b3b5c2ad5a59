from __future__ import annotations

import pytest

from qmodel import dtypes
from qmodel.errors import InvalidInputError
from qmodel.wire.element_type import element_type_number, element_type_of


def test_numbers_are_those_of_the_schema() -> None:
    assert element_type_number(dtypes.F32) == 3
    assert element_type_of(3) is dtypes.F32


@pytest.mark.parametrize("element_type", [dtypes.F8E4M3FNUZ, dtypes.F8E5M2FNUZ])
def test_types_of_networks_alone_are_refused(element_type: dtypes.ElementType) -> None:
    with pytest.raises(InvalidInputError, match="no file holds"):
        element_type_number(element_type)
