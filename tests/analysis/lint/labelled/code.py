# ruff: noqa: E501 - data
"""Small functions, bad and good, for the rules about code. A case is the text of app.py, or files by name."""

from __future__ import annotations

from typing import Any

Case = Any

_BOTO = "import boto3\n"
_HANDLER = "def lambda_handler(event, context):\n"


def _body(*lines: str, before: str = "", name: str = "lambda_handler") -> str:
    text = "".join(f"    {line}\n" for line in lines)
    return f"{before}def {name}(event, context):\n{text}"


BAD: dict[str, list[Case]] = {
    "LG001": [
        "def f(:\n", "x = (\n", "if True:\nprint(1)\n", "x = 'unclosed\n", "return = 1\n", "\tx\n  y\n", "class\n",
        "x = \x00\n", "f(" * 300 + ")" * 300 + "\n", "print 'python 2'\n", "def f():\n", "async x\n",
    ],
    "LG002": [
        *(f"import {name}  # lambda-guard: ignore[LG301]\n" for name in ("psycopg2", "pymongo", "redis", "pymysql", "asyncpg", "oracledb")),
        *(f"# lambda-guard: ignore[LG301]\nimport {name}\n" for name in ("psycopg", "valkey", "pyodbc", "cassandra")),
        "import redis  # lambda-guard:ignore[LG301]\n", "import redis  #lambda-guard: ignore[LG301]   \n",
    ],
    "LG003": [
        "import json  # lambda-guard: ignore[LG301] cache\n", "x = 1  # lambda-guard: ignore[LG201] reason\n",
        "# lambda-guard: ignore[LG401] reason\nx = 1\n", "import redis  # lambda-guard: ignore[LG201] wrong id\n",
        "import redis  # lambda-guard: ignore[LG999] no rule\n", "import redis  # lambda-guard: ignore no id\n",
        "import redis  # lambda-guard: ignore[] no id\n", "import redis  # lambda-guard: ignore[LG301,LG302] one too many\n",
        "# lambda-guard: ignore[LG301] too far\n\nx = 1\nimport redis\n", "import redis\n# lambda-guard: ignore[LG301] below\n",
        "def f():\n    pass  # lambda-guard: ignore[LG406] reason\n", "import redis  # lambda-guard: ignore[lg301] lower case\n",
    ],
    "LG106": [
        _body('return event["headers"]["Authorization"]'),
        _body('return event["headers"].get("authorization")'),
        _body('return event.get("headers", {}).get("Authorization")'),
        _body('return (event.get("headers") or {}).get("Authorization")'),
        _body('headers = event["headers"]', 'return headers["authorization"]'),
        _body('headers = event.get("headers") or {}', 'token = headers.get("Authorization", "")', "return token"),
        _body('return event["multiValueHeaders"]["Authorization"][0]'),
        _body("return token(event)") + 'def token(event):\n    return event["headers"]["Authorization"]\n',
        _body('return token(event["headers"])') + 'def token(headers):\n    return headers["authorization"]\n',
        'NAME = "Authorization"\n' + _body('return event["headers"][NAME]'),
        _body('headers = {k.lower(): v for k, v in event["headers"].items()}', 'return headers["authorization"]'),
        "from resolver import app\n" + _body("return app.resolve(event, context)") + '@app.get("/x")\ndef x():\n    return app.current_event.get_header_value("Authorization")\n',
        {"app.py": "from auth import who\n" + _body("return who(event)"), "auth.py": 'def who(event):\n    return event["headers"]["Authorization"]\n'},
    ],
    "LG201": [
        _BOTO + 'boto3.client("lambda").invoke(FunctionName="f")\n',
        _BOTO + 'c = boto3.client("lambda")\ndef f():\n    c.invoke(FunctionName="f")\n',
        _BOTO + 'boto3.Session().client("lambda").invoke(FunctionName="f")\n',
        "from boto3 import client as make\nmake('lambda').invoke(FunctionName='f')\n",
        "import boto3 as aws\nc = aws.session.Session().client(service_name='lambda')\nc.invoke_async(FunctionName='f', InvokeArgs=b'')\n",
        _BOTO + 'send = boto3.client("lambda").invoke\nsend(FunctionName="f")\n',
        _BOTO + 'def make():\n    return boto3.client("lambda")\nmake().invoke(FunctionName="f")\n',
        _BOTO + 'def make(name):\n    return boto3.client(name)\nmake("lambda").invoke(FunctionName="f")\n',
        _BOTO + 'class A:\n    def __init__(self):\n        self.c = boto3.client("lambda")\n    def go(self):\n        self.c.invoke(FunctionName="f")\n',
        _BOTO + 'class A:\n    c = boto3.client("lambda")\n    @classmethod\n    def go(cls):\n        cls.c.invoke(FunctionName="f")\n',
        _BOTO + 'def go(c):\n    c.invoke(FunctionName="f")\ngo(boto3.client("lambda"))\n',
        "import aioboto3\nasync def go():\n    async with aioboto3.Session().client('lambda') as c:\n        await c.invoke(FunctionName='f')\n",
        "from aiobotocore.session import get_session\nasync def go():\n    async with get_session().create_client('lambda') as c:\n        await c.invoke(FunctionName='f')\n",
        _BOTO + 'getattr(boto3.client("lambda"), "invoke")(FunctionName="f")\n',
        _BOTO + 'clients = {"a": boto3.client("lambda"), "b": boto3.client("s3")}\nclients["a"].invoke(FunctionName="f")\n',
        _BOTO + 'boto3.client("lambda").invoke_with_response_stream(FunctionName="f")\n',
        {"aws.py": _BOTO + 'c = boto3.client("lambda")\n', "app.py": "from aws import c\ndef f():\n    c.invoke(FunctionName='f')\n"},
        {"pkg/__init__.py": "", "pkg/aws.py": _BOTO + 'def make():\n    return boto3.client("lambda")\n', "pkg/app.py": "from . import aws\naws.make().invoke(FunctionName='f')\n"},
        "import functools, boto3\nsend = functools.partial(boto3.client('lambda').invoke, FunctionName='f')\nsend()\n",
        _BOTO + 'c = None\ndef get():\n    global c\n    if c is None:\n        c = boto3.client("lambda")\n    return c\ndef f():\n    get().invoke(FunctionName="f")\n',
        "from mypy_boto3_lambda import LambdaClient\ndef f(c: LambdaClient):\n    c.invoke(FunctionName='f')\n",
        "import functools, boto3\nclass A:\n    @functools.cached_property\n    def c(self):\n        return boto3.client('lambda')\n    def go(self):\n        self.c.invoke(FunctionName='f')\n",
    ],
    "LG202": [
        "import requests\nrequests.post('https://abc.lambda-url.eu-west-1.on.aws/')\n",
        "import urllib.request\nurllib.request.urlopen('https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations')\n",
        "import httpx\nURL = 'https://abc.lambda-url.eu-west-1.on.aws/x'\nhttpx.get(URL)\n",
        "import http.client\nc = http.client.HTTPSConnection('abc.lambda-url.us-east-1.on.aws')\n",
        "import requests\ndef f(region):\n    requests.post(f'https://lambda.{region}.amazonaws.com/2015-03-31/functions/f/invocations')\n",
        "import requests\ndef f(name):\n    requests.post(BASE + '/2015-03-31/functions/' + name + '/invocations')\n",
        "import os, requests\nrequests.post(os.environ['STOCK_FUNCTION_URL'])\n",
        "import os, requests\nrequests.post(os.getenv('LAMBDA_URL'))\n",
        "import os, requests\nrequests.post(os.environ.get('FUNCTION_URL', ''))\n",
        "import subprocess\nsubprocess.run(['aws', 'lambda', 'invoke', '--function-name', 'f', 'out'])\n",
        "import os\nos.system('aws lambda invoke --function-name f out')\n",
        "import subprocess\nsubprocess.run(f'aws --region eu-west-1 lambda invoke --function-name {1} out', shell=True)\n",
        "import requests\nrequests.post('https://lambda.eu-west-1.amazonaws.com/2014-11-13/functions/f/invoke-async/')\n",
    ],
    "LG301": [
        *(f"import {name}\n" for name in ("psycopg2", "psycopg", "asyncpg", "pg8000", "pymysql", "MySQLdb", "mysql.connector", "mariadb", "pymssql", "pyodbc", "oracledb", "pymongo", "redis", "valkey", "pymemcache", "cassandra", "neo4j")),
        "from pymongo import MongoClient\n", "from redis.asyncio import Redis\n", "from mysql import connector\n" if False else "from mysql.connector import connect\n",
        "from sqlalchemy import create_engine\ncreate_engine('postgresql://db/shop')\n",
        "import importlib\nimportlib.import_module('psycopg2')\n", "def f():\n    import aiomysql\n",
        "try:\n    import psycopg2\nexcept ImportError:\n    psycopg2 = None\n",
    ],
    "LG302": [
        _body("return psycopg2.connect('')", before="import psycopg2\n"),
        _body("return connect('')", before="from psycopg import connect\n"),
        _body("with pymysql.connect(host='h') as c:", "    return c", before="import pymysql\n"),
        _body("return redis.Redis(host='h').get('k')", before="import redis\n"),
        _body("return r.from_url('redis://h')", before="import redis as r\n"),
        _body("return MongoClient('h').db", before="from pymongo import MongoClient\n"),
        _body("return create_engine('postgresql://h/d').connect()", before="from sqlalchemy import create_engine\n"),
        _body("return db().cursor()", before="import psycopg2\ndef db():\n    return psycopg2.connect('')\n"),
        _body("return read()", before="import pymysql\ndef db():\n    return pymysql.connect()\ndef read():\n    return db().cursor()\n"),
        _body("return oracledb.connect(dsn='d')", before="import oracledb\n"),
        _body("return mysql.connector.connect(host='h')", before="import mysql.connector\n"),
        _body("import pyodbc", "return pyodbc.connect('d')"),
        _body("return Client(('h', 11211)).get('k')", before="from pymemcache.client.base import Client\n"),
        {"app.py": "import db\n" + _body("return db.get()"), "db.py": "import psycopg2\ndef get():\n    return psycopg2.connect('')\n"},
    ],
    "LG401": [
        _body(f"return {call}", before=_BOTO + made)
        for made, call in (
            ("t = boto3.resource('dynamodb').Table('t')\n", "t.get_item(Key={})"),
            ("t = boto3.resource('dynamodb').Table('t')\n", "t.query()"),
            ("c = boto3.client('dynamodb')\n", "c.put_item(TableName='t', Item={})"),
            ("c = boto3.client('s3')\n", "c.get_object(Bucket='b', Key='k')"),
            ("c = boto3.client('sqs')\n", "c.send_message(QueueUrl='q', MessageBody='')"),
            ("c = boto3.client('sns')\n", "c.publish(TopicArn='t', Message='')"),
            ("", "boto3.client('events').put_events(Entries=[])"),
            ("", "boto3.resource('s3').Bucket('b').upload_file('a', 'b')"),
            ("s = boto3.Session()\nc = s.client('stepfunctions')\n", "c.start_execution()"),
            ("def make():\n    return boto3.client('ssm')\n", "make().get_parameter(Name='n')"),
            ("c = boto3.client('kms')\ncall = c.decrypt\n", "call(CiphertextBlob=b'')"),
            ("c = boto3.client('s3')\n", "[c.head_object(Bucket='b', Key=k) for k in event]"),
            ("r = boto3.resource('dynamodb')\n", "r.meta.client.transact_write_items(TransactItems=[])"),
        )
    ],
    "LG402": [
        _body(*(line.format(number) for number in range(count)))
        for count, line in (
            (21, "x = {0}"), (25, "print({0})"), (30, "event[{0}] = 1"), (40, "y{0} = event"), (22, "del event[{0}]"),
            (50, "x = {0}"), (21, "x: int = {0}"), (23, "x = [{0}]"), (100, "x = {0}"), (21, "raise ValueError({0})"),
            (24, "assert {0}"),
        )
    ]
    + [_body("try:", *(f"    x = {number}" for number in range(22)), "finally:", "    pass")],
    "LG403": [
        _body(*lines)
        for lines in (
            [f"if event == {number}: return {number}" for number in range(7)],
            [f"while event == {number}: pass" for number in range(6)],
            [f"for x in event[{number}]: print(x)" for number in range(6)],
            ["return 1 if event == 1 else 2 if event == 2 else 3 if event == 3 else 4 if event == 4 else 5 if event == 5 else 6 if event == 6 else 7"],
            ["return a or b or c or d or e or f or g"], ["return a and b and c and d and e and f and g"],
            ["if a and b and c:", "    return 1", "if d or e or f:", "    return 2"],
            ["match event:", *(f"    case {number}: return 1" for number in range(6))],
            ["try:", "    return 1", *(f"except E{number}:\n        pass" for number in range(6))],
            ["return [x for x in event if x if x > 1 if x > 2 if x > 3 if x > 4]"],
            [*(f"assert event[{number}]" for number in range(6))],
            ["if a:", "    if b:", "        if c:", "            for x in d:", "                while e:", "                    if f: return 1"],
        )
    ],
    "LG404": [
        _body(f"return {call}", before=before)
        for before, call in (
            ("def place(event):\n    return 1\n", "place(event)"), ("def place(order):\n    return 1\n", "place(event)"),
            ("def place(x, order):\n    return 1\n", "place(1, event)"), ("def place(order):\n    return 1\n", "place(order=event)"),
            ("async def place(o):\n    return 1\n", "run(place(event))"), ("def ship(e, c):\n    return 1\n", "ship(event, context)"),
            ("class Shop:\n    def place(self, o):\n        return 1\nshop = Shop()\n", "shop.place(event)"),
            ("class Shop:\n    @staticmethod\n    def place(o):\n        return 1\n", "Shop.place(event)"),
            ("def place(o):\n    return 1\nALIAS = place\n", "ALIAS(event)"), ("def process(data):\n    return 1\n", "process(event)"),
        )
    ]
    + [
        _body("data = event", "return place(data)", before="def place(o):\n    return 1\n"),
        {"app.py": "from shop import place\n" + _body("return place(event)"), "shop.py": "def place(o):\n    return 1\n"},
        {"app.py": "import shop\n" + _body("return shop.place(event)"), "shop.py": "def place(o):\n    return 1\n"},
    ],
    "LG405": [
        _body("return 1", before=f"def {name}({arguments}):\n    return 1\n")
        for name, arguments in (
            ("place", "event"), ("place", "event, table"), ("place", "table, event"), ("place", "context"), ("ship", "*, event"),
            ("charge", "event, context, table"), ("process", "lambda_event"), ("compute", "event=None"), ("store", "ctx, order"),
            ("update_stock", "event: dict"), ("send_mail", "evt"),
        )
    ]
    + [
        _body("return 1", before="async def place(event):\n    return 1\n"),
        {"app.py": "from shop import place\n" + _body("return place(event)"), "shop.py": "def place(event):\n    return 1\n"},
    ],
    "LG406": [
        _body(*lines, before=before)
        for before, lines in (
            (_BOTO + "c = boto3.client('s3')\n", ["return c.list_buckets()"]),
            (_BOTO, ["c = boto3.client('s3')", "return c.get_object(Bucket='b', Key='k')"]),
            (_BOTO + "t = boto3.resource('dynamodb').Table('t')\n", ["t.put_item(Item=event)", "return 1"]),
            ("import json\n", ["body = json.loads(event)", "total = 0", "for x in body: total += x", "answer = str(total)", "return answer"]),
            ("", ["a = event['a']", "b = a * 2", "c = b + 1", "d = str(c)", "return d"]),
            ("import math\n", ["a = 1", "b = 2", "c = math.sqrt(a)", "d = c", "return d"]),
            ("import os, json\n", ["x = os.environ['A']", "y = json.dumps(x)", "z = y", "print(z)", "return z"]),
            ("", ["items = event['items']", "items.sort()", "first = items[0]", "print(first)", "return first"]),
            ("X = 1\n", ["a = X", "b = a", "c = b", "d = c", "return d"]),
            (_BOTO + "q = boto3.client('sqs')\n", ["q.send_message(QueueUrl='q', MessageBody='m')"]),
            (_BOTO, ["return boto3.client('sts').get_caller_identity()"]),
            ("import logging\n", ["logging.info('x')", "a = 1", "b = 2", "c = 3", "return a + b + c"]),
        )
    ],
}

_FINE = "from shop import place\n" + _body("order = parse(event)", "return answer(place(order))") + "def parse(event):\n    return event['body']\ndef answer(x):\n    return {'body': x}\n"
_SHOP = "import boto3\n_table = boto3.resource('dynamodb').Table('t')\ndef place(order):\n    return _table.put_item(Item=order)\n"

GOOD: dict[str, list[Case]] = {
    "LG001": [
        "", "x = 1\n", "# nothing\n", '"""text"""\n', "def f(): ...\n", "match 1:\n    case _: pass\n", "async def f():\n    await g()\n",
        "x = f'{1!r:>{2}}'\n", "lambda: (yield)\n", "def f[T](x): ...\n" if False else "type_ = 1\n", "é = 1\n", "\ufeffx = 1\n", "x = '''\n\n'''\n",
    ],
    "LG002": [f"import {name}  # lambda-guard: ignore[LG301] behind RDS Proxy\n" for name in ("psycopg2", "pymongo", "redis", "pymysql", "asyncpg", "oracledb", "psycopg", "valkey", "pyodbc", "cassandra", "neo4j", "MySQLdb")],
    "LG003": [
        *(f"import {name}  # lambda-guard: ignore[LG301] behind RDS Proxy\n" for name in ("psycopg2", "pymongo", "redis", "pymysql", "asyncpg")),
        *(f"# lambda-guard: ignore[LG301] behind RDS Proxy\nimport {name}\n" for name in ("psycopg2", "pymongo", "redis", "pymysql")),
        "# lambda-guard: ignore[LG301] behind RDS Proxy\n# which pools\n\nimport redis\n",
        "x = '# lambda-guard: ignore[LG201] in a string'\n", "import redis  # lambda-guard:ignore[LG301]: with a colon\n",
        _BOTO + "boto3.client('lambda').invoke(FunctionName='f')  # lambda-guard: ignore[LG201] the migration\n",
    ],
    "LG106": [
        _body('return event["requestContext"]["authorizer"]["jwt"]["claims"]'),
        _body('return event["headers"]["X-Request-Id"]'),
        _body('return {"headers": {"Authorization": "x"}}'),
        _body('return requests.get("u", headers={"Authorization": "x"})', before="import requests\n"),
        _body('return {"isAuthorized": event["headers"]["authorization"] == "x"}'),
        _body('token = event["authorizationToken"]', 'return {"principalId": token}'),
        _body('t = event["headers"]["Authorization"]', 'return {"principalId": "u", "policyDocument": t}'),
        _body('response = requests.get("u")', 'return response.headers["Authorization"]', before="import requests\n"),
        _body('headers = {}', 'headers["Authorization"] = "x"', "return headers"),
        _body('return {k: v for k, v in event["headers"].items()}'),
        _body('return event["body"]["authorization"]'),
        'def helper(headers):\n    return headers["Authorization"]\n',
        _body('settings = {"Authorization": 1}', 'return settings["Authorization"]'),
    ],
    "LG201": [
        _BOTO + 'boto3.client("s3").invoke()\n', _BOTO + 'boto3.client("lambda").list_functions()\n',
        _BOTO + 'boto3.client("lambda").get_paginator("list_functions").paginate()\n', _BOTO + 'boto3.client("sagemaker-runtime").invoke_endpoint()\n',
        _BOTO + 'boto3.client("bedrock-runtime").invoke_model()\n', "class A:\n    def invoke(self): ...\nA().invoke()\n",
        "import click.testing\nclick.testing.CliRunner().invoke(None)\n", _BOTO + 'boto3.client("sqs").send_message(QueueUrl="q", MessageBody="")\n',
        _BOTO + 'boto3.client("lambda").invoke(FunctionName="f", InvocationType="DryRun")\n', "def f(client):\n    client.invoke(FunctionName='f')\n",
        _BOTO + 'boto3.client("stepfunctions").start_execution(stateMachineArn="s")\n', "invoke = print\ninvoke('lambda')\n",
        {"test_app.py": _BOTO + 'boto3.client("lambda").invoke(FunctionName="f")\n'}, _BOTO + 'boto3.client("lambda").update_function_code(FunctionName="f")\n',
        "from langchain import chain\nchain.invoke({})\n",
    ],
    "LG202": [
        '"""See https://abc.lambda-url.eu-west-1.on.aws/ for more."""\n', "def f(host):\n    return '.lambda-url.' in host\n",
        "def f(host):\n    return host.endswith('.lambda-url.eu-west-1.on.aws')\n", "import re\nP = re.compile(r'\\.lambda-url\\.')\n",
        "URI = 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn/invocations'\n",
        "import boto3\nboto3.client('lambda', endpoint_url='https://lambda.eu-west-1.amazonaws.com')\n",
        "import requests\nrequests.get('https://example.com/functions/f')\n", "import os\nos.environ['DATABASE_URL']\n", "import os\nos.environ['QUEUE_URL']\n",
        "import subprocess\nsubprocess.run(['aws', 's3', 'ls'])\n", "import subprocess\nsubprocess.run(['aws', 'lambda', 'list-functions'])\n",
        "import os\nos.system('aws lambda list-functions')\n", "TEXT = 'the lambda function url is set'\n",
        "# https://abc.lambda-url.eu-west-1.on.aws/\nx = 1\n",
    ],
    "LG301": [
        *(f"import {name}\n" for name in ("boto3", "json", "sqlite3", "requests", "moto", "pynamodb", "aws_lambda_powertools", "httpx", "duckdb")),
        "from pymongo.errors import PyMongoError\n", "from redis.exceptions import RedisError\n", "import sqlalchemy\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import psycopg2\n", "from sqlalchemy import create_engine\ncreate_engine('sqlite://')\n",
        "from sqlalchemy import create_engine\ncreate_engine('postgresql+auroradataapi://:@/shop')\n", {"redis.py": "x = 1\n", "app.py": "import redis\n"},
        {"test_db.py": "import psycopg2\n"},
    ],
    "LG302": [
        _body("return c", before="import psycopg2\nc = psycopg2.connect('')\n"),
        _body("return r.get('k')", before="import redis\nr = redis.Redis()\n"),
        _body("global c", "if c is None:", "    c = psycopg2.connect('')", "return c", before="import psycopg2\nc = None\n"),
        _body("return db()", before="import psycopg2\nc = None\ndef db():\n    global c\n    c = c or psycopg2.connect('')\n    return c\n"),
        _body("return db()", before="import functools, psycopg2\n@functools.lru_cache\ndef db():\n    return psycopg2.connect('')\n"),
        _body("return db()", before="import functools, psycopg2\n@functools.cache\ndef db():\n    return psycopg2.connect('')\n"),
        _body("if 'c' not in kept: kept['c'] = psycopg2.connect('')", "return kept['c']", before="import psycopg2\nkept = {}\n"),
        _body("return sqlite3.connect(':memory:')", before="import sqlite3\n"),
        _body("return create_engine('sqlite://')", before="from sqlalchemy import create_engine\n"),
        _body("return signals.connect(print)", before="import signals\n"),
        _body("return boto3.client('rds-data').execute_statement()", before=_BOTO),
        _body("return pool.acquire()", before="import asyncpg\npool = asyncpg.create_pool()\n"),
        "import psycopg2\ndef migrate():\n    return psycopg2.connect('')\n",
    ],
    "LG401": [
        {"app.py": _FINE, "shop.py": _SHOP}, _body("return {'statusCode': 200}"), _body("return place(1)", before=_SHOP),
        _body("return boto3.client('s3')", before=_BOTO), _body("return c.get_paginator('x')", before=_BOTO + "c = boto3.client('s3')\n"),
        _body("return t.name", before=_BOTO + "t = boto3.resource('dynamodb').Table('t')\n"), _body("return event.get('x')"),
        _body("def inner():\n        return c.list_buckets()", "return inner()", before=_BOTO + "c = boto3.client('s3')\n"),
        _SHOP, _body("return requests.get('u')", before="import requests\n"), _body("try:", "    return 1", "except c.exceptions.NoSuchKey:", "    return 2", before=_BOTO + "c = boto3.client('s3')\n"),
        _body("return c.generate_presigned_url('get_object')", before=_BOTO + "c = boto3.client('s3')\n"), _body("return app.resolve(event, context)", before="from powertools import app\n"),
    ],
    "LG402": [
        *(_body(*(f"x = {number}" for number in range(count))) for count in (1, 2, 5, 10, 15, 18, 19, 20)),
        _body('"""' + "\n    line" * 40 + '"""', "return 1"), _body("def inner():\n" + "\n".join(f"        x = {number}" for number in range(18)), "return inner()") + "",
        "def helper():\n" + "".join(f"    x = {number}\n" for number in range(40)), _body("return [", *(f"    {number}," for number in range(50)), "]"),
        _body("return f(", *(f"    a{number}=1," for number in range(50)), ")"),
    ],
    "LG403": [
        _body(*lines)
        for lines in (
            ["return 1"], ["if event: return 1", "return 2"], [f"if event == {number}: return 1" for number in range(5)], ["return a or b"],
            ["return a and b and c"], ["for x in event: print(x)"], ["try:", "    return 1", "except E:", "    return 2"], ["return 1 if event else 2"],
            ["return [x for x in event]"], ["match event:", "    case 1: return 1", "    case _: return 2"], ["while event: pass"], ["return {k: v for k, v in event if v}"],
            ["with event as x:", "    return x"],
        )
    ],
    "LG404": [
        _body(f"return {call}", before=before)
        for before, call in (
            ("def place(o):\n    return 1\n", "place(event['body'])"), ("def parse(event):\n    return 1\n", "parse(event)"), ("", "print(event)"),
            ("import json\n", "json.dumps(event)"), ("from powertools import app\n", "app.resolve(event, context)"), ("def read_order(event):\n    return 1\n", "read_order(event)"),
            ("class Order:\n    def __init__(self, e): ...\n", "Order(event)"), ("import logging\n", "logging.info(event)"), ("def place(o):\n    return 1\n", "place(**event['x'])"),
            ("def get_body(event):\n    return 1\n", "get_body(event)"), ("def place(o):\n    return 1\n", "place(event.get('x'))"), ("def extract(e):\n    return 1\n", "extract(event)"),
            ("def validate_request(e):\n    return 1\n", "validate_request(event)"),
        )
    ],
    "LG405": [
        {"app.py": _FINE, "shop.py": _SHOP},
        *(_body("return 1", before=f"def {name}({arguments}):\n    return 1\n") for name, arguments in (
            ("parse", "event"), ("parse_order", "event"), ("read_body", "event"), ("place", "order"), ("place", "order, table"), ("extract_id", "event"), ("get_claims", "event"), ("to_order", "event"), ("validate", "event"))),
        "def place(event):\n    return 1\n", _body("return 1", before="class A:\n    def place(self, event):\n        return 1\n"),
        _body("return 1", before="import x\n@x.middleware\ndef place(event):\n    return 1\n"), _body("return 1", before="def events(x):\n    return 1\n"),
    ],
    "LG406": [
        {"app.py": _FINE, "shop.py": _SHOP}, _body("return {'statusCode': 200}"), _body("return event"), _body("print(event)", "return 1"),
        _body("return place(1)", before=_SHOP), {"app.py": "from shop import place\n" + _body("a = 1", "b = 2", "c = 3", "d = place(a, b, c)", "return d"), "shop.py": _SHOP},
        _body("a = 1", "b = 2", "c = 3", "d = place(a)", "return d", before="from shop_layer import place\n"), _body("a = 1", "b = 2", "c = 3", "d = Order(a)", "return d", before="class Order: ...\n"),
        _body("a = 1", "b = 2", "c = 3", "d = app.resolve(event)", "return d", before="from framework import app\n"),
        _body("return 1", before="class Shop:\n    def place(self): ...\n"), _SHOP, _body("a = 1", "b = f(a)", "c = b", "d = c", "return d", before="def f(x):\n    return x\n"),
        "def helper():\n    return 1\n",
    ],
}
