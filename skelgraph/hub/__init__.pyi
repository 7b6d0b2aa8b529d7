from .hub_client import download_files as download_files
from .hub_client import upload_folder as upload_folder
from .hub_reference import HubReference as HubReference
from .hub_reference import is_hub_reference as is_hub_reference
