"""A page about a file: facts gathered, charts drawn, samples shown; see `gather` and `write_page`."""

from qmodel.report.facts import Report
from qmodel.report.gathering import AlternativesWanted, DataWanted, gather
from qmodel.report.writing import write_page

__all__ = ["AlternativesWanted", "DataWanted", "Report", "gather", "write_page"]
