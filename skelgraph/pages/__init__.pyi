from .clip_encoding import PageClips as PageClips
from .contact_sheet import write_contact_sheet as write_contact_sheet
from .explanation_page import write_explanation_page as write_explanation_page
from .page_file import write_page as write_page
from .recording_page import write_recording_page as write_recording_page
from .report_page import write_report_page as write_report_page
