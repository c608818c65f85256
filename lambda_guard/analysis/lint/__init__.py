"""Before deployment: what code and templates tell of the four practices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lambda_guard.analysis.lint import files, ignores
from lambda_guard.analysis.lint.code import check as code_check
from lambda_guard.analysis.lint.code import handlers, modules
from lambda_guard.analysis.lint.code.check import Code
from lambda_guard.analysis.lint.code.modules import Module
from lambda_guard.analysis.lint.findings import Finding, Unreadable, printable
from lambda_guard.analysis.lint.settings import Settings
from lambda_guard.analysis.lint.templates import check as template_check
from lambda_guard.analysis.lint.templates import decode
from lambda_guard.analysis.lint.templates.decode import MissingDecoder
from lambda_guard.analysis.lint.templates.roles import Calls
from lambda_guard.analysis.lint.templates.template import Resource, Template, handler_of

__all__ = ["MissingDecoder", "NothingToLint", "Report", "run"]
_MOST_BESIDE = 300


class NothingToLint(ValueError):
    """A path that there is not, or that is no code and no template."""


@dataclass(frozen=True)
class Report:
    """What a run found. findings: in the order of their places. code, templates: how many files were judged."""

    findings: list[Finding]
    code: int
    templates: int
    seconds: float


def run(
    paths: Iterable[Path],
    settings: Settings | None = None,
    remark: Callable[[Finding, Code], Finding] | None = None,
) -> Report:
    """Judge code and templates.

    remark: adds to a finding what is known of it besides.
    Raises NothingToLint for a path that cannot be judged, MissingDecoder for templates without cfn-lint.
    """
    begun = time.monotonic()
    job = _Job(settings or Settings())
    paths = list(paths)
    for path in paths:
        if not path.exists():
            raise NothingToLint(f"There is no {printable(str(path))}.")
    named = {path for path in paths if path.is_file()}
    for file, root in files.find(paths, job.settings.exclude):
        job.take(file, root, named=file in named)
    found = job.judge()
    if remark is not None and job.code is not None:
        code = job.code
        found = [remark(finding, code) for finding in found]
    kept = sorted(ignores.apply(found, job.ignores, job.settings))
    return Report(kept, len(job.modules), len(job.templates), time.monotonic() - begun)


class _Job:
    """One run: the files taken in, then judged together, for code and templates explain each other."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.modules: dict[str, Module] = {}
        self.beside: dict[str, Module] = {}
        self.templates: list[Template] = []
        self.ignores: list[ignores.Ignore] = []
        self.code: Code | None = None
        self._unreadable: list[Finding] = []
        self._calls: dict[int, set[tuple[str, str]]] = {}

    def take(self, file: Path, root: Path, *, named: bool) -> None:
        """Read one file; one that was named, and is nothing that can be judged, is wrong use."""
        try:
            if file.suffix == ".py":
                module = modules.parse(file, files.module_name(file, root))
                # Two folders may have modules of one name.
                key = module.name if module.name not in self.modules else f"{file.parent.as_posix()}.{module.name}"
                self.modules[key] = module
                self.ignores.extend(ignores.in_python(file, module.text))
                return
            kind = decode.kind_of(file)
            if kind:
                self.templates.append(decode.decode(file, kind))
                if file.suffix != ".json":
                    self.ignores.extend(ignores.in_yaml(file, file.read_text(encoding="utf-8-sig")))
            elif named:
                raise NothingToLint(
                    f"{printable(str(file))} is no Python code, and no template of SAM, CloudFormation, the Serverless "
                    "Framework or a Terraform plan in JSON (terraform show -json)."
                )
        except Unreadable as error:
            what = printable(f"{file.name} {error}")
            self._unreadable.append(Finding(str(file), error.line, error.column, "LG001", what))

    def judge(self) -> list[Finding]:
        """Return all findings, silenced or not."""
        functions = [(template, function) for template in self.templates for function in template.functions]
        self._take_beside(functions)
        named = [place for template, function in functions if (place := self._handler(template, function))]
        everything = {**self.beside, **self.modules}
        self.code = code_check.read(self.modules, everything, named, self.settings.handlers)
        found = [*self._unreadable, *code_check.check(self.code, self.settings)]
        for template in self.templates:
            found.extend(template_check.check(template, self.settings, self._calls_of(template)))
        return found

    def _handler(self, template: Template, function: Resource) -> tuple[Path, str] | None:
        """Return the file of a function's handler and its name."""
        place = handler_of(template, function)
        if place is None:
            return None
        folders, module, name = place
        for folder in folders:
            if (folder / module).is_file():
                return folder / module, name
        paths = [one.path for one in self.modules.values()]
        fitting = [path for path in paths if path.as_posix().endswith(f"/{module}") or path.as_posix() == module]
        return (fitting[0], name) if len(fitting) == 1 else None

    def _take_beside(self, functions: list[tuple[Template, Resource]]) -> None:
        """Parse the code of functions that is not itself judged, so that templates can be held against it."""
        known = {module.path.resolve() for module in self.modules.values()}
        for template, function in functions:
            place = self._handler(template, function)
            if place is None or place[0].resolve() in known:
                continue
            root = place[0].parent
            for file, _ in list(files.find([root], self.settings.exclude))[:_MOST_BESIDE]:
                if file.suffix == ".py" and file.resolve() not in known:
                    known.add(file.resolve())
                    try:
                        module = modules.parse(file, files.module_name(file, root))
                    except Unreadable:
                        continue  # what is not judged is not reported
                    self.beside[f"{root}:{module.name}"] = module

    def _calls_of(self, template: Template) -> Calls:
        def calls(function: Resource) -> set[tuple[str, str]] | None:
            place = self._handler(template, function)
            if place is None or self.code is None:
                return None
            path = place[0].resolve()
            for module in self.code.evaluator.modules:
                if module.path.resolve() == path:
                    reached = handlers.reached([module.top], self.code.evaluator)
                    return {call for one in reached for call in self._module_calls(one, self.code)}
            return None

        return calls

    def _module_calls(self, module: Module, code: Code) -> set[tuple[str, str]]:
        if id(module) not in self._calls:
            self._calls[id(module)] = {
                (parts[0], parts[2])
                for scope in module.scopes
                for call in scope.calls
                for value in code.evaluator.of(call.func, scope)
                if value.kind == "method" and (parts := value.name.partition("."))
            }
        return self._calls[id(module)]
