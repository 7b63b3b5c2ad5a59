"""Methods compared with each other on tensors of one's own: sizes, errors, speeds."""

from qmodel.measurement.measure import Measured, measure
from qmodel.measurement.methods import Method, coding_methods, methods, methods_of_any_quality
from qmodel.measurement.model_sample import sample_of_stored_arrays, sample_of_values
from qmodel.measurement.sample import Item, Sample, sample_of
from qmodel.measurement.trial import Trial, try_out

__all__ = [
    "Item",
    "Measured",
    "Method",
    "Sample",
    "Trial",
    "coding_methods",
    "measure",
    "methods",
    "methods_of_any_quality",
    "sample_of",
    "sample_of_stored_arrays",
    "sample_of_values",
    "try_out",
]
