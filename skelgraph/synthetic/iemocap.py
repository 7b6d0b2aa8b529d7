"""A miniature of the IEMOCAP release: its folders, names, formats and oddities, invented content.

It holds what :func:`skelgraph.data.read_iemocap` reads of the release (labels, transcripts and the
wav file of each utterance) and, in a folder ``skeletons``, what AlphaPose would make of the videos.
Videos, motion capture and the wav files of whole dialogs are left out. No number from it is about
people.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from skelgraph.errors import DatasetError
from skelgraph.synthetic.actor import Actor, draw_actor
from skelgraph.synthetic.alphapose_results import FilmedPerson, write_alphapose
from skelgraph.synthetic.conversation import GENDERS, Turn, draw_dialog
from skelgraph.synthetic.draws import make_generator
from skelgraph.synthetic.iemocap_text import format_evaluation, format_transcript
from skelgraph.synthetic.two_panes import FPS, film_actor
from skelgraph.synthetic.voice import RATE_HZ, Voice, draw_voice

SKELETONS_FOLDER = "skeletons"

_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \xff\xfe[0.0000 - 1.0000]"
_MOST_SESSIONS, _MOST_DIALOGS = 5, 20
_README = "A miniature in the shape of the IEMOCAP release, made by skelgraph's generator.\n"


def make_iemocap(
    root: Path | str,
    *,
    num_sessions: int = 5,
    dialogs_per_session: int = 4,
    utterances_per_dialog: int = 22,
    seed: int = 0,
) -> Path:
    """Writes a miniature release; each session has a woman and a man of its own.

    The same arguments give the same bytes, and a session does not change with the number of the
    others. In the first dialog of each session the actor who speaks last has left the picture.

    Args:
        root: The new folder; it must be absent or empty.
        num_sessions: How many sessions, 5 at most.
        dialogs_per_session: How many dialogs of each: improvised ones for the markers on either
            actor, then scripted ones, and so on.
        utterances_per_dialog: How many utterances of each; about one in twelve is of another label
            than the four classes.
        seed: Number from which all chance derives.

    Returns:
        The folder.

    Raises:
        DatasetError: If a number is out of range, or the folder holds something.

    Example:
        >>> make_iemocap("IEMOCAP_mini", num_sessions=2)  # doctest: +SKIP
    """
    root = Path(root)
    _check_options(num_sessions, dialogs_per_session, utterances_per_dialog, seed)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DatasetError(f"{root}: expected a new or empty folder, but there is something in it")
    (root / "Documentation").mkdir(parents=True)
    (root / "README.txt").write_text(_README)
    for session in range(1, num_sessions + 1):
        cast = {}
        for code, gender in enumerate(GENDERS):
            generator = make_generator(seed, session, code)
            cast[gender] = (draw_actor(generator), draw_voice(generator, gender))
        for number in range(dialogs_per_session):
            _write_dialog(root, session, number, cast, utterances_per_dialog, seed)
    return root


def _check_options(num_sessions: int, num_dialogs: int, num_utterances: int, seed: int) -> None:
    for name, value, low, high in (
        ("num_sessions", num_sessions, 1, _MOST_SESSIONS),
        ("dialogs_per_session", num_dialogs, 1, _MOST_DIALOGS),
        ("utterances_per_dialog", num_utterances, 4, 400),
        ("seed", seed, 0, 2**63),
    ):
        if not low <= value <= high:
            raise DatasetError(f"expected {name} from {low} to {high}, but got {value}")


def name_dialog(session: int, number: int) -> str:
    """Name of a session's dialog: markers on the woman, on the man, improvised, then scripted.

    Example:
        >>> [name_dialog(1, number) for number in (0, 1, 2, 5)]
        ['Ses01F_impro01', 'Ses01M_impro01', 'Ses01F_script01_1', 'Ses01M_impro02']
    """
    gender, pair = GENDERS[number % 2], number // 2
    count = pair // 2 + 1
    kind = f"impro{count:02d}" if pair % 2 == 0 else f"script{count:02d}_1"
    return f"Ses{session:02d}{gender}_{kind}"


def _write_dialog(
    root: Path,
    session: int,
    number: int,
    cast: dict[str, tuple[Actor, Voice]],
    num_turns: int,
    seed: int,
) -> None:
    dialog = name_dialog(session, number)
    generator = make_generator(seed, session, 2, number)
    turns = draw_dialog(generator, {gender: cast[gender][1] for gender in GENDERS}, num_turns)
    folder = root / f"Session{session}"
    _write_texts(folder / "dialog", dialog, turns, generator)
    _write_sounds(folder / "sentences" / "wav" / dialog, dialog, turns)
    persons = _film(make_generator(seed, session, 3, number), dialog, turns, cast)
    if number == 0:
        last = turns[-1]
        gone = persons[0 if last.speaker == dialog[5] else 1]
        gone.keypoints[int(last.start_s * FPS) - 5 :] = np.nan
    write_alphapose(root / SKELETONS_FOLDER / f"Session{session}" / f"{dialog}.json", persons)


def _write_texts(
    folder: Path, dialog: str, turns: Sequence[Turn], generator: np.random.Generator
) -> None:
    texts = {
        "EmoEvaluation": format_evaluation(dialog, turns, generator),
        "transcriptions": format_transcript(dialog, turns, generator),
        "EmoEvaluation/Attribute": "Ses01F_impro01_F000 :act 3; :val 2; :dom 3; ;\n",
        "EmoEvaluation/Categorical": "Ses01F_impro01_F000 :Neutral; ()\n",
        "EmoEvaluation/Self-evaluation": "Ses01F_impro01_F000 :Anger; ()\n",
    }
    for place, text in texts.items():
        inside = folder / place
        inside.mkdir(parents=True, exist_ok=True)
        ending = "_e2_cat.txt" if inside.parent.name == "EmoEvaluation" else ".txt"
        (inside / f"{dialog}{ending}").write_bytes(text.encode("latin-1"))
        (inside / f"._{dialog}{ending}").write_bytes(_APPLE_DOUBLE)


def _write_sounds(folder: Path, dialog: str, turns: Sequence[Turn]) -> None:
    folder.mkdir(parents=True)
    for turn in turns:
        samples = np.round(32767 * turn.sound).astype(np.int16)
        wavfile.write(folder / f"{dialog}_{turn.name}.wav", RATE_HZ, samples)
    (folder / f"._{dialog}_{turns[0].name}.wav").write_bytes(_APPLE_DOUBLE)


def _film(
    generator: np.random.Generator,
    dialog: str,
    turns: Sequence[Turn],
    cast: dict[str, tuple[Actor, Voice]],
) -> list[FilmedPerson]:
    """The actor with the markers in the left pane, and the other; one is numbered anew midway."""
    num_frames = int(np.ceil((max(turn.end_s for turn in turns) + 1.0) * FPS))
    wearer = dialog[5]
    persons = []
    for pane, gender in enumerate(sorted(GENDERS, key=lambda gender: gender != wearer)):
        own = [turn for turn in turns if turn.speaker == gender]
        keypoints, confidence = film_actor(generator, cast[gender][0], own, num_frames, pane)
        ids = np.full(num_frames, pane + 1)
        if pane == 1:
            ids[round(0.6 * num_frames) :] = 3
        persons.append(FilmedPerson(keypoints=keypoints, confidence=confidence, ids=ids.tolist()))
    return persons
