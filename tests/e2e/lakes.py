"""Lakes that tests have made from the sample corpus, and the part of it that is enough for most of them."""

from pathlib import Path

from program import Outcome, run_voxlake
from sample_corpus import Corpus

SMALL_CORPUS = [
    "amsel77-20120514-nko",
    "anonymous-20090422-cxs",
    "anonymous-20100529-euj",
    "briefly-20140101-sht",
    "flacfinch-20120301-flc",
    "hollow-20150404-emp",
    "june-20180412-ybq",
    "kestrel-20100105-rta",
    "kestrel-20100107-zze",
    "larkspur_jo-20080112-kde",
    "larkspur_jo-20080113-qpl",
    "mixedbag-20150101-bad",
    "oldmill-20070419-tsc",
    "snapped-20150606-cut",
    "zilvermeeuw-20150720-leh",
]


class Lake:
    """A lake that a run left, that run's outcome, and what it was made from."""

    def __init__(self, folder: Path, outcome: Outcome, corpus: Corpus, url: str) -> None:
        self.folder, self.outcome, self.corpus, self.url = folder, outcome, corpus, url


def make_lake(folder: Path, corpus: Corpus, site: str, *arguments: str) -> Lake:
    outcome = run_voxlake("run", "--corpus", site, "--name", "sample", "--lake", folder, *arguments, timeout=900)
    assert outcome.code in (0, 3), outcome.text
    return Lake(folder, outcome, corpus, site)
