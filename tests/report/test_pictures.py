"""Pictures hold the pixels they were made of."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from qmodel.report.pictures import picture

RNG = np.random.default_rng(0)


def pixels(uri):
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (9, 5, 3), (7, 8, 4)])
def test_bytes_stay_as_they_are(shape):
    image = RNG.integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(pixels(picture(image)), image)


def test_one_channel_and_channels_first():
    image = RNG.integers(0, 256, (3, 20, 30), dtype=np.uint8)
    assert np.array_equal(pixels(picture(image)), image.transpose(1, 2, 0))
    assert np.array_equal(pixels(picture(image[:1])), image[0])


def test_other_numbers_are_stretched():
    image = np.array([[-2.0, 0.0], [np.nan, 2.0]], np.float32)
    assert pixels(picture(image)).tolist() == [[0, 128], [128, 255]]
    assert pixels(picture(np.full((2, 2), 7))).tolist() == [[0, 0], [0, 0]]


def test_large_ones_become_small():
    assert pixels(picture(np.zeros((1000, 500), np.uint8))).shape == (128, 64)


@pytest.mark.parametrize("shape", [(), (10,), (5, 6, 7), (2, 3, 4, 5), (0, 4)])
def test_what_is_no_image_has_no_picture(shape):
    assert picture(np.zeros(shape, np.float32)) is None


def test_text_has_no_picture():
    assert picture(np.array([["a"]])) is None
