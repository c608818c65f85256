"""Every language of a policy, read back by that language's own parser, says what the statements say."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.iam.formats import FORMATS
from lambda_guard.analysis.iam.formats.names import pascal, snake
from lambda_guard.analysis.iam.formats.naming import Naming
from lambda_guard.analysis.iam.permissions import Permission
from lambda_guard.analysis.iam.policy import DENY_INVOKE, Statement, statements_for, verbatim

PLACE = "arn:aws:dynamodb:eu-west-1:111122223333"
TRICKY = 'weird "${name}" %{if} \\ `x` #{y} é'


def statements(*, many: int = 0, tricky: bool = False) -> list[Statement]:
    """Return statements with conditions and a Deny; `many` tables more, or a name that needs quoting."""
    limited = frozenset({"TransactWriteItems"})
    wanted = {
        Permission("dynamodb:GetItem", f"{PLACE}:table/orders"): frozenset[str](),
        Permission("dynamodb:Query", f"{PLACE}:table/orders/index/by.day"): frozenset[str](),
        Permission("dynamodb:PutItem", f"{PLACE}:table/orders"): limited,
        Permission("dynamodb:ListTables", "*"): frozenset[str](),
    }
    for number in range(many):
        wanted[Permission("dynamodb:Scan", f"{PLACE}:table/a-table-with-a-long-name-{number:03d}")] = frozenset()
    if tricky:
        wanted[Permission("dynamodb:GetItem", f"{PLACE}:table/{TRICKY}")] = frozenset()
    return [*statements_for(wanted), DENY_INVOKE]


def grants(found: list[Any]) -> list[tuple[str, list[str], list[str], Any]]:
    """Return what statements of any origin say, comparable."""
    bodies = [each.document() if isinstance(each, Statement) else each for each in found]
    return sorted(
        (body["Effect"], sorted(body["Action"]), [resource], json.dumps(body.get("Condition")))
        for body in bodies
        for resource in body["Resource"]
    )


CASES = [statements(), statements(many=300), statements(tricky=True)]


@pytest.mark.parametrize("given", CASES)
def test_json_is_policy_documents(given: list[Statement]) -> None:
    pages = [json.loads(text) for text in FORMATS["json"].render("role", given)]
    assert {page["Version"] for page in pages} == {"2012-10-17"}
    assert grants([body for page in pages for body in page["Statement"]]) == grants(given)


@pytest.mark.parametrize("given", CASES)
def test_terraform_is_hcl(given: list[Statement]) -> None:
    hcl2 = pytest.importorskip("hcl2", reason="python-hcl2 is not installed: HCL is not parsed")
    (text,) = FORMATS["terraform"].render("orders-role", given)
    parsed = hcl2.loads(text)
    policies = [block for resource in parsed["resource"] for block in resource.values()]
    data = [
        body
        for block in parsed["data"]
        for documents in block.values()
        for body in next(iter(documents.values()))["statement"]
    ]
    assert len(policies) == len(parsed["data"])
    assert grants([terraform_statement(body) for body in data]) == grants(given)


def terraform_statement(body: dict[str, Any]) -> dict[str, Any]:
    """Return a parsed HCL statement as IAM's JSON; python-hcl2 leaves strings quoted and escaped."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        text = json.loads(value) if value.startswith('"') else value
        return text.replace("$${", "${").replace("%%{", "%{")

    found = {"Effect": plain(body["effect"]), "Action": plain(body["actions"]), "Resource": plain(body["resources"])}
    for condition in body.get("condition", []):
        found["Condition"] = {plain(condition["test"]): {plain(condition["variable"]): plain(condition["values"])}}
    return found


@pytest.mark.parametrize("given", CASES)
def test_terraform_itself_finds_its_format_right(given: list[Statement], tmp_path: Path) -> None:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed: its own parser is not asked")
    (tmp_path / "policy.tf").write_text(FORMATS["terraform"].render("orders-role", given)[0])
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sam_template(given: list[Statement]) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: SAM is not parsed")
    (text,) = FORMATS["sam"].render("orders-role", given)
    part: dict[str, Any] = yaml.safe_load(text)
    properties = part["Resources"]["OrdersRole"]["Properties"]
    properties.update(Runtime="python3.12", Handler="app.handler", CodeUri="s3://bucket/key")
    return {"Transform": "AWS::Serverless-2016-10-31", **part}


def test_sam_writes_inline_policies_that_the_translator_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    translated = translate(sam_template(statements()), monkeypatch)
    roles = [body for body in translated["Resources"].values() if body["Type"] == "AWS::IAM::Role"]
    (policy,) = roles[0]["Properties"]["Policies"]
    assert grants(policy["PolicyDocument"]["Statement"]) == grants(statements())


def test_sam_writes_managed_policies_where_inline_ones_have_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    translated = translate(sam_template(statements(many=300)), monkeypatch)
    managed = {
        name: body for name, body in translated["Resources"].items() if body["Type"] == "AWS::IAM::ManagedPolicy"
    }
    (role,) = (body for body in translated["Resources"].values() if body["Type"] == "AWS::IAM::Role")
    attached = [arn["Ref"] for arn in role["Properties"]["ManagedPolicyArns"] if isinstance(arn, dict) and "Ref" in arn]
    assert sorted(attached) == sorted(managed)
    found = [body for each in managed.values() for body in each["Properties"]["PolicyDocument"]["Statement"]]
    assert grants(found) == grants(statements(many=300))


def translate(template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run SAM's own translator, without a network, over a template."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    reason = "aws-sam-translator is not installed: SAM is not translated"
    parser = pytest.importorskip("samtranslator.parser.parser", reason=reason)
    translator = pytest.importorskip("samtranslator.translator.translator", reason=reason)
    return translator.Translator({}, parser.Parser()).translate(template, {})


@pytest.mark.parametrize("many", [0, 300])
def test_cfn_lint_finds_nothing_wrong_with_sam(many: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed: SAM is not linted")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    config = pytest.importorskip("cfnlint.config")
    template = json.dumps(sam_template(statements(many=many)), indent=1)
    found = api.lint(template, config=config.ManualArgs(regions=["eu-west-1"]))
    assert [f"{match.rule.id} {match.message}" for match in found] == []


@pytest.mark.parametrize("given", CASES)
def test_cdk_python_is_python_that_makes_the_statements(given: list[Statement]) -> None:
    (text,) = FORMATS["cdk-python"].render("orders-role", given)
    tree = ast.parse(text)
    found = [
        {keyword.arg: keyword.value for keyword in node.keywords}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "iam.PolicyStatement"
    ]
    assert grants([python_statement(keywords) for keywords in found]) == grants(given)


def python_statement(keywords: dict[str | None, ast.expr]) -> dict[str, Any]:
    body = {
        "Effect": ast.unparse(keywords["effect"]).rpartition(".")[2].capitalize(),
        "Action": ast.literal_eval(keywords["actions"]),
        "Resource": ast.literal_eval(keywords["resources"]),
    }
    if "conditions" in keywords:
        body["Condition"] = ast.literal_eval(keywords["conditions"])
    return body


# Runs the TypeScript with stand-ins for CDK's classes, and prints what they were made with.
_NODE = """
const ts = require(process.argv[1]);
const source = require('fs').readFileSync(0, 'utf8');
const options = {module: ts.ModuleKind.CommonJS, strict: true};
const out = ts.transpileModule(source, {compilerOptions: options, reportDiagnostics: true});
if (out.diagnostics.length) {
  console.error(out.diagnostics.map(d => ts.flattenDiagnosticMessageText(d.messageText, '\\n')).join('\\n'));
  process.exit(1);
}
const made = [];
const iam = {
  Effect: {ALLOW: 'Allow', DENY: 'Deny'},
  ManagedPolicy: class {},
  PolicyStatement: class { constructor(props) { made.push(props); } },
};
new Function('require', 'exports', out.outputText)(name => name === 'aws-cdk-lib/aws-iam' ? iam : {}, exports);
Object.values(exports).forEach(f => f({}));
console.log(JSON.stringify(made));
"""


def typescript() -> str:
    """Return where TypeScript's compiler is; skip where there is none."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: TypeScript is not compiled")
    asked = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, timeout=60, check=False)
    places = [Path(__file__).parents[3] / "node_modules", Path(asked.stdout.strip() or "/nowhere")]
    found = next((place / "typescript" for place in places if (place / "typescript/lib/typescript.js").exists()), None)
    if found is None:
        pytest.skip("the npm package typescript is not installed: TypeScript is not compiled")
    return str(found)


@pytest.mark.parametrize("given", CASES)
def test_cdk_typescript_compiles_and_makes_the_statements(given: list[Statement]) -> None:
    (text,) = FORMATS["cdk-typescript"].render("orders-role", given)
    done = subprocess.run(
        ["node", "-e", _NODE, typescript()], input=text, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    keys = {"effect": "Effect", "actions": "Action", "resources": "Resource", "conditions": "Condition"}
    made = [{keys[key]: value for key, value in body.items() if key in keys} for body in json.loads(done.stdout)]
    assert grants(made) == grants(given)


@pytest.mark.parametrize(
    "role", ["orders-role", "arn:aws:iam::1:role/app/orders-role", "1st_role", "é", "", "a.b+c=d@e,f"]
)
@pytest.mark.parametrize("name", list(FORMATS))
def test_any_role_name_makes_a_name_for_code(role: str, name: str) -> None:
    assert snake(role).isidentifier()
    assert pascal(role).isalnum()
    (text,) = FORMATS[name].render(role, statements())
    if name == "cdk-python":
        ast.parse(text)


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_same_statements_always_make_the_same_text(name: str) -> None:
    assert FORMATS[name].render("r", statements(many=20)) == FORMATS[name].render("r", statements(many=20))


# What somebody wrote by hand and nobody can judge: it stays, in every language.
BY_HAND: list[dict[str, Any]] = [
    {"Sid": "All but IAM", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    {
        "Effect": "Deny",
        "Action": ["dynamodb:Delete*"],
        "NotResource": [f"{PLACE}:table/${{aws:PrincipalTag/team}}"],
        "Condition": {"Bool": {"aws:SecureTransport": False}, "StringLike": {"aws:x": ["a", "b"]}},
    },
]


def by_hand() -> list[Statement]:
    return [verbatim(body) for body in BY_HAND]


def test_a_statement_that_stays_stays_in_json_and_sam() -> None:
    (page,) = (json.loads(text) for text in FORMATS["json"].render("role", by_hand()))
    assert page["Statement"] == [{**BY_HAND[0], "Sid": "AllbutIAM"}, BY_HAND[1]]
    yaml = pytest.importorskip("yaml")
    part = yaml.safe_load(FORMATS["sam"].render("role", by_hand())[0])
    assert part["Resources"]["Role"]["Properties"]["Policies"][0]["Statement"] == page["Statement"]


def test_a_statement_that_stays_stays_in_terraform() -> None:
    hcl2 = pytest.importorskip("hcl2")
    (document,) = hcl2.loads(FORMATS["terraform"].render("role", by_hand())[0])["data"]
    first, second = next(iter(next(iter(document.values())).values()))["statement"]
    assert (first["not_actions"], first["resources"]) == (['"iam:*"'], ['"*"'])
    assert second["not_resources"] == [f'"{PLACE}:table/$${{aws:PrincipalTag/team}}"']
    assert [(each["test"], each["values"]) for each in second["condition"]] == [
        ('"Bool"', ['"false"']),
        ('"StringLike"', ['"a"', '"b"']),
    ]


def test_a_statement_that_stays_stays_in_cdk() -> None:
    (text,) = FORMATS["cdk-python"].render("role", by_hand())
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    made = [call for call in calls if ast.unparse(call.func) == "iam.PolicyStatement"]
    assert [keyword.arg for keyword in made[0].keywords] == ["sid", "effect", "not_actions", "resources"]
    assert [keyword.arg for keyword in made[1].keywords] == ["effect", "actions", "not_resources", "conditions"]
    (text,) = FORMATS["cdk-typescript"].render("role", by_hand())
    done = subprocess.run(
        ["node", "-e", _NODE, typescript()], input=text, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["notActions"] == ["iam:*"]


NAMING = Naming(
    portable=True,
    names={"orders-staging": "OrdersTable", "jobs": "JobsQueue", "db": "DbSecret"},
    region="eu-west-1",
    account="111122223333",
)
# As used in staging -> as CloudFormation, Terraform (with variables), Python and TypeScript say it.
REFERRED = {
    f"{PLACE}:table/other": (
        {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/other"},
        "arn:${data.aws_partition.r.partition}:dynamodb:${data.aws_region.r.id}:"
        "${data.aws_caller_identity.r.account_id}:table/other",
        'f"arn:{Aws.PARTITION}:dynamodb:{Aws.REGION}:{Aws.ACCOUNT_ID}:table/other"',
        "`arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/other`",
    ),
    f"{PLACE}:table/orders-staging": (
        {"Fn::GetAtt": ["OrdersTable", "Arn"]},
        "arn:${data.aws_partition.r.partition}:dynamodb:${data.aws_region.r.id}:"
        "${data.aws_caller_identity.r.account_id}:table/${var.r_orders_table}",
        "orders_table_arn",
        "ordersTableArn",
    ),
    f"{PLACE}:table/orders-staging/index/by.day": (
        {"Fn::Sub": "${OrdersTable.Arn}/index/by.day"},
        "arn:${data.aws_partition.r.partition}:dynamodb:${data.aws_region.r.id}:"
        "${data.aws_caller_identity.r.account_id}:table/${var.r_orders_table}/index/by.day",
        'f"{orders_table_arn}/index/by.day"',
        "`${ordersTableArn}/index/by.day`",
    ),
    "arn:aws:dynamodb:us-east-1:999999999999:table/orders-staging-2": (
        {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:us-east-1:999999999999:table/orders-staging-2"},
        "arn:${data.aws_partition.r.partition}:dynamodb:us-east-1:999999999999:table/orders-staging-2",
        'f"arn:{Aws.PARTITION}:dynamodb:us-east-1:999999999999:table/orders-staging-2"',
        "`arn:${Aws.PARTITION}:dynamodb:us-east-1:999999999999:table/orders-staging-2`",
    ),
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????": (
        {"Ref": "DbSecret"},
        "arn:${data.aws_partition.r.partition}:secretsmanager:${data.aws_region.r.id}:"
        "${data.aws_caller_identity.r.account_id}:secret:${var.r_db_secret}-??????",
        "db_secret_arn",
        "dbSecretArn",
    ),
    "*": ("*", "*", '"*"', '"*"'),
}


@pytest.mark.parametrize("resource", REFERRED)
def test_a_resource_is_written_as_the_formats_own_reference(resource: str) -> None:
    service = resource.split(":")[2] if ":" in resource else "dynamodb"
    given = statements_for({Permission(f"{service}:GetItem", resource): frozenset()})
    in_sam, in_terraform, in_python, in_typescript = REFERRED[resource]
    yaml, hcl2 = pytest.importorskip("yaml"), pytest.importorskip("hcl2")
    part = yaml.safe_load(FORMATS["sam"].render("r", given, NAMING)[0])
    assert part["Resources"]["R"]["Properties"]["Policies"][0]["Statement"][0]["Resource"] == [in_sam]
    (text,) = FORMATS["terraform"].render("r", given, NAMING)
    assert f'resources = ["{in_terraform}"]' in text
    declared = {name.strip('"') for block in hcl2.loads(text)["data"] for name in block}
    used = set(re.findall(r"\$\{data\.(\w+)\.", text))
    assert used <= declared
    assert ('variable "r_' in text) is ("${var.r_" in text)
    (text,) = FORMATS["cdk-python"].render("r", given, NAMING)
    ast.parse(text)
    assert f"                        {in_python},\n" in text
    assert ("import Aws" in text) is ("Aws." in in_python)
    (text,) = FORMATS["cdk-typescript"].render("r", given, NAMING)
    assert f"            {in_typescript},\n" in text
    assert ("import { Aws }" in text) is ("Aws." in in_typescript)


def test_terraform_attaches_to_a_role_by_its_name_or_its_address() -> None:
    (text,) = FORMATS["terraform"].render("arn:aws:iam::1:role/app/orders", statements(), Naming(attach=True))
    assert '  role       = "orders"\n' in text
    names = {"orders": 'aws_iam_role.function["orders"]', "x": "y"}
    (text,) = FORMATS["terraform"].render("orders", statements(), Naming(names=names, attach=True))
    assert '  role       = aws_iam_role.function["orders"].name\n' in text


def test_a_literal_that_looks_like_a_reference_is_none() -> None:
    """A table called `${x}` is not granted by anybody, but a statement that stays may have a variable of IAM's."""
    body = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": f"{PLACE}:table/${{aws:username}}"}
    yaml = pytest.importorskip("yaml")
    part = yaml.safe_load(FORMATS["sam"].render("r", [verbatim(body)], NAMING)[0])
    (statement,) = part["Resources"]["R"]["Properties"]["Policies"][0]["Statement"]
    assert statement["Resource"]["Fn::Sub"].endswith(":table/${!aws:username}")
    (text,) = FORMATS["terraform"].render("r", [verbatim(body)], NAMING)
    assert ":table/$${aws:username}" in text
    (text,) = FORMATS["cdk-typescript"].render("r", [verbatim(body)], NAMING)
    assert ":table/\\${aws:username}`" in text
