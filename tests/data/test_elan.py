import sys
from pathlib import Path

import pytest

from skelgraph.data.clip_range import ClipRange, Moment
from skelgraph.data.elan import read_elan, write_elan
from skelgraph.errors import DatasetError

EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-01-01T10:00:00+00:00" FORMAT="3.0" VERSION="3.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
 <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
  <MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/videos/take%201.mp4" MIME_TYPE="video/mp4"
    RELATIVE_MEDIA_URL="./take%201.mp4"/>
 </HEADER>
 <TIME_ORDER>
  <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="500"/>
  <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1250"/>
  <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="2000"/>
  <TIME_SLOT TIME_SLOT_ID="ts4"/>
 </TIME_ORDER>
 <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="emotion" PARTICIPANT="Ann">
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
   <ANNOTATION_VALUE>joy </ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
   <ANNOTATION_VALUE>fear</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
   <ANNOTATION_VALUE>fear</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts3">
   <ANNOTATION_VALUE></ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
 </TIER>
 <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="empty"/>
 <TIER LINGUISTIC_TYPE_REF="part" TIER_ID="strength" PARENT_REF="emotion">
  <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a5" ANNOTATION_REF="a1">
   <ANNOTATION_VALUE>strong</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
 </TIER>
 <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
 <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="part" CONSTRAINTS="Symbolic_Association"/>
</ANNOTATION_DOCUMENT>
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str = EAF) -> Path:
        path = tmp_path / "session.eaf"
        path.write_text(text)
        return path

    return write_text


def seconds(start: float, end: float) -> ClipRange:
    return ClipRange(Moment(start, "s"), Moment(end, "s"))


def test_the_annotations_of_a_tier(write) -> None:
    path = write()
    read = read_elan(path, "emotion")
    assert [(one.range, one.label) for one in read.annotations] == [
        (seconds(0.5, 1.25), "joy"),
        (seconds(1.25, 2.0), "fear"),
    ]
    assert {(one.takes, one.subject) for one in read.annotations} == {
        (("take 1", "session"), "Ann")
    }
    assert read.notes == (f"{path}: 2 annotations without a text or a time are left out",)


def test_annotations_that_refer_to_others(write) -> None:
    (one,) = read_elan(write(), "strength").annotations
    assert (one.range, one.label, one.subject) == (seconds(0.5, 1.25), "strong", None)


def test_a_part_of_a_video_is_annotated(write) -> None:
    text = EAF.replace("MIME_TYPE=", 'TIME_ORIGIN="60000" MIME_TYPE=')
    first, _ = read_elan(write(text), "emotion").annotations
    assert first.range == seconds(60.5, 61.25)


def test_the_only_tier_with_annotations_needs_no_name(write) -> None:
    text = EAF[: EAF.index(' <TIER LINGUISTIC_TYPE_REF="part"')] + "</ANNOTATION_DOCUMENT>"
    assert len(read_elan(write(text), None).annotations) == 2
    with pytest.raises(DatasetError, match=r"session\.eaf: expected the name of a tier \(--tier\)"):
        read_elan(write(), None)


def test_a_tier_that_is_not_there(write) -> None:
    message = r"session\.eaf: expected the tier 'mood', but its tiers are emotion \(4\), empty"
    with pytest.raises(DatasetError, match=message) as error:
        read_elan(write(), "mood")
    assert "damaged" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "no xml", EAF[:700], EAF.replace('TIER_ID="emotion"', ""), "<a/>"]
)
def test_damaged_files(write, text: str) -> None:
    with pytest.raises(DatasetError, match=r"session\.eaf: expected ELAN's XML, but it cannot be"):
        read_elan(write(text), "emotion")


def test_an_attribute_that_is_not_there(write) -> None:
    text = EAF.replace(
        'xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd"', ""
    )
    with pytest.raises(DatasetError, match=r"SchemaLocation' is missing; open it in ELAN and save"):
        read_elan(write(text), "emotion")


def test_a_time_that_is_not_there(write) -> None:
    with pytest.raises(DatasetError, match=r"session\.eaf: tier 'emotion' is damaged: KeyError"):
        read_elan(write(EAF.replace('TIME_SLOT_ID="ts2"', 'TIME_SLOT_ID="ts9"')), "emotion")


def test_what_to_install(write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pympi.Elan", None)
    with pytest.raises(DatasetError, match=r"pympi-ling, .* pip install skelgraph\[annotations\]"):
        read_elan(write(), "emotion")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    video, path = tmp_path / "videos" / "take 1.mp4", tmp_path / "out" / "talk.eaf"
    spans = [(0.5, 1.25, "joy"), (1.25, 2.0, "fear & <rage>"), (2.0, 2.0001, "too short")]
    write_elan(path, {"person 1": spans, "person 2": [(0.0, 0.1, "joy")]}, media=video)
    first = read_elan(path, "person 1")
    assert [(one.range, one.label, one.subject) for one in first.annotations] == [
        (seconds(0.5, 1.25), "joy", "person 1"),
        (seconds(1.25, 2.0), "fear & <rage>", "person 1"),
    ]
    assert first.annotations[0].takes == ("take 1", "talk")
    assert len(read_elan(path, "person 2").annotations) == 1
    assert 'RELATIVE_MEDIA_URL="./../videos/take 1.mp4"' in path.read_text()
    # It replaces what was there, and leaves no copy behind.
    write_elan(path, {"prediction": spans[:1]})
    (one,) = read_elan(path, None).annotations
    assert (one.label, one.subject, one.takes) == ("joy", None, ("talk",))
    assert [file.name for file in path.parent.iterdir()] == ["talk.eaf"]


def test_writing_needs_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pympi.Elan", None)
    with pytest.raises(DatasetError, match=r"pympi-ling, .* pip install skelgraph\[annotations\]"):
        write_elan(tmp_path / "a.eaf", {})
