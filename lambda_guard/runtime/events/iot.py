"""AWS IoT: custom authorizers, fleet provisioning hooks, buttons. Rules pass on whatever their SQL selects.

https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html, pre-provisioning-hook.html
"""

from __future__ import annotations

from . import having

read = having(
    (
        ("iot_authorizer", ("signatureVerified", "protocolData")),
        ("iot_authorizer", ("protocols", "protocolData")),
        ("iot_preprovision", ("claimCertificateId", "templateArn")),
        ("iot_button", ("serialNumber", "clickType")),
        ("iot_button", ("deviceEvent", "deviceInfo")),
    )
)
