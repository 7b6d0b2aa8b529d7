from .figure_set import DrawnFigure as DrawnFigure
from .figure_set import FigureSet as FigureSet
from .figure_set import draw_figures as draw_figures
from .skeleton_figures import mean_attention as mean_attention
