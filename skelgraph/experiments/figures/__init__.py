"""Figures drawn from run directories, at the width of a column of text."""

from skelgraph.experiments.figures.attention import mean_attention
from skelgraph.experiments.figures.writing import (
    DrawnFigure,
    FigureSet,
    draw_figures,
    write_figures,
)

__all__ = ["DrawnFigure", "FigureSet", "draw_figures", "mean_attention", "write_figures"]
