"""What the error codes of calls say: that nothing was sent, or that IAM refused."""

from __future__ import annotations

from collections.abc import Mapping

# botocore raises these before it sends anything; such a call shows no need for a permission.
# https://github.com/boto/botocore/blob/develop/botocore/exceptions.py
NOT_SENT = frozenset(
    {
        "ApiVersionNotFoundError",
        "CredentialRetrievalError",
        "EndpointProviderError",
        "EndpointVariantError",
        "InvalidDNSNameError",
        "InvalidEndpointConfigurationError",
        "InvalidHostLabelError",
        "InvalidRegionError",
        "MissingDependencyException",
        "MissingParametersError",
        "NoAuthTokenError",
        "NoCredentialsError",
        "NoRegionError",
        "ParamValidationError",
        "PartialCredentialsError",
        "UnauthorizedSSOTokenError",
        "UnknownEndpointResolutionBuiltInName",
        "UnknownSignatureVersionError",
        "UnsupportedOutpostResourceError",
        "UnsupportedS3AccesspointConfigurationError",
        "UnsupportedS3ArnError",
        "UnsupportedS3ConfigurationError",
        "UnsupportedS3ControlArnError",
        "UnsupportedS3ControlConfigurationError",
        "UnsupportedSignatureVersionError",
    }
)
# How services say that IAM refused. 403: the answer to a HEAD request has no code.
DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "AllAccessDisabled",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Client.UnauthorizedOperation",
        "ForbiddenException",
        "KMSAccessDeniedException",
        "NotAuthorized",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
    }
)


def sent(count: int, errors: Mapping[str, int]) -> int:
    """Return how many of an entry's calls left the function."""
    return max(count - sum(number for code, number in errors.items() if code in NOT_SENT), 0)


def denied(errors: Mapping[str, int]) -> int:
    """Return how many of an entry's calls IAM refused."""
    return sum(number for code, number in errors.items() if code in DENIED)
