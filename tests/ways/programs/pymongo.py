"""pymongo, which connects in threads of its own."""

import os

import pymongo

url = f"mongodb://tester:hunter2@127.0.0.1:{os.environ['PORT']}/admin"
pymongo.MongoClient(url, serverSelectionTimeoutMS=300).admin.command("ping")  # found here
