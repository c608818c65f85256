"""From recorded usage to IAM: permissions, policies, and the difference to what a role has today."""

from __future__ import annotations

from lambda_guard.analysis.iam.permissions import Needs, Permission, permissions_of, required_permissions

__all__ = ["Needs", "Permission", "permissions_of", "required_permissions"]
