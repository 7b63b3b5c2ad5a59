import numpy as np
import pytest

from qmodel import dtypes
from qmodel.adapters.arrays import typed_array
from qmodel.errors import InvalidInputError

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"])
def test_types_that_numpy_has(name):
    tensor = torch.tensor([[0, 1], [1, 0], [1, 1]], dtype=getattr(torch, name))
    typed = typed_array(tensor.T, name="w")
    assert typed.storage.dtype == np.dtype(name)
    assert typed.storage.tolist() == tensor.T.tolist()
    assert np.shares_memory(typed_array(tensor, name="w").storage, tensor.numpy())


@pytest.mark.parametrize(
    ("name", "element_type", "bits"),
    [
        ("bfloat16", dtypes.BF16, [0x3FC0, 0xC000]),
        ("float8_e4m3fn", dtypes.F8E4M3, [0x3C, 0xC0]),
        ("float8_e5m2", dtypes.F8E5M2, [0x3E, 0xC0]),
    ],
)
def test_types_that_numpy_lacks_are_held_as_bits(name, element_type, bits):
    tensor = torch.tensor([1.5, -2.0]).to(getattr(torch, name))
    typed = typed_array(tensor, name="w")
    assert typed.element_type == element_type
    assert typed.storage.dtype == element_type.storage
    assert typed.storage.tolist() == bits
    assert typed_array(tensor[0], name="w").shape == ()
    assert typed_array(tensor[:0], name="w").shape == (0,)


def test_parameters_and_state_dicts():
    layer = torch.nn.Linear(3, 2)
    assert layer.weight.requires_grad
    typed = {name: typed_array(value, name=name) for name, value in layer.state_dict(keep_vars=True).items()}
    assert [typed["weight"].shape, typed["bias"].shape] == [(2, 3), (2,)]
    np.testing.assert_array_equal(typed["weight"].storage, layer.weight.detach().numpy())


def test_lazy_negation_is_carried_out():
    imaginary = torch.view_as_complex(torch.ones(3, 2)).conj().imag
    assert typed_array(imaginary, name="w").storage.tolist() == [-1.0, -1.0, -1.0]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.zeros(2, dtype=torch.complex64), "complex64"),
        (torch.zeros(2, 2).to_sparse(), "sparse.*to_dense"),
        (torch.zeros(2, device="meta"), "no data"),
        (torch.zeros(2, dtype=torch.float8_e4m3fnuz), "float8_e4m3fnuz"),
    ],
)
def test_other_tensors_are_refused_by_name(tensor, message):
    with pytest.raises(InvalidInputError, match=f"tensor 'w'.*{message}"):
        typed_array(tensor, name="w")
