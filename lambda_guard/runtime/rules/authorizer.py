"""Every request carries the authorizer context of its source: the gateway authorizes, the function relies."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..events import Event, Source
    from ..settings.config import Config
    from ..types import Finding

# A client certificate identifies a connection, not what may be called over it: `mtls` counts where the
# setting says so. A console test invoke never does, since authorizers do not run for it.
DEFAULT_KINDS = ("jwt", "cognito", "lambda", "iam", "alb_oidc")


def check(event: Event, source: Source, config: Config) -> Finding | None:
    """Find out whether an accepted kind of authorizer vouches for the caller of a request."""
    if source.authorizer is None or (source.settled is not None and source.settled(event)):
        return None
    if config.api_ids is not None and (api_id := source.api_id(event)) not in config.api_ids:
        from .unauthorized import foreign_api

        if (finding := foreign_api(event, source, api_id)) is not None:
            return finding
    kinds = source.authorizer(event)
    accepted = DEFAULT_KINDS if config.authorizers is None else config.authorizers
    for kind in kinds:
        if kind in accepted:
            if config.verify is None:
                return None
            from .verify import check as verify

            return verify(event, source, kind, config.verify)
    from .unauthorized import explain

    return explain(event, source, kinds, config)
