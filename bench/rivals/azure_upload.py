"""Sends one file to the emulator by Microsoft's SDK: azure_upload.py CONTAINER BLOB FILE"""

import os
import sys
from pathlib import Path

from azure.storage.blob import BlobServiceClient

container, blob, source = sys.argv[1:]
service = BlobServiceClient(
    os.environ["AZURITE_ENDPOINT"],
    credential={"account_name": "devstoreaccount1", "account_key": os.environ["AZURE_STORAGE_KEY"]},
    max_block_size=8 << 20,
    max_single_put_size=8 << 20,
)
with Path(source).open("rb") as file:
    service.get_blob_client(container, blob).upload_blob(file, overwrite=True, max_concurrency=6)
