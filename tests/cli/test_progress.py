import io
import sys

from qmodel.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_total_that_nobody_knows(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("measuring") as progress:
        for done in (10, 20):
            progress(done, None)
    shown = sys.stderr.getvalue()
    assert "measuring" in shown
    assert "20/?" in shown
    assert "round" not in shown


def test_nobody_to_see_it(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar("measuring") as progress:
        assert progress is None
