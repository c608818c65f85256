"""What operators need beside the guard: its tools accept it, and it asks for what the guard writes."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis import schema
from lambda_guard.runtime import journal

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "layer" / "examples"
OPERATIONS = EXAMPLES / "operations"
CLOUDFORMATION, TERRAFORM = OPERATIONS / "template.yaml", OPERATIONS / "main.tf"
MODULE = EXAMPLES / "terraform" / "guarded_function" / "main.tf"
GLOBALS = EXAMPLES / "sam" / "globals.yaml"
ALARMS = {"finding", "blocked", "error", "silent"}
METRICS: list[Any] = [*journal._METRICS]
OURS = {(entry["Namespace"], metric["Name"]) for entry in METRICS for metric in entry["Metrics"]}


def template() -> dict[str, Any]:
    """Read the CloudFormation template; short forms become their arguments."""
    yaml = pytest.importorskip("yaml")

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        pass

    def argument(loader: Any, _: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        return loader.construct_sequence(node, deep=True)

    Loader.add_multi_constructor("!", argument)
    found: dict[str, Any] = yaml.load(CLOUDFORMATION.read_text(), Loader)
    return found


def of_each_function() -> dict[str, Any]:
    """Return the properties of what each function has, by its name in the template."""
    resources = template()["Resources"]["Fn::ForEach::Functions"][2]
    return {name.removesuffix("&{Function}").lower(): one["Properties"] for name, one in resources.items()}


def terraform(path: Path = TERRAFORM) -> dict[str, Any]:
    """Read a Terraform file as its parser does."""
    hcl2 = pytest.importorskip("hcl2")
    with path.open() as file:
        found: dict[str, Any] = hcl2.load(file)
    return found


def plain(value: Any) -> Any:
    """Return what the parser found without the quotes that it keeps."""
    if isinstance(value, str):
        return value.strip('"')
    if isinstance(value, dict):
        return {plain(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def terraform_resources(kind: str) -> dict[str, Any]:
    """Return the Terraform resources of one kind by name."""
    return {
        name: body for block in plain(terraform()["resource"]) for name, body in block.get(kind, {}).items()
    }  # fmt: skip


def queries_in_terraform() -> dict[str, str]:
    """Return the saved queries of the Terraform file."""
    found = re.findall(r'^ +"([a-z ]+)" += <<-EOT\n(.*?)\n +EOT$', TERRAFORM.read_text(), re.MULTILINE | re.DOTALL)
    return {f"lambda_guard/{name}": textwrap.dedent(text) for name, text in found}


def queries() -> dict[str, str]:
    """Return the saved queries of the CloudFormation template."""
    return {
        one["Properties"]["Name"]: one["Properties"]["QueryString"].rstrip()
        for one in template()["Resources"].values()
        if isinstance(one, dict) and one["Type"] == "AWS::Logs::QueryDefinition"
    }


@pytest.mark.parametrize("path", [CLOUDFORMATION, GLOBALS], ids=lambda path: path.name)
def test_the_templates_pass_cfn_lint(path: Path) -> None:
    """After their transforms, whose loops are unrolled."""
    api = pytest.importorskip("cfnlint.api")
    assert [str(match) for match in api.lint_file(path)] == []


def test_cfn_lint_looks_into_what_each_function_has(tmp_path: Path) -> None:
    """An alarm that is written wrongly within the loop is found."""
    api = pytest.importorskip("cfnlint.api")
    wrong = tmp_path / "template.yaml"
    wrong.write_text(CLOUDFORMATION.read_text().replace("EvaluationPeriods: 1", "EvaluationPeriod: 1", 1))
    assert api.lint_file(wrong) != []


def test_the_same_alarms_in_both() -> None:
    """New finding, blocked, error of the guard's own, silent: each on the same metric with the same numbers."""
    each, resources = of_each_function(), terraform_resources("aws_cloudwatch_metric_alarm")
    assert set(resources) == ALARMS
    assert set(each) > ALARMS
    for name in ALARMS:
        one, other = each[name], resources[name]
        pairs = {
            "Namespace": "namespace", "MetricName": "metric_name", "Statistic": "statistic", "Period": "period",
            "EvaluationPeriods": "evaluation_periods", "Threshold": "threshold",
            "ComparisonOperator": "comparison_operator", "TreatMissingData": "treat_missing_data",
        }  # fmt: skip
        mine = {key: one[key] for key in pairs if key in one}
        theirs = {key: other[given] for key, given in pairs.items() if given in other}
        theirs = {key: "Function" if value == "${each.key}" else value for key, value in theirs.items()}
        assert mine == theirs
    silent = {query["Id"]: query for query in each["silent"]["Metrics"]}
    others = {query["id"]: query for query in resources["silent"]["metric_query"]}
    assert silent["silent"]["Expression"] == others["silent"]["expression"]
    assert set(silent) == set(others)


def test_alarms_are_on_metrics_that_the_guard_writes_or_a_filter_makes() -> None:
    """A name that is misspelt makes an alarm that never goes off."""
    each = of_each_function()
    filters = {
        (made["MetricNamespace"], made["MetricName"])
        for one in each.values()
        for made in one.get("MetricTransformations", ())
    }
    used = {(each[name]["Namespace"], each[name]["MetricName"]) for name in ("finding", "blocked", "error")}
    used |= {
        (query["MetricStat"]["Metric"]["Namespace"], query["MetricStat"]["Metric"]["MetricName"])
        for query in each["silent"]["Metrics"]
        if "MetricStat" in query
    }
    assert used == OURS | filters | {("AWS/Lambda", "Invocations")}
    for name in ("finding", "blocked"):
        names = [dimension["Name"] for dimension in each[name]["Dimensions"]]
        assert names in METRICS[0]["Dimensions"]


def test_filters_and_queries_ask_for_fields_that_records_have() -> None:
    """Each name is one of the record format's, and each kind one that there is; in both files alike."""
    patterns = {each["FilterPattern"] for each in of_each_function().values() if "FilterPattern" in each}
    in_terraform = terraform_resources("aws_cloudwatch_log_metric_filter").values()
    assert {one["pattern"].replace('\\"', '"') for one in in_terraform} == patterns
    assert queries_in_terraform() == queries()
    assert len(queries()) == 5
    text = "\n".join([*patterns, *queries().values()])
    known = names(schema.record_schema())
    used = {name for path in re.findall(r"lambda_guard((?:\.\w+)+)", text) for name in path.split(".") if name}
    assert used <= known, used - known
    kinds = set(re.findall(r'kind = "(\w+)"', text))
    assert kinds == {"finding", "error", "attached"}
    assert set(re.findall(r'decision = "(\w+)"', text)) <= {"allowed", "would_block", "blocked"}


def names(node: Any) -> set[str]:
    """Return the names of all properties in a JSON Schema."""
    if isinstance(node, list):
        return {name for one in node for name in names(one)}
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own | {name for one in node.values() for name in names(one)}


def test_the_dashboard_draws_the_same_in_both() -> None:
    """Its body is JSON once the region is put in, and searches the guard's metrics."""
    body = template()["Resources"]["Dashboard"]["Properties"]["DashboardBody"].replace("${AWS::Region}", "eu-west-1")
    widgets = json.loads(body)["widgets"]
    drawn = {one["properties"]["title"]: one["properties"]["metrics"][0][0]["expression"] for one in widgets}
    lines = re.findall(r'^ +"(.+?)" += "(SEARCH.+)"$', TERRAFORM.read_text(), re.MULTILINE)
    assert {title: text.replace('\\"', '"') for title, text in lines} == drawn
    dimensions = ",".join(METRICS[0]["Dimensions"][1])
    for name in ("Findings", "Blocked"):
        assert f"SEARCH('{{LambdaGuard,{dimensions}}} MetricName=\"{name}\"', 'Sum', 300)" in drawn.values()


@pytest.mark.parametrize("path", [TERRAFORM, MODULE], ids=lambda path: path.parent.name)
def test_every_reference_of_terraform_is_to_something_that_is_there(path: Path) -> None:
    """It parses, each variable is used, and what is used is declared."""
    declared = {name for block in plain(terraform(path)["variable"]) for name in block}
    text = path.read_text().partition("\nvariable ")[2]
    used = set(re.findall(r"var\.(\w+)", text))
    assert used == declared
    resources = {f"{kind}.{name}" for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE)}
    assert set(re.findall(r"(?<![.\w\"])aws_\w+\.\w+", text)) <= resources


def test_the_module_puts_the_layer_after_the_functions_own_and_sets_the_mode() -> None:
    """What was there stays, and the mode comes from a variable that takes the guard's modes alone."""
    (function,) = [block["aws_lambda_function"]["this"] for block in plain(terraform(MODULE)["resource"])]
    assert function["layers"] == "${concat(var.layers, [var.guard_layer])}"
    assert "LAMBDA_GUARD_MODE = var.guard_mode" in MODULE.read_text()
