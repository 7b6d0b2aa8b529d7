from .clip_check import check_clips as check_clips
from .data_check import DatasetReport as DatasetReport
from .data_check import check_dataset as check_dataset
from .data_check import describe_clips as describe_clips
from .findings import Finding as Finding
