"""The variant contract as far as the text of a file shows it: which names, how many arguments, which defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from . import syntax
from .errors import VariantError
from .kinds import Kind, of
from .modules import DOCS, MAIN, Project
from .reach import Member

_PLAIN_BASES = ("Module", "object", "ABC", "Generic", "Protocol")


def check(project: Project) -> Kind:
    """Refuse definitions that cannot be called as the contract calls them; returns which contract that is.

    Raises:
        VariantError: The first that breaks it, with its line.
    """
    kind = kind_of(project)
    _check_config(project, kind)
    for name in kind.classes:
        _check_class(project, kind, name)
    for name, arguments in kind.functions.items():
        _check_function(project, name, arguments)
    return kind


def class_members(project: Project, module: str, node: ast.ClassDef) -> tuple[dict[str, Member], bool]:
    """Fields and methods of a class with those of its local bases, and whether all its bases could be read."""
    members: dict[str, Member] = {}
    complete = True
    for base in reversed(node.bases):
        path = syntax.dotted(base.value if isinstance(base, ast.Subscript) else base)
        trail = project.trail(module, path[0]) if len(path) == 1 else []
        binding = project.last(trail[-1]) if trail else None
        if binding is not None and isinstance(binding.inner, ast.ClassDef) and binding.inner is not node:
            inherited, known = class_members(project, trail[-1][0], binding.inner)
            members.update(inherited)
            complete = complete and known
        elif not path or path[-1] not in _PLAIN_BASES:
            complete = False
    for statement in node.body:
        for name in _names_bound(statement):
            if name in members and isinstance(statement, ast.AnnAssign) and statement.value is None:
                continue
            members[name] = Member(module, statement)
    return members, complete


def _names_bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.AnnAssign):
        return [statement.target.id] if isinstance(statement.target, ast.Name) else []
    if isinstance(statement, ast.Assign):
        return [name for target in statement.targets for name, changes in syntax.target_names(target) if not changes]
    return []


def config_members(project: Project) -> dict[str, Member]:
    """Fields and methods of Config, inherited ones too; empty where the file has none."""
    trail = project.trail(MAIN, "Config")
    node = project.last(trail[-1]).inner if trail else None
    return class_members(project, trail[-1][0], node)[0] if isinstance(node, ast.ClassDef) else {}


def is_field(member: Member) -> bool:
    """Whether a member of Config is a value rather than a method."""
    statement = member.statement
    if isinstance(statement, ast.AnnAssign):
        return "ClassVar" not in ast.unparse(statement.annotation)
    return isinstance(statement, ast.Assign)


def kind_of(project: Project) -> Kind:
    """What the classes of a file make it: an Encoder beside a Generator or a Discriminator is a layer of theirs.

    Raises:
        VariantError: They make it nothing.
    """
    main = project.modules[MAIN]
    missing = [name for name in ("Generator", "Discriminator") if not project.trail(MAIN, name)]
    if not missing or (project.is_open(MAIN) and len(missing) < 2):
        return of("gan")
    if len(missing) == 2 and project.trail(MAIN, "Encoder"):
        return of("contrastive")
    bound = project.modules[main.name].bindings
    found = sorted(
        {name for name in bound if isinstance(project.last((MAIN, name)).inner, ast.ClassDef)}
        | {name for name in ("Generator", "Discriminator") if name in bound},
        key=lambda name: project.last((MAIN, name)).inner.lineno,
    )
    candidates = [name for name in found if name not in (*of("gan").classes, "Config")]
    if len(missing) == 2 and (called := _encoders(project, candidates)) is not None:
        raise VariantError(
            "no class Encoder, and no classes Generator and Discriminator", file=main.shown,
            expected="a class Encoder", got=f"classes {', '.join(found)}" if found else "no class at all",
            hint=f"did you mean to rename `{called[0]}`?" if len(called) == 1 else None, docs=DOCS,
        )  # fmt: skip
    guesses = [f"`{guess}`" for guess in dict.fromkeys(_alike(name, candidates) for name in missing) if guess]
    raise VariantError(
        f"no class {' and no class '.join(missing)}",
        file=main.shown,
        expected="classes Generator and Discriminator",
        got=f"classes {', '.join(found)}" if found else "no class at all",
        hint=f"did you mean to rename {' and '.join(guesses)}?" if guesses else None,
        docs=DOCS,
    )


def _encoders(project: Project, candidates: Sequence[str]) -> list[str] | None:
    """Classes that may be meant as the encoder of a contrastive file; None where it does not look like one."""
    if not project.trail(MAIN, "contrastive_loss"):
        return None
    named = [name for name in candidates if "encoder" in name.lower() or "siamese" in name.lower()]
    return named or list(candidates)


def _alike(name: str, candidates: Iterable[str]) -> str | None:
    """The class that is most likely meant by `name`: Gen, NetG, G, MNISTGenerator, …"""
    short = name[:3].lower()
    words = {"Generator": ("decoder", "netg", "g"), "Discriminator": ("autoencoder", "energy", "netd", "critic", "d")}
    for candidate in candidates:
        lower = candidate.lower()
        if short in lower or any(lower == word or (len(word) > 1 and word in lower) for word in words[name]):
            return candidate
    return None


def _check_config(project: Project, kind: Kind) -> None:
    trail = project.trail(MAIN, "Config")
    if not trail:
        return
    shown, node = project.modules[trail[-1][0]].shown, project.last(trail[-1]).inner
    if not isinstance(node, ast.ClassDef):
        if isinstance(node, ast.Import | ast.ImportFrom):
            return
        raise VariantError(
            "Config must be a class", file=shown, line=node.lineno, expected="@dataclass class Config", docs=DOCS,
            got="a function" if isinstance(node, ast.FunctionDef) else f"`{ast.unparse(node)}`",
        )  # fmt: skip
    members, _ = class_members(project, trail[-1][0], node)
    for name, member in members.items():
        if is_field(member) and _lacks_default(member):
            default = kind.defaults.get(name, "…")
            bare = f"write `{ast.unparse(member.statement)} = {default}`"
            raise VariantError(
                f"Config.{name} has no default",
                file=project.modules[member.module].shown,
                line=member.statement.lineno,
                expected="a default for every field, so that Config() works",
                got=f"`{ast.unparse(member.statement)}`",
                hint=bare if member.value is None else "give it a `default` or a `default_factory`",
                docs=DOCS,
            )
    init = members.get("__init__")
    if init and isinstance(init.statement, ast.FunctionDef):
        _refuse_constructor(project, kind, "Config", init, allowed=0)


def _lacks_default(member: Member) -> bool:
    value = member.value
    if value is None:
        return True
    if isinstance(value, ast.Call) and syntax.dotted(value.func)[-1:] == ("field",):
        given = {keyword.arg for keyword in value.keywords}
        return not given & {"default", "default_factory", None} and "init" not in given
    return False


def _check_class(project: Project, kind: Kind, name: str) -> None:
    trail = project.trail(MAIN, name)
    if not trail:
        return
    module, node = trail[-1][0], project.last(trail[-1]).inner
    if isinstance(node, ast.FunctionDef) and name != "Objective":
        _refuse_constructor(project, kind, name, Member(module, node), allowed=1)
    if not isinstance(node, ast.ClassDef):
        return
    members, complete = class_members(project, module, node)
    init = members.get("__init__")
    if init and isinstance(init.statement, ast.FunctionDef):
        _refuse_constructor(project, kind, name, init, allowed=1)
    if name == "Objective":
        _check_objective(project, kind, module, node, members, complete)


def _refuse_constructor(project: Project, kind: Kind, name: str, init: Member, *, allowed: int) -> None:
    """Raise where a constructor needs more than `allowed` arguments, or one that is a setting and not the config."""
    function = init.statement
    assert isinstance(function, ast.FunctionDef)
    required, _, keywords = _arity(function.args)
    skip = 1 if function.name == "__init__" else 0
    names, keywords = required[skip:], list(keywords)
    fields = {*kind.defaults, *(n for n, member in config_members(project).items() if is_field(member))}
    setting = len(names) == 1 and names[0] in fields
    if len(names) <= allowed and not keywords and not setting:
        return
    settings = ", ".join(f"`{given}`" for given in [*names, *keywords] if given not in ("config", "cfg", "conf"))
    raise VariantError(
        f"{name} cannot be constructed",
        file=project.modules[init.module].shown,
        line=function.lineno,
        expected=f"{name}(config) or {name}()" if allowed else f"{name}()",
        got=f"{name}({', '.join([*names, *(['*', *keywords] if keywords else [])])})",
        hint=f"take `config` and read {settings} from it, or give defaults" if allowed else "give defaults",
        docs=DOCS,
    )


def _check_objective(
    project: Project, kind: Kind, module: str, node: ast.ClassDef, members: dict[str, Member], complete: bool
) -> None:
    for name, arguments in kind.methods.items():
        member = members.get(name)
        if member is None:
            if name in ("discriminator_loss", "generator_loss") and complete:
                raise VariantError(
                    f"Objective has no method {name}",
                    file=project.modules[module].shown,
                    line=node.lineno,
                    expected="methods discriminator_loss and generator_loss",
                    got=", ".join(n for n, m in members.items() if isinstance(m.statement, ast.FunctionDef))
                    or "no method",
                    docs=DOCS,
                )
            continue
        function = member.statement
        if isinstance(function, ast.FunctionDef):
            static = any(ast.unparse(decorator) == "staticmethod" for decorator in function.decorator_list)
            _refuse_arity(project, member.module, function, function.args, f"Objective.{name}", arguments,
                          bound=not static)  # fmt: skip


def _check_function(project: Project, name: str, arguments: tuple[str, ...]) -> None:
    trail = project.trail(MAIN, name)
    if not trail:
        return
    module, node = trail[-1][0], project.last(trail[-1]).inner
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if isinstance(node, ast.FunctionDef):
        _refuse_arity(project, module, node, node.args, name, arguments, bound=False)
    elif isinstance(value, ast.Lambda):
        _refuse_arity(project, module, node, value.args, name, arguments, bound=False)
    elif isinstance(node, ast.ClassDef | ast.AsyncFunctionDef) or isinstance(value, ast.Constant):
        got = {ast.ClassDef: "a class", ast.AsyncFunctionDef: "an async function"}.get(type(node))
        raise VariantError(
            f"{name} must be a function",
            file=project.modules[module].shown,
            line=node.lineno,
            expected=f"{name}({', '.join(arguments)})",
            got=got or f"`{ast.unparse(node)}`",
            docs=DOCS,
        )


def _refuse_arity(
    project: Project,
    module: str,
    node: ast.stmt,
    parameters: ast.arguments,
    name: str,
    arguments: tuple[str, ...],
    *,
    bound: bool,
) -> None:
    """Raise where a call with `arguments` by position would fail; `bound`: a first parameter is `self`."""
    required, most, keywords = _arity(parameters)
    given = len(arguments) + bound
    if len(required) <= given and (most is None or given <= most) and not keywords:
        return
    shown = ast.unparse(_without_annotations(parameters))
    raise VariantError(
        f"{name}() is called with {len(arguments)} argument{'' if len(arguments) == 1 else 's'}",
        file=project.modules[module].shown,
        line=node.lineno,
        expected=f"{name}({', '.join(['self'] * bound + list(arguments))})",
        got=f"{name}({shown})",
        hint="arguments are given by position; their names are free",
        docs=DOCS,
    )


def _arity(parameters: ast.arguments) -> tuple[list[str], int | None, list[str]]:
    """Required positional parameters, the most that it takes (None: any number), required keyword-only ones."""
    positional = [*parameters.posonlyargs, *parameters.args]
    required = positional[: len(positional) - len(parameters.defaults)]
    keywords = [
        argument.arg
        for argument, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
        if default is None
    ]
    return [argument.arg for argument in required], None if parameters.vararg else len(positional), keywords


def _without_annotations(parameters: ast.arguments) -> ast.arguments:
    def plain(argument: ast.arg) -> ast.arg:
        return ast.arg(argument.arg)

    return ast.arguments(
        posonlyargs=[plain(a) for a in parameters.posonlyargs],
        args=[plain(a) for a in parameters.args],
        vararg=plain(parameters.vararg) if parameters.vararg else None,
        kwonlyargs=[plain(a) for a in parameters.kwonlyargs],
        kw_defaults=parameters.kw_defaults,
        kwarg=plain(parameters.kwarg) if parameters.kwarg else None,
        defaults=parameters.defaults,
    )
