"""A worker process of `multiprocessing`, from a fork server."""

import multiprocessing

import boto3


def work():
    boto3.client("lambda").invoke(FunctionName="other")  # found here


if __name__ == "__main__":
    process = multiprocessing.get_context("forkserver").Process(target=work)
    process.start()
    process.join()
    raise SystemExit(process.exitcode)
