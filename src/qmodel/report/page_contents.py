"""What the page shows that the facts do not say in so many words: charts, pictures, the order of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qmodel.report.charts.drawing import Chart
from qmodel.report.charts.layers import layer_chart
from qmodel.report.charts.rate_distortion import rate_distortion_chart
from qmodel.report.charts.sizes import size_chart
from qmodel.report.charts.weights import histogram_chart
from qmodel.report.confusion import ConfusionTable
from qmodel.report.facts import Report, TensorFacts, WeightHistogram
from qmodel.report.pictures import picture

# Longer tables show no more rows than this until the rest is asked for.
ROWS_SHOWN = 40
# Beyond this many the page would be slow: the smallest are summed up.
MOST_TENSORS = 2000


@dataclass(frozen=True, slots=True)
class TensorRows:
    """The rows of the table of tensors.

    Attributes:
        shown: in the order of the network where they are few, else the largest first.
        others: number of tensors that are not listed.
        other_bytes: their payloads.
        most_bytes: payloads of the largest.
    """

    shown: tuple[TensorFacts, ...]
    others: int
    other_bytes: int
    most_bytes: int

    @classmethod
    def of(cls, tensors: Sequence[TensorFacts], /) -> TensorRows:
        """Rows of tensors in the order of the network."""
        by_size = sorted(tensors, key=lambda each: -each.stored_bytes)
        shown = tensors if len(tensors) <= ROWS_SHOWN else by_size[:MOST_TENSORS]
        other_bytes = sum(each.stored_bytes for each in tensors) - sum(each.stored_bytes for each in shown)
        return cls(tuple(shown), len(tensors) - len(shown), other_bytes, by_size[0].stored_bytes if by_size else 0)


@dataclass(frozen=True, slots=True)
class PageContents:
    """Made from a report for its page.

    Attributes:
        rows: of the table of tensors.
        sizes: chart of bytes and errors.
        histograms: with their charts.
        layers: chart of the layers' errors.
        confusion: of the classes.
        pictures: of wrong predictions, in their order; None for what is no image.
        alternatives: chart of rate against distortion.
    """

    rows: TensorRows
    sizes: Chart | None
    histograms: tuple[tuple[WeightHistogram, Chart], ...]
    layers: Chart | None
    confusion: ConfusionTable | None
    pictures: tuple[str | None, ...]
    alternatives: Chart | None


def of(report: Report, /) -> PageContents:
    """Draw everything."""
    evaluation = report.evaluation
    classes = evaluation.classification if evaluation else None
    histograms = (
        (histogram, histogram_chart(histogram, number)) for number, histogram in enumerate(report.histograms, start=1)
    )
    return PageContents(
        rows=TensorRows.of(report.tensors),
        sizes=size_chart(report.tensors),
        histograms=tuple(histograms),
        layers=layer_chart(evaluation.layers) if evaluation else None,
        confusion=ConfusionTable.of(classes.confusion) if classes else None,
        pictures=tuple(picture(each.sample) for each in classes.wrong) if classes else (),
        alternatives=rate_distortion_chart(report.alternatives) if report.alternatives else None,
    )
