import builtins

import numpy as np
import pytest
from PIL import Image

import qmodel
from qmodel.datasets.image_file import read_image
from qmodel.datasets.image_folder import ImageFolder
from qmodel.datasets.image_shape import ImageShape
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.graph import ImageLayout
from tests.datasets.networks import brightness

OPEN = ImageShape(None, None, None)


def grey(level, size=(2, 2)):
    return Image.new("L", size, level)


@pytest.fixture
def folder(tmp_path):
    """Four classes by brightness, two images each, one of them deeper; and what is no image."""
    for label, name in enumerate(["black", "dim", "light", "shining"]):
        (tmp_path / name / "more").mkdir(parents=True)
        grey(10 + 64 * label).save(tmp_path / name / "one.png")
        grey(50 + 64 * label, (5, 9)).save(tmp_path / name / "more" / "two.bmp")
        (tmp_path / name / "notes.txt").write_text("no image")
    (tmp_path / ".hidden").mkdir()
    grey(0).save(tmp_path / ".hidden" / "three.png")
    grey(0).save(tmp_path / "stray.png")
    return tmp_path


def test_a_folder_for_each_class(folder):
    found = qmodel.evaluate(brightness(), folder, batch_size=3, keep_wrong=3)
    assert (found.samples, found.accuracy, found.wrong) == (8, 1, ())
    assert found.classification.class_names == ("black", "dim", "light", "shining")
    assert [score.support for score in found.per_class] == [2, 2, 2, 2]


def test_wrong_predictions_name_their_files(folder):
    grey(255).save(folder / "black" / "really.png")
    found = qmodel.evaluate(brightness(), folder, keep_wrong=3)
    (wrong,) = found.wrong
    assert (wrong.name, wrong.label, wrong.prediction) == ("black/really.png", 0, 3)
    assert wrong.sample.tolist() == [[255, 255], [255, 255]]
    assert found.to_json()["outputs"][0]["classification"]["wrong"] == [
        {"index": 2, "label": 0, "prediction": 3, "probability": wrong.probability, "name": "black/really.png"}
    ]


def test_a_table_of_labels(folder):
    rows = ["black/one.png,0", "shining/one.png,3", "stray.png,0"]
    (folder / "labels.csv").write_text("\n".join(["file,label", *rows]) + "\n")
    found = qmodel.evaluate(brightness(), folder)
    assert (found.samples, found.accuracy, found.classification.class_names) == (3, 1, ())
    other = folder / "other.csv"
    other.write_text("black/one.png,A\nshining/one.png,D\nstray.png,C\nlight/one.png,C\ndim/one.png,B\n")
    found = qmodel.evaluate(brightness(), folder, other)
    assert (found.samples, found.accuracy) == (5, 0.8)
    assert found.classification.class_names == ("A", "B", "C", "D")


def test_a_table_of_numbers(folder):
    (folder / "labels.csv").write_text("black/one.png,0.5\nshining/one.png,1\n")
    model = brightness(classes=1)
    (output,) = qmodel.evaluate(model, folder).outputs
    scores = model.weights["w"][0, 0] * np.array([10, 202]) / 255 + model.weights["b"][0]
    assert output.target_error.mae == pytest.approx(np.abs(scores - [0.5, 1]).mean(), rel=1e-5)


def test_a_flat_folder_has_no_labels(tmp_path):
    for number in range(3):
        grey(80 * number).save(tmp_path / f"{number}.png")
    found = qmodel.evaluate(brightness(), tmp_path, reference=brightness())
    assert (found.samples, found.agreement, found.classification) == (3, 1, None)


def test_images_of_several_sizes_where_the_network_takes_any(folder):
    model = brightness(ImageLayout.NCHW, ("N", "C", "H", "W"))
    batches = list(ImageFolder.of(model.graph, folder, None).batches(3))
    assert [batch.inputs["x"].shape for batch in batches] == [(1, 9, 5), (1, 2, 2)] * 4
    assert qmodel.evaluate(model, folder).accuracy == 1


def test_a_flat_input_is_a_square(folder):
    model = brightness(ImageLayout.FLAT, ("N", 12))
    shape = ImageFolder.of(model.graph, folder, None).shape
    assert (shape.height, shape.width, shape.channels) == (2, 2, 3)
    assert qmodel.evaluate(model, folder).accuracy == 1


@pytest.mark.parametrize(
    ("layout", "shape", "expected"),
    [
        (ImageLayout.NHW, ("N", 4, 5), (4, 5, 1)),
        (ImageLayout.NCHW, ("N", 3, 4, 5), (4, 5, 3)),
        (ImageLayout.NHWC, ("N", 4, 5, 1), (4, 5, 1)),
        (ImageLayout.FLAT, ("N", 16), (4, 4, 1)),
        (ImageLayout.FLAT, ("N", 48), (4, 4, 3)),
        (ImageLayout.FLAT, ("N", 50), (None, None, None)),
        (ImageLayout.NCHW, ("N", "C", "H", "W"), (None, None, None)),
    ],
)
def test_the_shape_of_images(folder, layout, shape, expected):
    found = ImageFolder.of(brightness(layout, shape).graph, folder, None).shape
    assert (found.height, found.width, found.channels) == expected


def test_a_crop_fraction_cuts_the_centre_out(tmp_path):
    noise = Image.effect_noise((256, 256), 60)
    noise.save(tmp_path / "square.png")
    seen = read_image(tmp_path / "square.png", ImageShape(224, 224, 1).cropped(0.875))
    np.testing.assert_array_equal(seen, np.asarray(noise)[16:240, 16:240])


def test_a_crop_fraction_is_of_the_shorter_side(tmp_path):
    ramp = np.add.outer(np.arange(300) * 0.5, np.arange(400) * 0.25).astype(np.uint8)
    Image.fromarray(ramp).save(tmp_path / "wide.png")
    seen = read_image(tmp_path / "wide.png", ImageShape(112, 112, 1).cropped(0.875))
    scaled = Image.fromarray(ramp).resize((171, 128), Image.Resampling.BILINEAR)
    assert np.abs(seen - np.asarray(scaled, np.int16)[8:120, 29:141]).max() <= 1


def test_a_crop_fraction_that_does_not_fit_is_refused(folder):
    for fraction in (0, -1, 1.5, float("nan")):
        with pytest.raises(InvalidInputError, match="above 0 and at most 1"):
            qmodel.evaluate(brightness(), folder, crop_fraction=fraction)
    with pytest.raises(InvalidInputError, match="leaves open"):
        qmodel.evaluate(brightness(ImageLayout.NCHW, ("N", "C", "H", "W")), folder, crop_fraction=0.5)
    with pytest.raises(InvalidInputError, match="for folders of images"):
        qmodel.evaluate(brightness(), np.zeros((2, 2, 2), np.uint8), np.zeros(2, np.int64), crop_fraction=0.5)
    np.savez(folder / "data.npz", images=np.zeros((2, 2, 2), np.uint8), labels=np.zeros(2, np.int64))
    with pytest.raises(InvalidInputError, match=r"data\.npz: .*for folders of images"):
        qmodel.evaluate(brightness(), folder / "data.npz", crop_fraction=0.5)


def test_what_the_network_cannot_take_is_refused(folder, tmp_path):
    with pytest.raises(InvalidInputError, match="qmodel compress --pixel-scale"):
        qmodel.evaluate(brightness(image_input=False), folder)
    with pytest.raises(InvalidInputError, match="takes 5 channels"):
        qmodel.evaluate(brightness(ImageLayout.NCHW, ("N", 5, 2, 2)), folder)
    with pytest.raises(InvalidInputError, match="3 images at a time, 8 is no multiple"):
        qmodel.evaluate(brightness(shape=(3, 2, 2)), folder)
    with pytest.raises(InvalidInputError, match="the data has 4 classes, the network only 3: the last is 'shining'"):
        qmodel.evaluate(brightness(classes=3), folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match="no images"):
        qmodel.evaluate(brightness(), tmp_path / "empty")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot identify"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not a readable image"),
        (None, "truncated|broken|not a readable image"),
    ],
)
def test_a_damaged_image_is_named(folder, content, message):
    path = folder / "dim" / "one.png"
    Image.effect_noise((2, 2), 50).resize((64, 64)).save(path)
    path.write_bytes(path.read_bytes()[:200] if content is None else content)
    with pytest.raises(InvalidInputError, match=message) as refused:
        qmodel.evaluate(brightness(), folder)
    assert str(path) in str(refused.value)


def test_an_image_of_too_many_pixels_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / "large.png"
    grey(0, (15, 10)).save(path)
    with pytest.raises(InvalidInputError, match=r"large\.png.*pixels"):
        read_image(path, OPEN)


def test_an_image_of_floats_is_named(tmp_path):
    path = tmp_path / "image.tiff"
    Image.new("F", (2, 2), 0.5).save(path)
    with pytest.raises(InvalidInputError, match=r"image\.tiff: .*no white and black"):
        read_image(path, OPEN)


def test_without_pillow_the_extra_is_named(folder, monkeypatch):
    real_import = builtins.__import__

    def without_pillow(name, *arguments):
        if name.split(".")[0] == "PIL":
            raise ImportError(name)
        return real_import(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_pillow)
    with pytest.raises(UnsupportedError, match=r"pip install 'qmodel-format\[images\]'"):
        qmodel.evaluate(brightness(), folder)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "names no file"),
        ("file,label\n", "names no file"),
        ("stray.png\n", "at least one"),
        ("stray.png,1\nstray.png,1,2\n", "as many further columns"),
        ("stray.png,1,a\n", "must hold numbers"),
        ("stray.png,1\n../stray.png,1\n", "not in the folder"),
        ("stray.png,1\n/etc/passwd,1\n", "not in the folder"),
        ('stray.png,"1\n', "not a readable table"),
        ("stray.png,1\nmissing.png,1\n", r"missing\.png: not a readable image"),
        ("stray.png,4\n", "label 4 is out of range"),
    ],
)
def test_tables_that_do_not_fit_are_refused(folder, table, message):
    (folder / "labels.csv").write_text(table)
    with pytest.raises(InvalidInputError, match=message):
        qmodel.evaluate(brightness(), folder)


def saved(tmp_path, image, **options):
    path = tmp_path / "image.png"
    image.save(path, **options)
    return path


def test_colours_become_grey_and_grey_becomes_colours(tmp_path):
    red = saved(tmp_path, Image.new("RGB", (2, 1), (255, 0, 0)))
    assert read_image(red, ImageShape(None, None, 1)).tolist() == [[76, 76]]
    assert read_image(red, OPEN).tolist() == [[[255, 0, 0]] * 2]
    assert read_image(red, ImageShape(None, None, 1, has_channel_axis=True)).shape == (1, 2, 1)
    plain = saved(tmp_path, grey(7, (2, 1)))
    assert read_image(plain, ImageShape(None, None, 3)).tolist() == [[[7, 7, 7]] * 2]
    assert read_image(plain, OPEN).tolist() == [[7, 7]]


def test_what_is_transparent_is_white(tmp_path):
    clear = Image.new("RGBA", (2, 1), (10, 20, 30, 255))
    clear.putpixel((1, 0), (0, 0, 0, 0))
    assert read_image(saved(tmp_path, clear), OPEN).tolist() == [[[10, 20, 30], [255, 255, 255]]]
    half = Image.new("LA", (1, 1), (0, 128))
    assert read_image(saved(tmp_path, half), OPEN).tolist() == [[127]]
    palette = Image.new("P", (1, 1), 0)
    assert read_image(saved(tmp_path, palette, transparency=0), OPEN).tolist() == [[[255, 255, 255]]]


def test_other_depths(tmp_path):
    deep = Image.fromarray(np.array([[0, 257, 65535]], np.uint16))
    assert read_image(saved(tmp_path, deep), OPEN).tolist() == [[0, 1, 255]]
    bits = Image.new("1", (2, 1), 1)
    bits.putpixel((0, 0), 0)
    assert read_image(saved(tmp_path, bits), OPEN).tolist() == [[0, 255]]


def test_upright_by_exif(tmp_path):
    image = grey(0, (3, 1))
    image.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert read_image(saved(tmp_path, image, exif=exif), OPEN).tolist() == [[255], [0], [0]]


def test_the_middle_is_cut_out_in_proportion(tmp_path):
    wide = Image.effect_noise((36, 12), 80)
    high = Image.effect_noise((12, 36), 80)
    for size, image, scaled, box in (
        (6, wide, (18, 6), (6, 0, 12, 6)),
        (24, wide, (72, 24), (24, 0, 48, 24)),
        (6, high, (6, 18), (0, 6, 6, 12)),
    ):
        expected = np.asarray(image.resize(scaled, Image.Resampling.BILINEAR).crop(box), int)
        found = read_image(saved(tmp_path, image), ImageShape(size, size, 1))
        assert np.abs(found - expected).max() <= 1
    thin = saved(tmp_path, grey(9, (1, 5000)))
    assert read_image(thin, ImageShape(20, 20, 1)).tolist() == [[9] * 20] * 20


def test_every_pixel_counts_where_an_image_gets_smaller(tmp_path):
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    found = read_image(saved(tmp_path, Image.fromarray(board)), ImageShape(8, 8, 1))
    assert np.abs(found.astype(int) - 127).max() <= 2
