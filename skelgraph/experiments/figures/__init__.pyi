from .attention import mean_attention as mean_attention
from .writing import DrawnFigure as DrawnFigure
from .writing import FigureSet as FigureSet
from .writing import draw_figures as draw_figures
