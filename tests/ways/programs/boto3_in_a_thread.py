"""boto3 in a thread of the user's own pool."""

from concurrent.futures import ThreadPoolExecutor

import boto3


def work():
    boto3.client("lambda").invoke(FunctionName="other", Payload=b"{}")  # found here


with ThreadPoolExecutor(1) as pool:
    pool.submit(work).result()
