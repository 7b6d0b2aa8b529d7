"""The words on the cards of the models that come with skelgraph."""

from skelgraph.runs import CardText

_MPI = (
    "551 clips of the MPI emotional body expressions database: six amateur actors tell stories "
    "seated, in a suit that captures their motion, with the emotion that the text asks for "
    "(Volkova, de la Rosa, Buelthoff, Mohler: PLoS ONE 9(12), e113647, 2014)."
)
_FILMED = (
    "Each clip as it was captured, and as two virtual cameras, a pose estimator's errors and a "
    "lifter leave it; the lifter had never met the clip's actor."
)
_RESEARCH = "For research only, with the credit to the data that their terms ask for."
_FEW = (
    "All that is known of emotion here comes from six people.",
    "No children and no old people, nobody who stands or walks, no two people together.",
    "Emotions are acted; real ones are weaker and mixed.",
    "Four emotions alone: whatever else is shown gets one of these four names.",
)

CARDS = {
    "emotion4": CardText(
        title="emotion4: anger, joy, neutral or sadness from the upper body",
        question="Which of four emotions does a seated person's upper body show?",
        data=f"{_MPI} {_FILMED}",
        license="other",
        terms=_RESEARCH,
        missing=_FEW,
        data_name="mpi-ebed",
        names_people=True,
        tags=("emotion-recognition",),
    ),
    "emotion4-live": CardText(
        title="emotion4-live: anger, joy, neutral or sadness while a person moves",
        question="Which of four emotions does a seated person's upper body show, at each frame?",
        data=f"{_MPI} {_FILMED}",
        license="other",
        terms=_RESEARCH,
        missing=(
            *_FEW,
            "Each clip that trained it shows one emotion; how soon the answer follows one that "
            "changes was not tested.",
        ),
        data_name="mpi-ebed",
        names_people=True,
        tags=("emotion-recognition", "streaming"),
    ),
    "style7": CardText(
        title="style7: in what style a person moves",
        question="In which of seven styles does a person walk, run, wave or raise the hands?",
        data="350 recordings of the Bandai Namco Research Motiondataset: seven styles (active, "
        "elderly, exhausted, feminine, masculine, normal, youthful), 50 each, of nine actions.",
        license="cc-by-nc-4.0",
        terms=_RESEARCH,
        missing=(
            "Nobody knows how many people were recorded, so that it was never tested on unseen "
            "people, only on unseen actions.",
            "Styles are acted, and are what actors take for feminine, masculine or elderly.",
        ),
        misuses=("No guess of a person's age, sex, gender or health.",),
        about_emotion=False,
        tags=("motion-style",),
    ),
    "lifter10": CardText(
        title="lifter10: from keypoints in an image to ten joints in space",
        question="Where in space are ten joints of the upper body?",
        data=f"{_MPI} Filmed by virtual cameras, with the errors of a pose estimator.",
        license="other",
        terms=_RESEARCH,
        missing=(
            "Seated people alone: how others sit, stand or walk was never seen.",
            "Cameras from the front half, level to within five degrees.",
        ),
        tags=("pose-lifting",),
    ),
}
"""The words of each model's card by its name."""
